"""Bank accounts and transfers, sealed as they are kept; who may open them is decided where they are opened."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from vendors.models import BankAccount, Organisation, Role, Statement, Transfer
from vendors.selectors.seats import one_of, seat_get_for
from vendors.states import StatementStatus


def bank_account_list(organisations: Sequence[int]) -> list[BankAccount]:
    """The account in force of each organisation that has one. One query."""
    rows = BankAccount.objects.filter(organisation__in=organisations).select_related("by")
    return list(rows.order_by("organisation_id", "-pk").distinct("organisation_id"))


def bank_account_of(organisation: Organisation) -> BankAccount | None:
    """The account in force of one organisation, sealed: that it is there, since when and by whom."""
    return next(iter(bank_account_list([organisation.pk])), None)


def transfer_list_for(user: Any) -> QuerySet[Transfer]:
    """Transfers, newest first: for finance."""
    seat = seat_get_for(user)
    rows = Transfer.objects.select_related("made_by").order_by("-pk")
    return rows if seat is not None and seat.has_role(Role.FINANCE) else rows.none()


def transfer_get_for(user: Any, public_id: UUID) -> Transfer:
    """One transfer; raises NotFound."""
    return one_of(transfer_list_for(user), public_id)


def transferables() -> QuerySet[Statement]:
    """The approved statements in yen that are in no transfer, by vendor."""
    rows = Statement.objects.filter(
        status=StatementStatus.APPROVED, currency="JPY", transfer__isnull=True, total_amount__gt=0
    )
    return rows.select_related("vendor").order_by("vendor__name", "month", "pk")
