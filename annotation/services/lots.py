"""Inspection by lot: a lot is closed, its sample drawn, and what its sample shows decides about the rest."""

import hmac
import secrets
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from annotation.errors import LotEmpty
from annotation.models import Lot, LotItem, Task, TaskTransition
from annotation.selectors.lots import STILL_TO_COME, is_fault, open_lot_of, open_tasks_of, sample_verdicts
from annotation.services.order_end import order_complete_if_done
from annotation.services.reviews import verdict_tell
from annotation.states import TASK_MOVES, ReviewRank, TaskStatus
from config.audit import act_note
from config.errors import NotFound
from config.moves import Actor, move
from vendors.models import Earning, Event, Role, User, WorkOrder
from vendors.permissions import require_role
from vendors.sampling import plan_of
from vendors.selectors import MANAGEMENT, lead_list
from vendors.services import earning_record, earning_take_back
from vendors.services.letters import letters_queue
from vendors.services.orders import order_hold, require_lead
from vendors.states import WorkOrderStatus

KEY_BYTES = 32
# A lot is looked at while its order may still bring or owe something.
RUNNING = (WorkOrderStatus.ACTIVE, WorkOrderStatus.COMPLETED, WorkOrderStatus.CLOSED)
FAILED_WITH = "lot_failed"


def lot_order(key: bytes, submissions: Iterable[UUID]) -> list[UUID]:
    """The order of the draw: by HMAC-SHA256 under the lot's key. Whoever has the key can draw again."""
    return sorted(submissions, key=lambda submission: hmac.digest(key, submission.bytes, sha256))


def lot_hand_over(*, order: WorkOrder, by: User) -> Lot:
    """Close the lot that collects, before it is full. For the vendor's lead, and the operator's management.

    Raises RoleMissing, LotEmpty, and NotFound for an order without lots.
    """
    if not require_role(by, *MANAGEMENT, Role.LEAD).is_operator:
        require_lead(order, by)
    return lot_close(order=order, why=Lot.Why.LEAD, by=by)


@transaction.atomic
def lot_close(*, order: WorkOrder, why: str, by: User | None = None, now: datetime | None = None) -> Lot:
    """Make a lot of the oldest outputs that are in none, as many as the order says at most, and draw its sample.

    Locks the order, then the tasks, so that nothing is recalled from a lot. Raises LotEmpty, and NotFound for an order
    without lots.
    """
    order = order_hold(order.pk)
    if order.inspection != WorkOrder.Inspection.LOT:
        raise NotFound()
    tasks = list(
        open_tasks_of(order).select_for_update(of=("self",)).select_related("current_submission")[: order.lot_size]
    )
    if not tasks:
        raise LotEmpty()
    newest = order.lots.order_by("-number").values_list("number", flat=True).first() or 0
    plan, key = plan_of(len(tasks), order.lot_level, order.lot_aql), secrets.token_bytes(KEY_BYTES)
    lot = Lot.objects.create(
        work_order=order,
        number=newest + 1,
        size=len(tasks),
        level=order.lot_level,
        aql=order.lot_aql,
        letter=plan.letter,
        sample_size=plan.sample_size,
        acceptance_number=plan.acceptance_number,
        key=key,
        closed_why=why,
        closed_by=by,
        closed_at=now or timezone.now(),
    )
    by_submission = {task.current_submission.public_id: task for task in tasks if task.current_submission is not None}
    LotItem.objects.bulk_create(
        LotItem(
            lot=lot,
            task=by_submission[submission],
            submission=by_submission[submission].current_submission,
            place=place,
            fate=LotItem.Fate.SAMPLED if place <= plan.sample_size else LotItem.Fate.WAITS,
        )
        for place, submission in enumerate(lot_order(key, by_submission), start=1)
    )
    _note(order, lot, "changed", by=by, size=lot.size)
    return lot


def lots_follow(*, now: datetime | None = None) -> tuple[int, int]:
    """Close the lots that are full or whose time is over, and decide those whose sample is read; returns how many of each.

    Each in a transaction of its own; safe to run twice at once.
    """
    now = now or timezone.now()
    orders = WorkOrder.objects.filter(inspection=WorkOrder.Inspection.LOT, status__in=RUNNING).order_by("pk")
    closed = sum(_close_due(order, now) for order in orders)
    inspecting = Lot.objects.filter(status=Lot.Status.INSPECTING).order_by("pk")
    return closed, sum(lot_decide(lot=lot) for lot in inspecting)


