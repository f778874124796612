"""What waits in the hall, for machines that watch: lengths of queues and the age of the oldest. Names nobody."""

from django.db.models import Min, QuerySet
from django.utils import timezone

from annotation.models import PendingVerdict, Task
from annotation.states import TaskStatus
from config.waiting import seconds_since


def queue_lengths() -> dict[str, float]:
    """Texts to be reviewed, tasks in hand, and of those the ones whose lease is over and was not swept."""
    held = Task.objects.filter(status=TaskStatus.CLAIMED)
    return {
        "review": float(_to_review().count()),
        "in_hand": float(held.count()),
        "lapsed_leases": float(held.filter(lease_expires_at__lt=timezone.now()).count()),
    }


def queue_ages() -> dict[str, float]:
    """Seconds; 0 where nothing waits. A verdict waits from the moment at which it is due."""
    due = PendingVerdict.objects.filter(state=PendingVerdict.State.WAITING).aggregate(oldest=Min("due_at"))
    return {
        "review": seconds_since(_to_review().aggregate(oldest=Min("submitted_at"))["oldest"]),
        "verdicts": seconds_since(due["oldest"]),
    }


def _to_review() -> QuerySet[Task]:
    return Task.objects.filter(status__in=[TaskStatus.SUBMITTED, TaskStatus.IN_REVIEW])
