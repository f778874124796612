"""Which tasks wait in a lot, which passed with one, and the lots of an order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from annotation.models import Lot, LotItem, Review, Task, TaskTransition
from annotation.selectors.standing import reason_counts
from annotation.states import TaskStatus
from config.errors import NotFound
from vendors.models import WorkOrder

# What somebody reads at the desk, each output by itself.
AT_DESK = (LotItem.Fate.SAMPLED, LotItem.Fate.PASSED, LotItem.Fate.INSPECTED)
# What may still be handed in for an order.
STILL_TO_COME = (TaskStatus.QUEUED, TaskStatus.CLAIMED, TaskStatus.RETURNED)
_VERDICTS = (TaskStatus.ACCEPTED, TaskStatus.RETURNED, TaskStatus.REJECTED)
_ENDS = (*_VERDICTS, TaskStatus.CANCELLED)


def _item_of_task(**wanted: Any) -> Exists:
    own = Q(submission=OuterRef("current_submission")) | Q(submission=OuterRef("current_submission__edited_from"))
    return Exists(LotItem.objects.filter(own, **wanted))


def waits_for_lot() -> Q:
    """The tasks that nobody judges yet: their lot is not closed, or its sample is not read."""
    return Q(work_order__inspection=WorkOrder.Inspection.LOT) & ~Q(_item_of_task(fate__in=AT_DESK))


def has_passed_by_lot() -> Q:
    """The tasks whose text was accepted under its order with a lot, whether or not somebody has read it."""
    lots = Q(work_order__inspection=WorkOrder.Inspection.LOT)
    return lots & Q(_item_of_task(fate=LotItem.Fate.PASSED))


def item_of(task: Task) -> LotItem | None:
    """The place of the task's present text in a lot, also of one that a reviewer edited. No query for an order without lots."""
    submission = task.current_submission
    if submission is None or task.work_order.inspection != WorkOrder.Inspection.LOT:
        return None
    items = LotItem.objects.select_related("lot")
    return items.filter(submission=submission.edited_from_id or submission.pk).first()


def is_passed_by_lot(task: Task) -> bool:
    """Whether the order has accepted the task's present text with its lot."""
    item = item_of(task)
    return item is not None and item.fate == LotItem.Fate.PASSED


def is_in_closed_lot(task: Task) -> bool:
    """Whether the task's present text can no longer be recalled. No query for an order without lots."""
    return item_of(task) is not None


def lot_that_returned(task: Task) -> Lot | None:
    """The lot with which the task's present text went back to its writer, if one did."""
    item = item_of(task)
    return item.lot if item is not None and item.fate == LotItem.Fate.RETURNED else None


def open_tasks_of(order: WorkOrder) -> QuerySet[Task]:
    """What was handed in and is in no lot yet, the oldest first."""
    delivered = Task.objects.filter(work_order=order, status=TaskStatus.SUBMITTED)
    return delivered.exclude(_item_of_task()).order_by("submitted_at", "pk")


@dataclass(frozen=True, slots=True)
class OpenLot:
    """The lot that collects now: its size so far, since when, and when it is closed at the latest."""

    size: int
    since: datetime | None
    closes_at: datetime | None


def open_lot_of(order: WorkOrder) -> OpenLot:
    found = open_tasks_of(order).order_by().aggregate(size=Count("pk"), since=Min("submitted_at"))
    since = found["since"]
    return OpenLot(found["size"], since, since + timedelta(days=order.lot_days) if since else None)


@dataclass(frozen=True, slots=True)
class LotRow:
    """One lot and how far its sample is read."""

    lot: Lot
    read: int
    faults: int


def lot_list_of(order: WorkOrder) -> list[LotRow]:
    """The lots of an order that the caller may see, the newest first. Three queries."""
    lots = list(order.lots.select_related("closed_by").order_by("-number"))
    told: dict[int, list[str]] = {}
    for item in sample_verdicts(LotItem.objects.filter(lot__in=lots)):
        told.setdefault(item.lot, []).append(item.verdict)
    return [_row(lot, told.get(lot.pk, ())) for lot in lots]


def lot_get_of(order: WorkOrder, number: int) -> LotRow:
    """One lot of an order that the caller may see; raises NotFound."""
    lot = order.lots.select_related("work_order", "closed_by").filter(number=number).first()
    if lot is None:
        raise NotFound()
    return _row(lot, [item.verdict for item in sample_verdicts(lot.items.all())])


def sample_of(lot: Lot) -> QuerySet[LotItem]:
    """What was drawn, in the order of the draw; what left before it was read stands among it."""
    drawn = (LotItem.Fate.SAMPLED, LotItem.Fate.GONE)
    return lot.items.filter(fate__in=drawn).select_related("submission", "task__instruction").order_by("place")


@dataclass(frozen=True, slots=True)
class Sampled:
    """A sampled item and its lot, by their keys, and what came of it: the status a verdict or a cancellation gave, or ""."""

    pk: int
    lot: int
    verdict: str


def sample_verdicts(items: QuerySet[LotItem]) -> list[Sampled]:
    """What came of the sampled ones among `items`. Two queries.

    The first word on the text since it was handed in counts; what came of a later version is another lot's.
    """
    sampled = list(items.filter(fate=LotItem.Fate.SAMPLED).values_list("pk", "lot", "task", "submission__at"))
    steps = TaskTransition.objects.filter(subject__in={task for _pk, _lot, task, _at in sampled}, to_status__in=_ENDS)
    by_task: dict[int, list[tuple[datetime, str]]] = {}
    for task, at, status in steps.order_by("pk").values_list("subject", "at", "to_status"):
        by_task.setdefault(task, []).append((at, status))
    return [
        Sampled(pk, lot, next((to for at, to in by_task.get(task, ()) if at > since), ""))
        for pk, lot, task, since in sampled
    ]


def fate_counts(lot: Lot) -> list[tuple[str, int]]:
    """What became of the items that were not drawn, by its name, the most frequent first."""
    rows = lot.items.exclude(fate=LotItem.Fate.SAMPLED).values("fate").annotate(count=Count("pk")).order_by("-count")
    return [(str(LotItem.Fate(row["fate"]).label), row["count"]) for row in rows]


def is_verdict(status: str) -> bool:
    """Whether a sampled text was read, rather than cancelled before."""
    return status in _VERDICTS


def is_fault(status: str) -> bool:
    return status in (TaskStatus.RETURNED, TaskStatus.REJECTED)


def sample_faults(lot: Lot) -> dict[str, int]:
    """What was found wrong in the sample, by reason, in the reader's language, the most frequent first."""
    sampled = lot.items.filter(fate=LotItem.Fate.SAMPLED).values("submission")
    own = Q(submission__in=sampled) | Q(submission__edited_from__in=sampled)
    refused = Review.objects.filter(own).exclude(verdict=Review.Verdict.ACCEPT)
    return reason_counts(refused.values_list("reasons", flat=True))


def _row(lot: Lot, verdicts: Iterable[str]) -> LotRow:
    told = list(verdicts)
    return LotRow(lot, sum(map(is_verdict, told)), sum(map(is_fault, told)))
