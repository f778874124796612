"""Handing out work: claim, renew, put back, pass on. How a queue is filled is in `filling.py`."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils import timezone

from annotation.errors import LeaseLost, ReferenceSeen, SkipReasonMissing, TaskClosed, TaskInHand, TaskTaken
from annotation.models import Draft, InstructionSkip, Task, TaskTransition
from annotation.selectors.open_orders import claimant
from annotation.selectors.showings import sight_bars
from annotation.selectors.shown import shown_task
from annotation.services.claim_sql import TASK_CLAIM
from annotation.services.commitments import commitments_mend
from annotation.states import TASK_MOVES, TaskStatus
from collection.models import Participant
from config.errors import Conflict
from config.metrics import CLAIMS
from config.moves import Actor, Moved, move, move_all
from vendors.models import Membership, Role, User
from vendors.permissions import require_fit, require_writer

log = logging.getLogger(__name__)

EXPIRED_AT_ONCE = 500
IN_A_WRITERS_HAND = frozenset({TaskStatus.CLAIMED, TaskStatus.RETURNED})


def task_claim(*, writer: User, asker: Participant | None = None) -> Task | None:
    """Give `writer` the next task and a lease on it; None when there is nothing to give.

    The task already in hand comes first (its lease is renewed), then what was returned to this writer, then
    the most pressing free task of an order that is open to the writer by language, field and qualification. One statement locks, moves and logs; no two
    writers can get the same task, and the partial unique constraint allows nobody two. `asker` is the participant
    whose cookie the writer's browser carries: what they asked is left out. Raises RoleMissing, WriterBarred or
    AgreementUnsigned.
    """
    seat, _signature = require_writer(writer)
    return next_claim(writer=writer, vendor_id=seat.organisation.pk, asker=asker)


def next_claim(*, writer: User, vendor_id: int, asker: Participant | None = None) -> Task | None:
    """Claim as `task_claim` does, for a writer of whom it was just made sure that they may.

    The task carries `is_begun`: whether the writer has a draft of it already, and `has_agreed`: to being recorded.
    """
    asked = {**claimant(writer, vendor_id), "asker": asker.pk if asker else None}
    try:
        claimed = TASK_CLAIM.transact(**asked)
    except IntegrityError as refused:
        if "log of commitments" in str(refused):
            log.error("References were stored without a commitment; they are entered now. %s", refused)
            commitments_mend()
        # Or the same writer claimed in another window at this very moment: that one is the task in hand.
        claimed = TASK_CLAIM.transact(**asked)
    CLAIMS.labels("given" if claimed else "nothing").inc()
    if not claimed:
        return None
    task = shown_task(claimed[0])
    task.is_begun, task.has_agreed = claimed[0][-2:]  # type: ignore[attr-defined]
    return task


@transaction.atomic
def task_take(*, writer: User, task: Task, asker: Participant | None = None) -> Task:
    """Give `writer` this very task again: one they had begun, and which nobody else holds now.

    Locks the task. Raises what `task_claim` raises, and TaskTaken, TaskClosed, TaskInHand, ReferenceSeen, QualificationMissing or
    CompetenceMissing.
    """
    seat, _signature = require_writer(writer)
    found = Task.objects.select_for_update(of=("self",)).select_related("work_order").get(pk=task.pk)
    if found.vendor_id != seat.organisation.pk:
        raise TaskTaken()
    if found.status == TaskStatus.CLAIMED and found.writer_id == writer.pk:
        task_heartbeat(writer=writer, task=found)
        return found
    set_aside(writer=writer)
    if found.status == TaskStatus.CLAIMED and _is_lapsed(found):
        _give_back(found, by=Actor.system("lease"), why="lease_ended")
    is_mine = found.status == TaskStatus.RETURNED and found.writer_id == writer.pk
    if found.status != TaskStatus.QUEUED and not is_mine:
        raise TaskClosed() if found.status == TaskStatus.CANCELLED else TaskTaken()
    if not (found.is_open or is_mine):
        raise TaskClosed()
    if not is_mine:
        require_fit(writer, found.work_order)
    if sight_bars(writer, found, asker):
        raise ReferenceSeen()
    now = timezone.now()
    move(
        found,
        TaskStatus.CLAIMED,
        moves=TASK_MOVES,
        log=TaskTransition,
        by=Actor.user(writer),
        writer=writer,
        claimed_at=now,
        lease_expires_at=now + timedelta(seconds=found.work_order.lease_seconds),
    )
    return found


def set_aside(*, writer: User) -> None:
    """Put back the task in hand if nothing was written for it; raise TaskInHand if there was."""
    held = (
        Task.objects.select_for_update(of=("self",))
        .select_related("work_order")
        .filter(writer=writer, status=TaskStatus.CLAIMED)
        .first()
    )
    if held is None:
        return
    if Draft.objects.filter(task=held, writer=writer).exclude(text="").exists():
        raise TaskInHand()
    _give_back(held, by=Actor.user(writer), why="set_aside")


def task_heartbeat(*, writer: User, task: Task) -> datetime:
    """Renew the lease and return when it ends now. Raises LeaseLost. `task` comes with its order."""
    lease = timedelta(seconds=task.work_order.lease_seconds)
    held = Task.objects.filter(pk=task.pk, writer=writer, status=TaskStatus.CLAIMED)
    if not held.update(lease_expires_at=Now() + lease):
        raise LeaseLost()
    task.lease_expires_at = timezone.now() + lease
    return task.lease_expires_at


def task_pause(*, writer: User, task: Task) -> datetime:
    """Leave the task in hand for a while: its whole lease from now on, and then it ends by itself. Raises LeaseLost.

    Returns when it ends.
    """
    return task_heartbeat(writer=writer, task=task)


@transaction.atomic
def task_release(*, writer: User, task: Task, why: str = "released") -> None:
    """Put the task in hand back. A task that was returned to its writer stays theirs. Raises LeaseLost."""
    _give_back(_hold(writer, task), by=Actor.user(writer), why=why)


@transaction.atomic
def task_skip(*, writer: User, task: Task, reason: str, note: str = "") -> None:
    """Pass the task in hand on to others; it is not offered to this writer again.

    Raises SkipReasonMissing or LeaseLost.
    """
    if reason not in InstructionSkip.Reason.values:
        raise SkipReasonMissing()
    # First, as a withdrawal does: the row points to the instruction, and waits here for whoever has that, not at the end.
    skip = InstructionSkip(
        task=task, instruction_id=task.instruction_id, writer=writer, reason=reason, note=note.strip()[:300]
    )
    InstructionSkip.objects.bulk_create([skip], ignore_conflicts=True)
    connection.check_constraints()
    held = _hold(writer, task)
    if held.rework_round:  # the right to correct it is given up as well
        held.rework_round = 0
        Task.objects.filter(pk=held.pk).update(rework_round=0)
    _give_back(held, by=Actor.user(writer), why=f"skipped: {reason}")


@transaction.atomic
def tasks_requeue(*, by: User, keys: Iterable[int], why: str) -> dict[int, Moved]:
    """Take tasks out of their writers' hands, or returned ones from their writers, and let others have them.

    Returns what became of each, by its key: one in no writer's hand, or of an order that is closed, is left as it is. Locks them;
    what somebody else has locked just now is left out. What was written stays the writer's draft.
    """
    rows = Task.objects.select_for_update(skip_locked=True).filter(pk__in=keys).order_by("pk")
    found = {pk: (status, is_open) for pk, status, is_open in rows.values_list("pk", "status", "is_open")}
    held = {pk: status for pk, (status, is_open) in found.items() if is_open and status in IN_A_WRITERS_HAND}
    free = {"rework_round": 0, "lease_expires_at": None, "writer": None, "claimed_at": None}
    by_user = Actor.user(by)
    move_all(Task, held, TaskStatus.QUEUED, moves=TASK_MOVES, log=TaskTransition, by=by_user, why=why, **free)
    return {pk: Moved(status, "" if pk in held else Conflict.code) for pk, (status, _is_open) in found.items()}


def left_behind_requeue() -> int:
    """Let colleagues have what was returned to somebody who has left the vendor since; returns how many there were.

    A task in hand needs no such thing: its lease ends.
    """
    stays = Membership.objects.filter(
        user=OuterRef("writer"), organisation=OuterRef("vendor"), role=Role.WRITER, ended_at__isnull=True
    )
    left = Task.objects.filter(~Exists(stays), status=TaskStatus.RETURNED, is_open=True)
    count = 0
    for pk in list(left.order_by("pk").values_list("pk", flat=True)[:EXPIRED_AT_ONCE]):
        with transaction.atomic():
            task = left.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
            if task is not None:
                Task.objects.filter(pk=pk).update(rework_round=0)
                task.rework_round = 0
                _give_back(task, by=Actor.system("queue"), why="writer_left")
                count += 1
    return count


def leases_expire() -> int:
    """Put back tasks whose lease ended. A claim does not wait for this; it keeps the pages and the order honest."""
    count = 0
    ended = Task.objects.filter(status=TaskStatus.CLAIMED, lease_expires_at__lt=Now())
    for pk in list(ended.order_by("lease_expires_at").values_list("pk", flat=True)[:EXPIRED_AT_ONCE]):
        with transaction.atomic():
            task = ended.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
            if task is not None:
                _give_back(task, by=Actor.system("lease"), why="lease_ended")
                count += 1
    return count


def _hold(writer: User, task: Task) -> Task:
    """Lock the task and return it if it is in this writer's hand; raise LeaseLost otherwise."""
    held = Task.objects.select_for_update().filter(pk=task.pk, writer=writer, status=TaskStatus.CLAIMED).first()
    if held is None:
        raise LeaseLost()
    return held


def _is_lapsed(task: Task) -> bool:
    return task.lease_expires_at is not None and task.lease_expires_at < timezone.now()


def _give_back(task: Task, *, by: Actor, why: str) -> None:
    """Move a locked task out of its writer's hand: to the queue, back among the returned, or out of a closed order."""
    kept: dict[str, object] = {"lease_expires_at": None}
    if task.rework_round and task.current_submission_id is not None:
        to = TaskStatus.RETURNED
    elif task.is_open:
        to = TaskStatus.QUEUED
        kept |= {"writer": None, "claimed_at": None}
    else:
        to = TaskStatus.CANCELLED
        kept |= {"writer": None}
    move(task, to, moves=TASK_MOVES, log=TaskTransition, by=by, why=why, **kept)
