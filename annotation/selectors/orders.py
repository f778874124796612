"""How many tasks of an order have each status, for the rooms that show orders."""

from collections.abc import Collection

from django.db.models import Count

from annotation.models import Task


def task_counts_by_order(orders: Collection[int]) -> dict[int, dict[str, int]]:
    """Counts per status for orders named by primary key. One query; the caller has decided who may see the orders."""
    counts: dict[int, dict[str, int]] = {}
    rows = Task.objects.filter(work_order__in=orders).values("work_order", "status").annotate(count=Count("pk"))
    for row in rows.order_by():
        counts.setdefault(row["work_order"], {})[row["status"]] = row["count"]
    return counts