@transaction.atomic
def lot_decide(*, lot: Lot) -> bool:
    """Decide a lot whose sample is read; whether it is decided now. What left unread is replaced from the draw.

    Passed, the rest is accepted under the order and earns its price, though nobody has read it; failed, it goes back, or is
    inspected one by one. Locks the order, the lot, then the tasks.
    """
    order = order_hold(lot.work_order_id)
    held = Lot.objects.select_for_update().get(pk=lot.pk)
    if held.status != Lot.Status.INSPECTING:
        return False
    waiting = _strike(held)
    verdicts = [item.verdict for item in sample_verdicts(held.items.all())]
    if "" in verdicts:
        return False
    held.fault_count = sum(map(is_fault, verdicts))
    held.decided_at = timezone.now()
    has_passed = held.fault_count <= held.acceptance_number
    held.status = Lot.Status.PASSED if has_passed else Lot.Status.FAILED
    held.save(update_fields=["status", "fault_count", "decided_at"])
    _note(order, held, "judged", faults=held.fault_count)
    if has_passed:
        _accept(order, waiting)
        order_complete_if_done(order=order)
    else:
        _refuse(order, waiting)
        path = reverse("annotation:lot", args=[order.public_id, held.number])
        letters_queue("lot_failed", lead_list(order.vendor), path, order=order, lot=held)
    return True


def _close_due(order: WorkOrder, now: datetime) -> int:
    closed = 0
    while (found := open_lot_of(order)).size:
        is_full = found.size >= order.lot_size
        is_over = found.closes_at is not None and found.closes_at <= now
        if is_full:
            why = Lot.Why.SIZE
        elif is_over:
            why = Lot.Why.DATE
        elif not Task.objects.filter(work_order=order, status__in=STILL_TO_COME).exists():
            why = Lot.Why.END
        else:
            break
        lot_close(order=order, why=why, now=now)
        closed += 1
    return closed


def _strike(lot: Lot) -> list[LotItem]:
    """Take out what was cancelled unread, let the next of the draw stand in for it, and return what waits, its tasks locked."""
    locked = (
        Task.objects.select_for_update(of=("self",))
        .select_related("instruction", "work_order", "vendor")
        .order_by("pk")
    )
    tasks = {task.pk: task for task in locked.filter(lot_items__lot=lot)}
    told = {item.pk: item.verdict for item in sample_verdicts(lot.items.all())}
    waiting, gone = [], [pk for pk, verdict in told.items() if verdict == TaskStatus.CANCELLED]
    for item in lot.items.filter(fate=LotItem.Fate.WAITS).select_related("submission__writer").order_by("place"):
        item.task = tasks[item.task_id]
        if item.task.status == TaskStatus.SUBMITTED:
            waiting.append(item)
        else:
            gone.append(item.pk)
    missing = lot.sample_size - len(told) + sum(pk in told for pk in gone)
    LotItem.objects.filter(pk__in=gone).update(fate=LotItem.Fate.GONE)
    _fate(waiting[:missing], LotItem.Fate.SAMPLED)
    return waiting[missing:]


def _accept(order: WorkOrder, items: list[LotItem]) -> None:
    """Enter the line of every text that passed unread."""
    for item in items:
        earning_record(
            vendor=order.vendor,
            writer=item.submission.writer,
            work_order=order,
            submission_id=item.submission.public_id,
            received_at=item.submission.at,
            kind=Earning.Kind.LOT,
            characters=item.submission.character_count,
            category=item.task.instruction.category,
        )
        verdict_tell(Event.TASK_ACCEPTED, item.task)
    # They are paid and wait for releases alone: they are read after what a writer waits for.
    Task.objects.filter(pk__in=[item.task_id for item in items]).update(review_rank=ReviewRank.LATER)
    _fate(items, LotItem.Fate.PASSED)


def _refuse(order: WorkOrder, items: list[LotItem]) -> None:
    """Send the rest back where the order says so and a round of rework is left; the others are inspected one by one.

    Of an order that is closed nothing goes back, for nobody could hand it in again.
    """
    goes_back = order.lot_failed == WorkOrder.FailedLot.RETURN and order.status != WorkOrderStatus.CLOSED
    back = [item for item in items if goes_back and item.task.rework_round < order.rework_rounds]
    for item in back:
        earning_take_back(submission_id=item.submission.public_id, why=FAILED_WITH)
        changes: dict[str, Any] = {"rework_round": item.task.rework_round + 1, "decided_at": timezone.now()}
        by = Actor.system("lots")
        move(item.task, TaskStatus.RETURNED, moves=TASK_MOVES, log=TaskTransition, by=by, why=FAILED_WITH, **changes)
        verdict_tell(Event.TASK_RETURNED, item.task)
    _fate(back, LotItem.Fate.RETURNED)
    writers = {item.submission.writer_id: item.submission.writer for item in back}
    for pk, count in Counter(item.submission.writer_id for item in back).items():
        letters_queue("work_returned", [writers[pk]], reverse("annotation:work"), order=order, count=count)
    _fate([item for item in items if item not in back], LotItem.Fate.INSPECTED)


def _note(order: WorkOrder, lot: Lot, act: str, *, by: User | None = None, **counts: Any) -> None:
    """Say for the audit what became of a lot: that it was closed, then that it passed or failed."""
    what = "lot_closed" if lot.status == Lot.Status.INSPECTING else f"lot_{lot.status}"
    act_note(by=by, act=act, subject_kind="order", subject_id=order.public_id, what=what, lot=lot.number, **counts)


def _fate(items: list[LotItem], fate: str) -> None:
    LotItem.objects.filter(pk__in=[item.pk for item in items]).update(fate=fate)
