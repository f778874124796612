"""The ledger and its months in Japan's calendar, as far as a person may see them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum

from config.errors import NotFound
from vendors.models import Earning, Organisation, Role, Statement
from vendors.selectors.months import last_pay_day, usual_pay_day
from vendors.selectors.people import vendor_list_for
from vendors.selectors.seats import MONEY, one_of, seat_get_for
from vendors.states import StatementStatus


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


def earnings_of_for(user: Any, submissions: Iterable[UUID]) -> QuerySet[Earning]:
    """The ledger lines of these submissions, of those that the person may see, each with `paid_at` of its statement. One query."""
    statement = Statement.objects.filter(
        vendor=OuterRef("vendor"), month=OuterRef("month"), currency=OuterRef("currency")
    )
    lines = earning_list_for(user).filter(submission_id__in=list(submissions)).select_related("by")
    return lines.annotate(paid_at=Subquery(statement.values("paid_at")[:1]))


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
        .values("month", "currency")
        .annotate(line_count=Count("pk"), amount_sum=Sum("amount"))
        .order_by("-month", "currency")
    )
    return [MonthTotal(r["month"], r["currency"], r["line_count"], r["amount_sum"]) for r in rows]


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


def earnings_of_month(vendor: Organisation, month: date, currency: str = "JPY") -> QuerySet[Earning]:
    """The ledger lines of one vendor that the statement of a month pays."""
    return Earning.objects.filter(vendor=vendor, currency=currency, month=month.replace(day=1))


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
        .values("vendor", "month", "currency")
        .annotate(line_count=Count("pk"), amount_sum=Sum("amount"))
        .order_by("-month", "vendor__name", "currency")
    )
    made = {(s.vendor_id, s.month, s.currency): s for s in Statement.objects.filter(vendor__in=vendors.keys())}
    return [
        VendorMonth(
            vendor=vendors[r["vendor"]],
            month=r["month"],
            currency=r["currency"],
            line_count=r["line_count"],
            amount=r["amount_sum"],
            statement=made.get((r["vendor"], r["month"], r["currency"])),
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
    """What one order brought in a month in one way; `unit_price` is None where the lines differ."""

    number: str
    title: str
    kind: str
    unit_price: int | None
    line_count: int
    amount: int

    @property
    def kind_label(self) -> str:
        return str(Earning.Kind(self.kind).label)


def order_line_list(vendor: Organisation, month: date, currency: str) -> list[OrderLine]:
    """A vendor's month by order and kind of line, in the order of their numbers."""
    rows = (
        earnings_of_month(vendor, month, currency)
        .values("work_order__number", "work_order__title", "kind")
        .annotate(line_count=Count("pk"), amount_sum=Sum("amount"), least=Min("amount"), most=Max("amount"))
        .order_by("work_order__number", "kind")
    )
    return [
        OrderLine(
            number=r["work_order__number"],
            title=r["work_order__title"],
            kind=r["kind"],
            unit_price=r["least"] if r["least"] == r["most"] and r["kind"] != Earning.Kind.CORRECTION else None,
            line_count=r["line_count"],
            amount=r["amount_sum"],
        )
        for r in rows
    ]


def document_lines(vendor: Organisation, month: date, currency: str) -> list[dict[str, object]]:
    """The lines of a statement's document, as JSON keeps them."""
    return [asdict(line) for line in order_line_list(vendor, month, currency)]


@dataclass(frozen=True, slots=True)
class MonthSums:
    """A vendor's month: lines, their sum before tax, and the last day on which no line passes its sixty days."""

    line_count: int
    net: int
    pay_by: date


def month_sums(vendor: Organisation, month: date, currency: str) -> MonthSums:
    """Sum a vendor's month. Corrections have no clock of their own. One query."""
    delivered = ~Q(kind=Earning.Kind.CORRECTION)
    sums = earnings_of_month(vendor, month, currency).aggregate(
        count=Count("pk"), net=Sum("amount"), first=Min("received_at", filter=delivered)
    )
    usual = usual_pay_day(month)
    return MonthSums(
        line_count=sums["count"],
        net=sums["net"] or 0,
        pay_by=min(usual, last_pay_day(sums["first"])) if sums["first"] else usual,
    )


def earning_exists(submission_id: UUID) -> bool:
    """Whether a submission has its line."""
    return Earning.objects.filter(submission_id=submission_id).exists()


def paid_for(submission_id: UUID) -> int:
    """What all lines of a submission come to."""
    return Earning.objects.filter(submission_id=submission_id).aggregate(net=Sum("amount"))["net"] or 0


def vendors_of_month(month: date, currency: str) -> list[Organisation]:
    """The vendors that have lines in a month, by name."""
    earned = Earning.objects.filter(vendor=OuterRef("pk"), month=month.replace(day=1), currency=currency)
    return list(Organisation.objects.filter(Exists(earned)).order_by("name", "pk"))


@dataclass(frozen=True, slots=True)
class Due:
    """A vendor's month that is not paid yet, and the last day for it. `days` may be below nothing."""

    vendor: Organisation
    month: date
    pay_by: date
    days: int

    @property
    def is_past(self) -> bool:
        return self.days < 0


def due_list(today: date, within_days: int) -> list[Due]:
    """What must be paid within so many days and is not, the most pressing first: for finance. Two queries."""
    paid = Statement.objects.filter(
        vendor=OuterRef("vendor"), month=OuterRef("month"), currency=OuterRef("currency"), status=StatementStatus.PAID
    )
    delivered = ~Q(kind=Earning.Kind.CORRECTION)
    rows = (
        Earning.objects.filter(~Exists(paid))
        .values("vendor", "month", "currency")
        .annotate(first=Min("received_at", filter=delivered), net=Sum("amount"))
        .filter(first__isnull=False, net__gt=0)
    )
    found = [(r["vendor"], r["month"], min(usual_pay_day(r["month"]), last_pay_day(r["first"]))) for r in rows]
    pressing = sorted(
        (pay_by, vendor, month) for vendor, month, pay_by in found if (pay_by - today).days <= within_days
    )
    vendors = Organisation.objects.in_bulk([vendor for _pay_by, vendor, _month in pressing])
    return [Due(vendors[vendor], month, pay_by, (pay_by - today).days) for pay_by, vendor, month in pressing]


def line_get_for(user: Any, vendor: Organisation, pk: int) -> Earning:
    """One line of a vendor's ledger; raises NotFound, also for what the person may not see."""
    found = earning_list_for(user).filter(vendor=vendor, pk=pk).first()
    if found is None:
        raise NotFound()
    return found


def statement_get_for(user: Any, vendor: Organisation, month: date, currency: str) -> Statement | None:
    """The statement over a vendor's month, if one was made and the person may see that vendor's money."""
    return statement_list_for(user).filter(vendor=vendor, month=month, currency=currency).first()


def statement_list_for(user: Any) -> QuerySet[Statement]:
    """The statements that were made over the months of vendors whose money the person may see."""
    return Statement.objects.filter(vendor__in=_vendors_with_money(user)).select_related("vendor")


def statement_get_by_id_for(user: Any, public_id: UUID) -> Statement:
    """One statement; raises NotFound."""
    return one_of(statement_list_for(user), public_id)
