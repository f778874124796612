"""Settling by hand what nobody can know: answers of which the provider may have charged all, or nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet, Sum, TextChoices
from django.utils.translation import gettext_lazy as _

from collection.gateway import cost_microusd
from collection.models import LedgerEntry, Reference
from collection.services.budget import budget_settle, usage_estimate
from collection.states import ReferenceStatus


class Charge(TextChoices):
    """What the provider charged, as far as its bill tells."""

    NOTHING = "nothing", _("nothing")
    ESTIMATE = "estimate", _("the question, by estimate")
    ALL = "all", _("all that was reserved")


@dataclass(frozen=True, slots=True)
class Reconciled:
    count: int
    amount_microusd: int


def open_reservation_list(*, before: datetime | None = None) -> QuerySet[LedgerEntry]:
    """Reservations whose answer has ended without a settlement, oldest first."""
    settled = LedgerEntry.objects.filter(reference=OuterRef("reference"), kind=LedgerEntry.Kind.SETTLED)
    found = LedgerEntry.objects.filter(
        ~Exists(settled),
        kind=LedgerEntry.Kind.RESERVED,
        reference__status__in=[ReferenceStatus.COMPLETE, ReferenceStatus.INTERRUPTED, ReferenceStatus.FAILED],
    )
    if before is not None:
        found = found.filter(at__lte=before)
    return found.select_related("reference__instruction").order_by("pk")


def open_reservation_totals(*, before: datetime | None = None) -> Reconciled:
    """How many there are, and how much they hold."""
    found = open_reservation_list(before=before).aggregate(count=Count("pk"), amount=Sum("amount_microusd"))
    return Reconciled(found["count"], found["amount"] or 0)


@transaction.atomic
def budget_reconcile(*, charge: str, before: datetime | None = None) -> Reconciled:
    """Settle every reservation whose answer has ended without a settlement; `before` bounds when it was reserved."""
    waiting = list(open_reservation_list(before=before).select_for_update(of=("self",)))
    return Reconciled(len(waiting), sum(_settle(waiting, Charge(charge))))


def _settle(waiting: Iterable[LedgerEntry], charge: Charge) -> Iterable[int]:
    for reserved in waiting:
        cost = {Charge.NOTHING: 0, Charge.ALL: reserved.amount_microusd}.get(charge)
        if cost is None:
            cost = min(_estimate(reserved.reference), reserved.amount_microusd)
        budget_settle(reference=reserved.reference, cost_microusd=cost, is_estimated=True)
        yield cost


def _estimate(reference: Reference) -> int:
    asked = f"{reference.instruction.instruction}\n\n{reference.instruction.input}"
    return cost_microusd(reference.model, usage_estimate(prompt=asked, text=reference.text))
