"""What nobody inspected by the order's inspection date: it counts as received, and is entered for payment."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotation.models import Task
from annotation.selectors.orders import DELIVERED, is_uninspected
from vendors.models import Earning
from vendors.services import earning_record
from vendors.services.orders import order_hold

BATCH = 1000


def uninspected_enter(*, now: datetime | None = None) -> int:
    """Enter every delivery whose inspection date has passed, each in a transaction of its own; returns how many."""
    now = now or timezone.now()
    entered = Earning.objects.filter(submission_id=OuterRef("own_id")).exclude(kind=Earning.Kind.CORRECTION)
    own_id = Coalesce("current_submission__edited_from__public_id", "current_submission__public_id")
    overdue = Task.objects.filter(is_uninspected(now)).annotate(own_id=own_id).filter(~Exists(entered))
    overdue = overdue.order_by("submitted_at", "pk")
    return sum(_enter(pk, order, now) for pk, order in list(overdue.values_list("pk", "work_order")[:BATCH]))


@transaction.atomic
def _enter(pk: int, order: int, now: datetime) -> bool:
    """Whether the task, once locked, was still waiting and is entered now. Locks the order, then the task."""
    order_hold(order)
    tasks = Task.objects.select_for_update(of=("self",)).select_related("vendor", "work_order", "instruction")
    task = tasks.filter(is_uninspected(now), pk=pk, status__in=DELIVERED).first()
    if task is None or task.current_submission is None:
        return False
    own = task.current_submission.edited_from or task.current_submission
    line = earning_record(
        vendor=task.vendor,
        writer=own.writer,
        work_order=task.work_order,
        submission_id=own.public_id,
        received_at=own.at,
        kind=Earning.Kind.UNINSPECTED,
        characters=own.character_count,
        category=task.instruction.category,
    )
    return line.kind == Earning.Kind.UNINSPECTED
