"""The ledger and its months in Japan's calendar, as far as a person may see them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth

from vendors.models import Earning, Organisation, Role, Statement
from vendors.selectors.people import vendor_list_for
from vendors.selectors.seats import MONEY, one_of, seat_get_for

JAPAN = ZoneInfo("Asia/Tokyo")


def earning_list_for(user: Any) -> QuerySet[Earning]:
    """Ledger lines, newest first: all for those who handle money, the own vendor's for a lead, their own for a writer.

    A writer keeps sight of what was earned with an earlier vendor.
    """
    lines = Earning.objects.select_related("work_order", "writer", "vendor").order_by("-at", "-pk")
    seat = seat_get_for(user)
    if seat is None:
        return lines.none()
    if seat.is_operator:
        return lines if seat.has_role(*MONEY) else lines.none()
    if seat.has_role(Role.LEAD):
        return lines.filter(vendor_id=seat.organisation.pk)
    return lines.filter(writer_id=user.pk)


@dataclass(frozen=True, slots=True)
class MonthTotal:
    """What was earned in one month of Japan's calendar: lines and integer minor units, before tax."""

    month: date
    currency: str
    line_count: int
    amount: int


def earning_totals_for(user: Any) -> list[MonthTotal]:
    """Totals by month in Japan, newest first, of the lines that `earning_list_for` shows."""
    rows = (
        earning_list_for(user)
        .order_by()
        .annotate(month=TruncMonth("at", tzinfo=JAPAN))
        .values("month", "currency")
        .annotate(line_count=Count("pk"), amount_sum=Sum("amount"))
        .order_by("-month", "currency")
    )
    return [MonthTotal(r["month"].date(), r["currency"], r["line_count"], r["amount_sum"]) for r in rows]


@dataclass(frozen=True, slots=True)
class Share:
    """What one writer earned in a month."""

    writer: str
    line_count: int
    amount: int


def share_list(vendor: Organisation, month: date, currency: str) -> list[Share]:
    """Each writer's share of a vendor's month, largest first."""
    rows = (
        earnings_of_month(vendor, month, currency)
        .values("writer", "writer__name")
        .annotate(line_count=Count("pk"), amount_sum=Sum("amount"))
        .order_by("-amount_sum", "writer")
    )
    return [Share(r["writer__name"], r["line_count"], r["amount_sum"]) for r in rows]


def month_start(month: date) -> datetime:
    """Midnight in Japan on the first day of the month."""
    return datetime(month.year, month.month, 1, tzinfo=JAPAN)


def month_after(month: date) -> date:
    """The first day of the following month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def earnings_of_month(vendor: Organisation, month: date, currency: str = "JPY") -> QuerySet[Earning]:
    """The ledger lines of one vendor in one month of Japan's calendar."""
    start, end = month_start(month), month_start(month_after(month))
    return Earning.objects.filter(vendor=vendor, currency=currency, at__gte=start, at__lt=end)


@dataclass(frozen=True, slots=True)
class VendorMonth:
    """A vendor's month in the ledger beside its statement, if one was made."""

    vendor: Organisation
    month: date
    currency: str
    line_count: int
    amount: int
    statement: Statement | None


def vendor_month_list_for(user: Any) -> list[VendorMonth]:
    """Every month in which a vendor earned, newest first. Three queries however many there are."""
    vendors = {vendor.pk: vendor for vendor in _vendors_with_money(user)}
    if not vendors:
        return []
    rows = (
        Earning.objects.filter(vendor__in=vendors.keys())
        .annotate(month=TruncMonth("at", tzinfo=JAPAN))
        .values("vendor", "month", "currency")
        .annotate(line_count=Count("pk"), amount_sum=Sum("amount"))
        .order_by("-month", "vendor__name", "currency")
    )
    made = {(s.vendor_id, s.month, s.currency): s for s in Statement.objects.filter(vendor__in=vendors.keys())}
    return [
        VendorMonth(
            vendor=vendors[r["vendor"]],
            month=r["month"].date(),
            currency=r["currency"],
            line_count=r["line_count"],
            amount=r["amount_sum"],
            statement=made.get((r["vendor"], r["month"].date(), r["currency"])),
        )
        for r in rows
    ]


def vendor_with_money_get_for(user: Any, public_id: UUID) -> Organisation:
    """A vendor whose money the person may see; raises NotFound."""
    return one_of(_vendors_with_money(user), public_id)


def _vendors_with_money(user: Any) -> QuerySet[Organisation]:
    seat = seat_get_for(user)
    if seat is None or not seat.has_role(*MONEY, Role.LEAD):
        return Organisation.objects.none()
    return vendor_list_for(user)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """What one order brought in a month."""

    number: str
    title: str
    unit_price: int
    line_count: int
    amount: int


def order_line_list(vendor: Organisation, month: date, currency: str) -> list[OrderLine]:
    """A vendor's month by order, in the order of their numbers."""
    rows = (
        earnings_of_month(vendor, month, currency)
        .values("work_order__number", "work_order__title", "work_order__unit_price")
        .annotate(line_count=Count("pk"), amount_sum=Sum("amount"))
        .order_by("work_order__number")
    )
    return [
        OrderLine(
            r["work_order__number"],
            r["work_order__title"],
            r["work_order__unit_price"],
            r["line_count"],
            r["amount_sum"],
        )
        for r in rows
    ]


def statement_get_for(user: Any, vendor: Organisation, month: date, currency: str) -> Statement | None:
    """The statement over a vendor's month, if one was made and the person may see that vendor's money."""
    seen = Statement.objects.filter(vendor__in=_vendors_with_money(user)).select_related("vendor")
    return seen.filter(vendor=vendor, month=month, currency=currency).first()
