"""How many tasks of an order have each status, and what should have been inspected, for the rooms that show orders."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, Value
from django.utils import timezone

from annotation.models import Task
from annotation.selectors.lots import has_passed_by_lot
from annotation.states import TaskStatus
from vendors.selectors import JAPAN

DELIVERED = (TaskStatus.SUBMITTED, TaskStatus.IN_REVIEW)


def is_uninspected(now: datetime) -> Q:
    """The tasks that wait for inspection although its last day, in Japan, is over."""
    midnight = now.astimezone(JAPAN).replace(hour=0, minute=0, second=0, microsecond=0)
    allowed = F("work_order__inspection_days") * Value(timedelta(days=1))
    return Q(status__in=DELIVERED, submitted_at__lt=Value(midnight) - allowed) & ~has_passed_by_lot()


def task_counts_by_order(orders: Collection[int]) -> dict[int, dict[str, int]]:
    """Counts per status, and of what passed with its lot, for orders named by primary key. Two queries; the caller has decided who may see the orders."""
    counts: dict[int, dict[str, int]] = {}
    tasks = Task.objects.filter(work_order__in=orders).order_by()
    for order, status, count in tasks.values_list("work_order", "status").annotate(count=Count("pk")):
        counts.setdefault(order, {})[status] = count
    # Of the few that wait: whether a lot keeps a task is looked up for each.
    waiting = (
        tasks.filter(status__in=DELIVERED)
        .values_list("work_order")
        .annotate(
            late=Count("pk", filter=is_uninspected(timezone.now())), by_lot=Count("pk", filter=has_passed_by_lot())
        )
    )
    for order, late, by_lot in waiting:
        counts.setdefault(order, {}).update(
            {key: count for key, count in (("uninspected", late), ("by_lot", by_lot)) if count}
        )
    return counts
