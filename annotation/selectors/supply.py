"""The instructions that no order wants yet, as an order may choose them."""

from collections import Counter
from datetime import datetime, time, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Length

from annotation.models import Task
from annotation.states import TaskStatus
from collection.models import Installation, Instruction
from collection.states import InstructionStatus
from vendors.selectors import JAPAN
from vendors.supply import Choice, Supply

FREE_AGAIN = (TaskStatus.CANCELLED, TaskStatus.REVOKED)
SAMPLES = 3


def free_instructions(choice: Choice) -> QuerySet[Instruction]:
    """Eligible instructions that no other order wants, the oldest first."""
    free = Instruction.objects.filter(
        ~Exists(Task.objects.filter(instruction=OuterRef("pk")).exclude(status__in=FREE_AGAIN)),
        status=InstructionStatus.ELIGIBLE,
        language=choice.language,
        duplicate_of__isnull=True,
    )
    if not Installation.objects.filter(is_demonstration=True).exists():
        free = free.filter(is_practice=False)
    if choice.categories:
        free = free.filter(category__in=choice.categories)
    if choice.shortest or choice.longest:
        free = free.annotate(characters=Length("instruction") + Length("input"))
        free = free.filter(characters__gte=choice.shortest)
        free = free.filter(characters__lte=choice.longest) if choice.longest else free
    if choice.since:
        free = free.filter(created_at__gte=datetime.combine(choice.since, time.min, JAPAN))
    if choice.until:
        free = free.filter(created_at__lt=datetime.combine(choice.until + timedelta(days=1), time.min, JAPAN))
    return free.order_by("pk")


def supply_of(choice: Choice, wanted: int) -> Supply:
    """How many are free, the kinds of the first `wanted`, and some of them to read. Three queries."""
    free = free_instructions(choice)
    first = free.values_list("category", flat=True)[: max(0, wanted)]
    samples = free.values_list("instruction", flat=True)[:SAMPLES]
    return Supply(count=free.count(), by_category=dict(Counter(first)), samples=tuple(samples))
