"""Figures of the public progress page."""

from typing import Any

from django.db.models import Count, F, QuerySet
from django.db.models.functions import Coalesce, TruncDate

from collection.models import Instruction
from collection.states import InstructionStatus

_TALLIED = {"day": TruncDate("at"), "language": F("language"), "category": F("category")}


def collected_tally(dimension: str) -> dict[Any, int]:
    """Instructions that came in, by day, language or category; withdrawn ones no longer count."""
    kept = Instruction.objects.exclude(status=InstructionStatus.WITHDRAWN)
    return _tally(kept.annotate(at=F("created_at")), dimension)


def screened_tally(dimension: str) -> dict[Any, int]:
    """Instructions that are fit to be written for, by the day on which that was known."""
    eligible = Instruction.objects.filter(status=InstructionStatus.ELIGIBLE)
    return _tally(eligible.annotate(at=Coalesce("screened_at", "created_at")), dimension)


def _tally(found: QuerySet[Instruction], dimension: str) -> dict[Any, int]:
    rows = found.order_by().values(key=_TALLIED[dimension]).annotate(count=Count("pk"))
    return {row["key"]: row["count"] for row in rows}
