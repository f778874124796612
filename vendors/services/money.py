"""The ledger of what vendors earned. All amounts are integers; no float comes near. Lines are added, never changed."""

from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from config.errors import BadInput
from vendors.errors import CorrectionTooLarge
from vendors.models import Earning, Organisation, Role, Statement, User, WorkOrder
from vendors.permissions import require_role
from vendors.selectors import month_after, month_of_receipt, paid_for, price_at
from vendors.states import StatementStatus

TAX_PERCENT = 10
# Two keys: this one and the vendor's primary key.
LEDGER_LOCK = 7_303
LARGEST_CORRECTION = 10_000_000


def consumption_tax(net: int) -> int:
    """Consumption tax on the net sum of a whole statement, its fraction dropped: once, as the invoice system asks."""
    tax = abs(net) * TAX_PERCENT // 100
    return tax if net >= 0 else -tax


def ledger_hold(vendor: Organisation, *, is_closing: bool = False) -> None:
    """Hold a vendor's ledger until the transaction ends: shared by those who add lines, alone to close a month."""
    way = "pg_advisory_xact_lock" if is_closing else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {way}(%s, %s)", [LEDGER_LOCK, vendor.pk])


@transaction.atomic
def earning_record(
    *,
    vendor: Organisation,
    writer: User,
    work_order: WorkOrder,
    submission_id: UUID,
    received_at: datetime,
    kind: str = Earning.Kind.ACCEPTANCE,
    characters: int = 0,
    category: str = "",
) -> Earning:
    """Enter the line for delivered work, at the price that was agreed when it was received. Call in the transaction of what happened to it.

    A submission earns once: called again, or by two at once, it gives the line that stands. The line belongs to the
    month of receipt, or to the next that is still open.
    """
    if vendor.pk != work_order.vendor_id:
        raise ValueError("An order's work is owed to the vendor of that order.")
    ledger_hold(vendor)
    line = Earning(
        vendor=vendor,
        writer=writer,
        work_order=work_order,
        submission_id=submission_id,
        kind=kind,
        amount=price_at(work_order, received_at).of_output(characters, category),
        currency=work_order.currency,
        received_at=received_at,
        month=_open_month(vendor, month_of_receipt(received_at), work_order.currency),
    )
    # ON CONFLICT DO NOTHING waits for a rival's commit; what it skipped can then be read.
    Earning.objects.bulk_create([line], ignore_conflicts=True)
    return Earning.objects.exclude(kind=Earning.Kind.CORRECTION).get(submission_id=submission_id)


@transaction.atomic
def earning_correct(*, line: Earning, amount: int, why: str, by: User) -> Earning:
    """Enter a correction of a line as a new line, which adds `amount` (minor units, may be negative).

    Serialised per submission: together the lines of a submission never fall below nothing. Raises BadInput without a
    reason or an amount, and CorrectionTooLarge.
    """
    require_role(by, Role.OWNER, Role.FINANCE)
    if not why.strip():
        raise BadInput(_("Please give a reason. The other side reads it."))
    if not amount or abs(amount) > LARGEST_CORRECTION:
        raise BadInput(_("Write an amount other than nothing, and not more than ten million."))
    return _correct(line, amount, why.strip(), by)


@transaction.atomic
def earning_take_back(*, submission_id: UUID, why: str, by: User | None = None) -> Earning | None:
    """Take back what was entered because nobody had inspected in time, now that the work went back; None if nothing was."""
    line = Earning.objects.filter(submission_id=submission_id, kind=Earning.Kind.UNINSPECTED).first()
    if line is None:
        return None
    ledger_hold(line.vendor)
    stands = paid_for(submission_id)
    return _correct(line, -stands, why, by) if stands else None


def _correct(line: Earning, amount: int, why: str, by: User | None) -> Earning:
    ledger_hold(line.vendor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(line.submission_id)])
    if paid_for(line.submission_id) + amount < 0:
        raise CorrectionTooLarge()
    return Earning.objects.create(
        vendor=line.vendor,
        writer=line.writer,
        work_order=line.work_order,
        submission_id=line.submission_id,
        kind=Earning.Kind.CORRECTION,
        amount=amount,
        currency=line.currency,
        received_at=line.received_at,
        month=_open_month(line.vendor, line.month, line.currency),
        by=by,
        why=why[:500],
    )


def _open_month(vendor: Organisation, month: date, currency: str) -> date:
    """The first month from `month` on whose statement is not approved. The caller holds the ledger."""
    closed = set(
        Statement.objects.filter(vendor=vendor, currency=currency, month__gte=month)
        .exclude(status=StatementStatus.DRAFT)
        .values_list("month", flat=True)
    )
    while month in closed:
        month = month_after(month)
    return month
