"""Figures of the public progress page."""

from typing import Any

from django.db.models import Count, F, QuerySet
from django.db.models.functions import Coalesce, TruncDate

from collection.models import Instruction
from collection.states import InstructionStatus

Counted = list[tuple[Any, str, str, int]]


def collected_tally() -> Counted:
    """Instructions that came in, by day, language and category; withdrawn ones no longer count."""
    kept = Instruction.objects.exclude(status=InstructionStatus.WITHDRAWN)
    return _tally(kept.annotate(at=F("created_at")))


def screened_tally() -> Counted:
    """Instructions that are fit to be written for, by the day on which that was known."""
    eligible = Instruction.objects.filter(status=InstructionStatus.ELIGIBLE)
    return _tally(eligible.annotate(at=Coalesce("screened_at", "created_at")))


def _tally(found: QuerySet[Instruction]) -> Counted:
    keys = found.order_by().annotate(day=TruncDate("at")).values_list("day", "language", "category")
    return list(keys.annotate(count=Count("pk")))
