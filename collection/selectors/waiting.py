"""What waits on the public side, for machines that watch: queues, answers under way, spending. Names nobody."""

from datetime import datetime

from django.core.cache import cache
from django.db.models import Count, F, Min, Sum

from collection.models import Cap, Instruction, Reference
from collection.selectors.spending import day_key
from collection.states import InstructionStatus, ReferenceStatus
from config.waiting import seconds_since

WORKER_KEY = "worker-seen"
UNDER_WAY = (ReferenceStatus.PENDING, ReferenceStatus.STREAMING)
WAITING = {"screening": InstructionStatus.RECEIVED, "held": InstructionStatus.HELD}


def queue_lengths() -> dict[str, float]:
    """Instructions that were not screened yet, and those that wait for a person."""
    counts = dict(
        Instruction.objects.filter(status__in=WAITING.values()).values_list("status").annotate(Count("pk")).order_by()
    )
    return {name: float(counts.get(status, 0)) for name, status in WAITING.items()}


def queue_ages() -> dict[str, float]:
    """Seconds since the oldest of a queue came; 0 where nothing waits."""
    return {
        name: seconds_since(Instruction.objects.filter(status=status).aggregate(oldest=Min("created_at"))["oldest"])
        for name, status in WAITING.items()
    }


def streams_under_way() -> dict[str, float]:
    """Answers that were begun and not ended, by status."""
    counts = dict(Reference.objects.filter(status__in=UNDER_WAY).values_list("status").annotate(Count("pk")).order_by())
    return {str(status): float(counts.get(status, 0)) for status in UNDER_WAY}


def spend() -> dict[str, float]:
    """Micro-dollars in all and of today: spent, reserved, and what the caps leave."""
    told: dict[str, float] = {}
    for scope, key in ((Cap.Scope.TOTAL, ""), (Cap.Scope.DAY, day_key())):
        found = Cap.objects.filter(scope=scope, key=key).aggregate(
            spent=Sum("spent_microusd"),
            reserved=Sum("reserved_microusd"),
            left=Sum(F("limit_microusd") - F("spent_microusd") - F("reserved_microusd")),
        )
        told |= {f"{scope.value}_{name}": float(value) for name, value in found.items() if value is not None}
    return told


def worker_seen() -> dict[str, float]:
    """Seconds since a worker last gave a sign of life; nothing where none ever did."""
    sign = cache.get(WORKER_KEY)
    return {"any": seconds_since(datetime.fromisoformat(sign["at"]))} if sign else {}
