"""A reviewer's edit of a text on their desk: a new version, marked as edited, which somebody else judges."""

from django.db import transaction

from annotation.cleanroom.edits import edit_count
from annotation.errors import EditChangesNothing, GateBlocked, NotAttested, ReferenceSeen
from annotation.models import GateReport, Submission, Task, TaskTransition, WritingTrace
from annotation.selectors.showings import sight_bars
from annotation.services.drafts import text_clean, text_sha256
from annotation.services.gate import gate_check, gate_report_store
from annotation.services.outputs import personal_data_check
from annotation.services.reviews import review_hold
from annotation.services.submissions import output_allow
from annotation.signals import submission_made
from annotation.states import TASK_MOVES, TaskStatus
from collection.models import Participant
from config.moves import Actor, move
from vendors.models import User

EDITED = "edited"
NOTE_MAX_CHARACTERS = 400


def review_edit(
    *, reviewer: User, task: Task, text: str, is_attested: bool, note: str = "", asker: Participant | None = None
) -> Submission:
    """Hand in a changed version of the text that `reviewer` holds, and put it among those that wait for another reviewer.

    The gate compares it with every reference first, outside any transaction, and what it refuses is kept as a report.
    `task` comes with its instruction and order; `asker` is the participant whose cookie the browser carries. Locks the task. Raises `RoleMissing`, `ReviewNotHeld`,
    `EditChangesNothing`, `NotAttested`, the errors of a length or a character, or `GateBlocked` with the passages of the
    text as it was sent.
    """
    with transaction.atomic():
        review_hold(reviewer=reviewer, task=task)
    if sight_bars(reviewer, task, asker):
        raise ReferenceSeen()
    text = text_clean(text)
    edited = text.strip()
    output_allow(edited, task.work_order)
    if not is_attested:
        raise NotAttested()
    current = task.current_submission
    if current is not None and current.text == edited:
        raise EditChangesNothing()
    report = gate_check(task=task, text=edited)
    if report.outcome == GateReport.Decision.BLOCK:
        gate_report_store(task=task, submission=None, occasion=GateReport.Occasion.EDIT, report=report)
        raise GateBlocked(passages=report.passages_in(text))
    with transaction.atomic():
        held = review_hold(reviewer=reviewer, task=task)
        submission = _version_write(held, reviewer, edited)
        gate_report_store(task=held, submission=submission, occasion=GateReport.Occasion.EDIT, report=report)
        personal_data_check(submission=submission)
        why = f"{EDITED}: {text_clean(note).strip()[:NOTE_MAX_CHARACTERS]}".removesuffix(": ")
        changes = {"current_submission": submission, "reviewer": None, "review_expires_at": None}
        by = Actor.user(reviewer)
        move(held, TaskStatus.SUBMITTED, moves=TASK_MOVES, log=TaskTransition, by=by, why=why, **changes)
        transaction.on_commit(lambda: submission_made.send(Submission, submission_id=submission.pk), robust=True)
    return submission


def _version_write(task: Task, reviewer: User, text: str) -> Submission:
    """Write the version, with the count of what it changed in the writer's own; that one's trace counts as well."""
    current = task.current_submission
    assert current is not None
    if current.text == text:
        raise EditChangesNothing()
    own = current.edited_from or current
    submission = Submission.objects.create(
        task=task,
        version=current.version + 1,
        writer=own.writer,
        edited_by=reviewer,
        edited_from=own,
        origin=Submission.Origin.REVIEWER,
        signature=own.signature,
        text=text,
        text_sha256=text_sha256(text),
        character_count=len(text),
        active_seconds=own.active_seconds,
        is_attested=True,
        started_at=own.started_at,
    )
    count = edit_count(own.text, text, [task.instruction.instruction, task.instruction.input])
    WritingTrace.objects.create(
        submission=submission, is_complete=False, flags=[str(flag) for flag in count.flags], totals=count.to_dict()
    )
    return submission
