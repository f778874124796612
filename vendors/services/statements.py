"""Monthly statements over the ledger: made, approved, paid. What is approved stays as it was, in sums and in words."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from config.errors import NotFound
from config.moves import Actor, move
from vendors.errors import TooEarly, TransferOpen
from vendors.models import Organisation, Role, Statement, StatementTransition, User
from vendors.permissions import require_role
from vendors.selectors import (
    MONEY,
    document_lines,
    earnings_of_month,
    lead_list,
    month_after,
    month_start,
    month_sums,
    operator_get,
    vendors_of_month,
)
from vendors.services.letters import letters_queue
from vendors.services.money import consumption_tax, ledger_hold
from vendors.states import STATEMENT_MOVES, StatementStatus

SUMS = ["line_count", "net_amount", "tax_amount", "total_amount", "pay_by"]


@transaction.atomic
def statement_prepare(*, vendor: Organisation, month: date, by: User, currency: str = "JPY") -> Statement:
    """Make the month's statement, or sum a draft again. An approved one stays as it is. Locks the statement.

    Raises NotFound for a month without earnings.
    """
    require_role(by, *MONEY)
    if not earnings_of_month(vendor, month, currency).exists():
        raise NotFound()
    statement, _made = Statement.objects.get_or_create(vendor=vendor, month=month.replace(day=1), currency=currency)
    statement = Statement.objects.select_for_update(of=("self",)).select_related("vendor").get(pk=statement.pk)
    if statement.status == StatementStatus.DRAFT:
        _sum(statement)
        statement.save(update_fields=SUMS)
    return statement


@transaction.atomic
def statements_prepare(*, month: date, by: User, currency: str = "JPY") -> list[Statement]:
    """Make the statements of every vendor that earned in the month."""
    require_role(by, *MONEY)
    vendors = vendors_of_month(month, currency)
    return [statement_prepare(vendor=vendor, month=month, by=by, currency=currency) for vendor in vendors]


@transaction.atomic
def statement_approve(*, statement: Statement, by: User) -> Statement:
    """Sum the lines a last time and fix them, with what the document says. Raises TooEarly until the month is over.

    Holds the vendor's ledger alone: a line that is being entered is either in it or in a later month.
    """
    require_role(by, *MONEY)
    ledger_hold(statement.vendor, is_closing=True)
    statement = Statement.objects.select_for_update(of=("self",)).select_related("vendor").get(pk=statement.pk)
    now = timezone.now()
    if now < month_start(month_after(statement.month)):
        raise TooEarly()
    if statement.status == StatementStatus.DRAFT:
        _sum(statement)
    fixed = {name: getattr(statement, name) for name in SUMS}
    move(
        statement,
        StatementStatus.APPROVED,
        moves=STATEMENT_MOVES,
        log=StatementTransition,
        by=Actor.user(by),
        approved_at=now,
        document=_document(statement, timezone.localdate(now)),
        **fixed,
    )
    month = statement.month
    path = reverse("vendors:statement", args=[statement.vendor.public_id, month.year, month.month])
    letters_queue("statement_ready", lead_list(statement.vendor), path, statement=statement)
    return statement


@transaction.atomic
def statement_pay(*, statement: Statement, by: User) -> Statement:
    """Write down that an approved statement was paid otherwise than by a transfer. Raises TransferOpen."""
    require_role(by, Role.OWNER, Role.FINANCE)
    statement = Statement.objects.select_for_update(of=("self",)).select_related("vendor").get(pk=statement.pk)
    if statement.transfer_id is not None and statement.status == StatementStatus.APPROVED:
        raise TransferOpen()
    statement_mark_paid(statement=statement, by=by)
    return statement


def statement_mark_paid(*, statement: Statement, by: User) -> None:
    """Move a locked statement to paid. Call inside a transaction."""
    move(
        statement,
        StatementStatus.PAID,
        moves=STATEMENT_MOVES,
        log=StatementTransition,
        by=Actor.user(by),
        paid_at=timezone.now(),
    )


def _sum(statement: Statement) -> None:
    sums = month_sums(statement.vendor, statement.month, statement.currency)
    statement.line_count = sums.line_count
    statement.net_amount = sums.net
    statement.tax_amount = consumption_tax(sums.net)
    statement.total_amount = statement.net_amount + statement.tax_amount
    statement.pay_by = sums.pay_by


def _document(statement: Statement, day: date) -> dict[str, object]:
    """What the statement says, as it is fixed: the parties as they are called today, and the lines by order."""
    lines: Sequence[object] = document_lines(statement.vendor, statement.month, statement.currency)
    return {
        "dated": day.isoformat(),
        "operator": _party(operator_get()),
        "vendor": _party(statement.vendor),
        "lines": lines,
    }


def _party(organisation: Organisation | None) -> dict[str, str]:
    if organisation is None:
        return {"name": "", "address": "", "registration_number": ""}
    return {
        "name": organisation.name,
        "address": organisation.address,
        "registration_number": organisation.registration_number,
    }
