"""Handing in: from a draft to an immutable submission, and back while nobody has begun to judge it."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotation.errors import (
    GateBlocked,
    LeaseLost,
    NotAttested,
    ReferenceSeen,
    ReviewStarted,
    TextEmpty,
    TextTooLong,
    TextTooShort,
)
from annotation.models import GateReport, Submission, Task, TaskTransition, WritingTrace
from annotation.selectors.queue import signature_at
from annotation.selectors.showings import Policy, has_asked
from annotation.services.drafts import draft_save, text_sha256
from annotation.services.gate import gate_check, gate_report_store
from annotation.services.outputs import personal_data_check
from annotation.services.queue import next_claim, set_aside
from annotation.services.traces import trace_judge
from annotation.signals import submission_made
from annotation.states import TASK_MOVES, TaskStatus
from collection.models import Participant
from config.moves import Actor, move
from vendors.errors import AgreementUnsigned, WriterBarred
from vendors.models import Role, Signature, User, WorkOrder
from vendors.permissions import require_role
from vendors.selectors import signature_in_force_for


def submission_send(
    *,
    writer: User,
    task: Task,
    text: str,
    base_revision: int,
    is_attested: bool,
    buckets: Iterable[Mapping[str, Any]] = (),
    link: str | None = None,
    signature: Signature | None = None,
    asker: Participant | None = None,
) -> Submission:
    """Hand in the text of the task in hand.

    The draft is saved first and for itself, so that no refusal loses a word; then the gate compares the text with
    every reference, outside any transaction; then everything about the submission is written in one. `task` comes
    with its order and instruction; `signature` is the one in force, if it was just read; `asker` is the participant whose
    cookie the writer's browser carries. Locks the task. Raises what `draft_save` raises, ReferenceSeen, TextEmpty,
    TextTooShort, TextTooLong, NotAttested, WriterBarred, AgreementUnsigned, or GateBlocked with the writer's own passages.
    """
    if writer.barred_at is not None:
        raise WriterBarred()
    draft = draft_save(writer=writer, task=task, text=text, base_revision=base_revision, buckets=buckets, link=link)
    if task.work_order.reference_policy == Policy.HIDDEN and has_asked(asker, task.instruction_id):
        raise ReferenceSeen()
    output = draft.text.strip()
    output_allow(output, task.work_order)
    if not is_attested:
        raise NotAttested()
    report = gate_check(task=task, text=output)
    if report.outcome == GateReport.Decision.BLOCK:
        gate_report_store(task=task, submission=None, occasion=GateReport.Occasion.SUBMIT, report=report)
        raise GateBlocked(passages=report.passages_in(draft.text))
    judged = trace_judge(draft, writer)
    with transaction.atomic():
        submission = _submission_write(writer, task, output, signature, judged["totals"]["active_seconds"])
        gate_report_store(task=task, submission=submission, occasion=GateReport.Occasion.SUBMIT, report=report)
        WritingTrace.objects.create(submission=submission, **judged)
        personal_data_check(submission=submission)
        transaction.on_commit(lambda: submission_made.send(Submission, submission_id=submission.pk), robust=True)
    return submission


def submission_send_and_claim(
    *, writer: User, asker: Participant | None = None, **sent: Any
) -> tuple[Submission, Task | None]:
    """Hand in as `submission_send` does, and claim the next task; what stands in the way of that one only leaves it out."""
    seat = require_role(writer, Role.WRITER)
    signature = signature_in_force_for(writer)
    submission = submission_send(writer=writer, signature=signature, asker=asker, **sent)
    if signature is None:  # a new agreement is in force: it comes before any new task
        return submission, None
    return submission, next_claim(writer=writer, vendor_id=seat.organisation.pk, asker=asker)


@transaction.atomic
def submission_recall(*, writer: User, task: Task) -> Task:
    """Take a text back into hand while its review has not begun. Locks the task. Raises ReviewStarted or TaskInHand.

    Of a text that a reviewer has edited, the review has begun.
    """
    sent = (
        Task.objects.select_for_update(of=("self",))
        .select_related("work_order", "current_submission")
        .filter(pk=task.pk, writer=writer, status=TaskStatus.SUBMITTED)
        .first()
    )
    if sent is None or (sent.current_submission is not None and sent.current_submission.edited_by_id is not None):
        raise ReviewStarted()
    set_aside(writer=writer)
    lease = timedelta(seconds=sent.work_order.lease_seconds)
    _move(sent, TaskStatus.CLAIMED, writer, why="recalled", lease_expires_at=timezone.now() + lease)
    return sent


def output_allow(output: str, order: WorkOrder) -> None:
    """Raise unless the text is as long as its order asks. Characters are code points, white space around it aside."""
    if not output:
        raise TextEmpty()
    range_ = {"characters": len(output), "least": order.min_characters, "most": order.max_characters}
    if len(output) < order.min_characters:
        raise TextTooShort(**range_)
    if len(output) > order.max_characters:
        raise TextTooLong(**range_)


def _submission_write(
    writer: User, task: Task, output: str, signature: Signature | None, active_seconds: int
) -> Submission:
    """Write the submission and move the task. Raises LeaseLost or AgreementUnsigned."""
    held = (
        Task.objects.select_for_update(of=("self",))
        .select_related("current_submission")
        .filter(pk=task.pk, writer=writer, status=TaskStatus.CLAIMED)
        .first()
    )
    if held is None or held.claimed_at is None:
        raise LeaseLost()
    # Under the signature that stood when the writing began: a newer agreement binds what is begun after it.
    if signature is None or signature.at > held.claimed_at:
        signature = signature_at(writer, held.claimed_at)
    if signature is None:
        raise AgreementUnsigned()
    submission = Submission.objects.create(
        task=held,
        version=held.current_submission.version + 1 if held.current_submission else 1,
        writer=writer,
        signature=signature,
        text=output,
        text_sha256=text_sha256(output),
        character_count=len(output),
        active_seconds=active_seconds,
        is_attested=True,
        started_at=held.claimed_at,
    )
    _move(
        held,
        TaskStatus.SUBMITTED,
        writer,
        current_submission=submission,
        submitted_at=timezone.now(),
        lease_expires_at=None,
    )
    task.status = held.status
    return submission


def _move(task: Task, to: str, writer: User, why: str = "", **changes: Any) -> None:
    move(task, to, moves=TASK_MOVES, log=TaskTransition, by=Actor.user(writer), why=why, **changes)
