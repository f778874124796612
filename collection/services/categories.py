"""Saying of what kind an instruction is: an operator by hand, or the rules again when they have changed."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from collection.models import Instruction
from collection.screening import categories
from collection.states import InstructionStatus
from collection.texts import CATEGORY_LABELS
from config.errors import BadInput

BATCH = 1000


@transaction.atomic
def instruction_categorise(*, instruction: Instruction, category: str) -> Instruction:
    """Take an operator's word for the category; the rules leave it alone from then on. Raises `BadInput`."""
    if category not in CATEGORY_LABELS:
        raise BadInput(_("There is no such category."), field="category")
    row = Instruction.objects.select_for_update().get(pk=instruction.pk)
    row.category, row.category_by = category, Instruction.CategoryBy.OPERATOR
    row.save(update_fields=["category", "category_by"])
    return row


def instructions_categorise(*, watch: Callable[[int], Any] | None = None) -> tuple[int, int]:
    """Sort what nobody has sorted, and again what an earlier version of the rules did; returns how many were read and changed.

    What an operator or a file said stays. Each batch is a transaction, so that it can be broken off and run again.
    """
    read = changed = last = 0
    waiting = _waiting_for_the_rules()
    while rows := list(waiting.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = rows[-1].pk
        changed += _batch_categorise([row.pk for row in rows])
        read += len(rows)
        if watch:
            watch(len(rows))
    return read, changed


def instructions_uncategorised_count() -> int:
    """How many `instructions_categorise` would read."""
    return _waiting_for_the_rules().count()


def _waiting_for_the_rules() -> QuerySet[Instruction]:
    """Screened instructions without a category, and those whose rules are older than the ones in force."""
    kept = Instruction.objects.exclude(status__in=[InstructionStatus.WITHDRAWN, InstructionStatus.RECEIVED])
    older = ~Q(checks_run__category=categories.VERSION) & Q(category_by=Instruction.CategoryBy.RULE)
    return kept.filter(Q(category="") | older)


@transaction.atomic
def _batch_categorise(keys: list[int]) -> int:
    changed = 0
    rows = list(Instruction.objects.select_for_update().filter(pk__in=keys).exclude(instruction=""))
    for row in rows:
        found = categories.find(row.instruction, row.input)
        changed += found != row.category
        row.category, row.category_by = found, Instruction.CategoryBy.RULE
        row.checks_run = {**row.checks_run, "category": categories.VERSION}
    Instruction.objects.bulk_update(rows, ["category", "category_by", "checks_run"])
    return changed
