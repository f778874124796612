"""The ledger of what vendors earned, and the monthly statements over it. All amounts are integers; no float comes near."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from config.errors import NotFound
from config.moves import Actor, move
from vendors.errors import TooEarly
from vendors.models import Earning, Organisation, Role, Statement, StatementTransition, User, WorkOrder
from vendors.permissions import require_role
from vendors.selectors import MONEY, earnings_of_month, month_after, month_start
from vendors.states import STATEMENT_MOVES, StatementStatus

TAX_PERCENT = 10
# A transaction that began before midnight may still add a line shortly after it.
MONTH_SETTLES = timedelta(hours=1)


def consumption_tax(net: int) -> int:
    """Consumption tax on the net sum of a whole statement, its fraction dropped: once, as the invoice system asks."""
    tax = abs(net) * TAX_PERCENT // 100
    return tax if net >= 0 else -tax


@transaction.atomic
def earning_record(
    *, vendor: Organisation, writer: User, work_order: WorkOrder, submission_id: UUID, received_at: datetime
) -> Earning:
    """Enter the line for an accepted submission, at the price the order froze. Call in the acceptance's transaction.

    A submission earns once: called again, or by two at once, it gives the line that stands.
    """
    if vendor.pk != work_order.vendor_id:
        raise ValueError("An order's work is owed to the vendor of that order.")
    line = Earning(
        vendor=vendor,
        writer=writer,
        work_order=work_order,
        submission_id=submission_id,
        kind=Earning.Kind.ACCEPTANCE,
        amount=work_order.unit_price,
        currency=work_order.currency,
        received_at=received_at,
    )
    # ON CONFLICT DO NOTHING waits for a rival's commit; what it skipped can then be read.
    Earning.objects.bulk_create([line], ignore_conflicts=True)
    return Earning.objects.get(submission_id=submission_id, kind=Earning.Kind.ACCEPTANCE)


@transaction.atomic
def statement_prepare(*, vendor: Organisation, month: date, by: User, currency: str = "JPY") -> Statement:
    """Make the month's statement, or sum a draft again. An approved one stays as it is. Locks the statement.

    Raises NotFound for a month without earnings.
    """
    require_role(by, *MONEY)
    if not earnings_of_month(vendor, month, currency).exists():
        raise NotFound()
    statement, _made = Statement.objects.get_or_create(vendor=vendor, month=month.replace(day=1), currency=currency)
    statement = Statement.objects.select_for_update().get(pk=statement.pk)
    if statement.status == StatementStatus.DRAFT:
        _sum(statement)
        statement.save(update_fields=["line_count", "net_amount", "tax_amount", "total_amount"])
    return statement


@transaction.atomic
def statement_approve(*, statement: Statement, by: User) -> Statement:
    """Sum the lines a last time and fix them. Raises TooEarly until the month is over and its last lines have settled."""
    require_role(by, *MONEY)
    statement = Statement.objects.select_for_update().get(pk=statement.pk)
    if timezone.now() < month_start(month_after(statement.month)) + MONTH_SETTLES:
        raise TooEarly()
    if statement.status == StatementStatus.DRAFT:
        _sum(statement)
    move(
        statement,
        StatementStatus.APPROVED,
        moves=STATEMENT_MOVES,
        log=StatementTransition,
        by=Actor.user(by),
        approved_at=timezone.now(),
        line_count=statement.line_count,
        net_amount=statement.net_amount,
        tax_amount=statement.tax_amount,
        total_amount=statement.total_amount,
    )
    return statement


@transaction.atomic
def statement_pay(*, statement: Statement, by: User) -> Statement:
    """Write down that an approved statement was paid."""
    require_role(by, Role.OWNER, Role.FINANCE)
    statement = Statement.objects.select_for_update().get(pk=statement.pk)
    move(
        statement,
        StatementStatus.PAID,
        moves=STATEMENT_MOVES,
        log=StatementTransition,
        by=Actor.user(by),
        paid_at=timezone.now(),
    )
    return statement


def _sum(statement: Statement) -> None:
    lines = earnings_of_month(statement.vendor, statement.month, statement.currency)
    sums = lines.aggregate(count=Count("pk"), net=Sum("amount"))
    statement.line_count = sums["count"]
    statement.net_amount = sums["net"] or 0
    statement.tax_amount = consumption_tax(statement.net_amount)
    statement.total_amount = statement.net_amount + statement.tax_amount
