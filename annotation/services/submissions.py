"""Handing in: from a draft to an immutable submission, and back while nobody has begun to judge it."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction
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
from annotation.models import BlindVerdict, GateReport, OutputCheck, Submission, Task, TaskTransition
from annotation.selectors.lots import is_in_closed_lot
from annotation.selectors.queue import signature_at
from annotation.selectors.review_rules import review_rank_of
from annotation.selectors.showings import Policy, has_asked, has_seen
from annotation.services.drafts import DraftChange, draft_prepare, draft_save, text_sha256
from annotation.services.gate import GateResult, gate_check, gate_report_store, report_fields
from annotation.services.order_rules import order_rules_allow
from annotation.services.outputs import PERSONAL_DATA, personal_data_fields
from annotation.services.queue import next_claim, set_aside
from annotation.services.submission_sql import SUBMISSION_SEND
from annotation.services.traces import trace_judge
from annotation.signals import submission_made
from annotation.states import TASK_MOVES, TaskStatus
from collection.models import Participant
from config.moves import Actor, move
from vendors.errors import AgreementUnsigned, WriterBarred
from vendors.models import Role, User, WorkOrder
from vendors.permissions import require_role
from vendors.selectors import signature_in_force_for
from vendors.services import earning_take_back


def submission_send(
    *,
    writer: User,
    task: Task,
    text: str,
    base_revision: int,
    is_attested: bool,
    buckets: Iterable[Mapping[str, Any]] = (),
    link: str | None = None,
    asker: Participant | None = None,
) -> Submission:
    """Hand in the text of the task in hand.

    The gate compares the text with every reference, outside any transaction; then one statement keeps the draft and
    writes everything about the submission. Whatever stands in the way before that, the draft is saved: no refusal
    loses a word. `task` comes with its order and instruction; `asker` is the participant whose cookie the writer's browser carries. Locks the task. Raises what `draft_save`
    raises, ReferenceSeen, TextEmpty, TextTooShort, TextTooLong, NotAttested, ChecksUnsettled, WriterBarred, AgreementUnsigned, or
    GateBlocked with the writer's own passages.
    """
    if writer.barred_at is not None:
        raise WriterBarred()
    sent: dict[str, Any] = {
        "writer": writer,
        "task": task,
        "text": text,
        "base_revision": base_revision,
        "buckets": list(buckets),
        "link": link,
    }
    change = draft_prepare(**sent)
    with ExitStack() as refused:
        refused.callback(draft_save, **sent)
        report = _judge(task, change, is_attested, asker)
        refused.pop_all()
    submission = _submission_write(task, writer, change, report)
    if submission is None:  # the editor's own save came in between: with the same words, or with others that speak now
        submission = _submission_write(task, writer, draft_prepare(**sent), report)
    if submission is None:
        draft_save(**sent)
        raise _refusal(task, writer)
    transaction.on_commit(lambda: submission_made.send(Submission, submission_id=submission.pk), robust=True)
    return submission


def submission_send_and_claim(
    *, writer: User, asker: Participant | None = None, **sent: Any
) -> tuple[Submission, Task | None]:
    """Hand in as `submission_send` does, and claim the next task; what stands in the way of that one only leaves it out."""
    seat = require_role(writer, Role.WRITER)
    submission = submission_send(writer=writer, asker=asker, **sent)
    if signature_in_force_for(writer) is None:  # a new agreement is in force: it comes before any new task
        return submission, None
    return submission, next_claim(writer=writer, vendor_id=seat.organisation.pk, asker=asker)


@transaction.atomic
def submission_recall(*, writer: User, task: Task) -> Task:
    """Take a text back into hand while its review has not begun. Locks the task. Raises ReviewStarted or TaskInHand.

    Of a text that a reviewer has edited, or whose lot is closed, the review has begun.
    """
    sent = (
        Task.objects.select_for_update(of=("self",))
        .select_related("work_order", "current_submission")
        .filter(pk=task.pk, writer=writer, status=TaskStatus.SUBMITTED)
        .first()
    )
    if sent is None or (sent.current_submission is not None and sent.current_submission.edited_by_id is not None):
        raise ReviewStarted()
    if BlindVerdict.objects.filter(submission=sent.current_submission_id).exists() or is_in_closed_lot(sent):
        raise ReviewStarted()
    if sent.current_submission is not None:
        earning_take_back(submission_id=sent.current_submission.public_id, why="recalled", by=writer)
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


def _judge(task: Task, change: DraftChange, is_attested: bool, asker: Participant | None) -> GateResult:
    """Return the gate's report on a text that may be handed in; raise for one that may not."""
    output = change.draft.text.strip()
    if task.work_order.reference_policy == Policy.HIDDEN and has_asked(asker, task.instruction_id):
        raise ReferenceSeen()
    output_allow(output, task.work_order)
    if not is_attested:
        raise NotAttested()
    order_rules_allow(change.draft.writer, task, change.draft.text)
    report = gate_check(task=task, text=output)
    if report.outcome == GateReport.Decision.BLOCK:
        gate_report_store(task=task, submission=None, occasion=GateReport.Occasion.SUBMIT, report=report)
        raise GateBlocked(passages=report.passages_in(change.draft.text))
    return report


def _refusal(task: Task, writer: User) -> Exception:
    """Return why the database took no submission of a draft that it keeps."""
    if has_seen(writer, task.instruction_id):
        return ReferenceSeen()
    held = Task.objects.filter(pk=task.pk, writer=writer, status=TaskStatus.CLAIMED).first()
    if held is not None and held.claimed_at is not None and signature_at(writer, held.claimed_at) is None:
        return AgreementUnsigned()
    return LeaseLost()


def _submission_write(task: Task, writer: User, change: DraftChange, report: GateResult) -> Submission | None:
    """Write the draft and the submission, and move the task; None if the draft or the lease is not what it was."""
    output = change.draft.text.strip()
    judged = trace_judge(change.draft, writer, more=change.buckets, copied=change.copied)
    check = personal_data_fields(output)
    is_doubtful = (
        bool(judged["flags"])
        or check["outcome"] == OutputCheck.Outcome.HOLD
        or report.outcome != GateReport.Decision.PASS
    )
    try:
        written = SUBMISSION_SEND.transact(
            **change.values(),
            output=output,
            review_rank=review_rank_of(task, writer, is_doubtful=is_doubtful),
            output_sha256=text_sha256(output),
            characters=len(output),
            active_seconds=judged["totals"]["active_seconds"],
            report=_json(report_fields(task.pk, None, GateReport.Occasion.SUBMIT, report)),
            is_complete=judged["is_complete"],
            flags=_json(judged["flags"]),
            totals=_json(judged["totals"]),
            last_hash=judged["last_hash"],
            check_id=PERSONAL_DATA,
            check_version=check["check_version"],
            outcome=str(check["outcome"]),
            findings=_json(check["findings"]),
        )
    except IntegrityError:  # it was handed in from another window, or its writer has read the reference meanwhile
        return None
    if not written:
        return None
    names = ("id", "public_id", "version", "signature_id", "active_seconds", "started_at", "at")
    facts = dict(zip(names, written[0], strict=True))
    task.status, task.current_submission_id, task.lease_expires_at = TaskStatus.SUBMITTED, facts["id"], None
    submission = Submission(
        task=task,
        writer=writer,
        text=output,
        text_sha256=text_sha256(output),
        character_count=len(output),
        is_attested=True,
        **facts,
    )
    submission._state.adding, submission._state.db = False, DEFAULT_DB_ALIAS
    return submission


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _move(task: Task, to: str, writer: User, why: str = "", **changes: Any) -> None:
    move(task, to, moves=TASK_MOVES, log=TaskTransition, by=Actor.user(writer), why=why, **changes)
