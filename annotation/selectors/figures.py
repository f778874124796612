"""What the dashboard shows over time: throughput, quality, risks. Read from summaries where rows are many."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from annotation.models import DayVerdicts, FiguresState, HourFigure, Review
from annotation.selectors.counts import RISK_DAYS, Counts, OrderCount
from vendors.models import WorkOrder
from vendors.selectors import JAPAN
from vendors.states import WorkOrderStatus

SPANS = (7, 30, 90)
HOURS_SHOWN = 48
QUALITY_BY = ("vendor", "writer", "reviewer", "category", "guideline")
_NAMED_BY = {
    "vendor": ("vendor__name", "vendor_id"),
    "writer": ("writer__name", "writer_id"),
    "reviewer": ("reviewer__name", "reviewer_id"),
    "category": ("category", "category"),
    "guideline": ("guideline_version__guideline__name", "guideline_version__version"),
}


@dataclass(frozen=True, slots=True)
class FigureFilter:
    """What the figures are about: the last so many days, and a vendor or a category where one is chosen."""

    days: int = 30
    vendor_id: int | None = None
    vendor_name: str = ""
    category: str = ""

    @property
    def first_day(self) -> date:
        return timezone.localdate(timezone=JAPAN) - timedelta(days=self.days - 1)


@dataclass(frozen=True, slots=True)
class Throughput:
    """Counts by event, one for each label: days of Japan's calendar, or the hours up to now."""

    labels: list[date] | list[datetime]
    counts: dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class OrderRisk:
    """An order that its pace of the last week does not finish in time: outputs a day, as it is and as it must be."""

    order: WorkOrder
    remaining: int
    days_left: int
    a_day: float
    needed: float


def figures_state() -> FiguresState | None:
    return FiguresState.objects.first()


def figures_age(state: FiguresState | None) -> int | None:
    """How many seconds ago the job counted; None where it never has."""
    return None if state is None else max(0, round((timezone.now() - state.made_at).total_seconds()))


def throughput_by_day(chosen: FigureFilter) -> Throughput:
    """One query on the summary."""
    first = chosen.first_day
    days = [first + timedelta(days=at) for at in range(chosen.days)]
    rows = (
        _hours_of(chosen, datetime(first.year, first.month, first.day, tzinfo=JAPAN))
        .annotate(day=TruncDate("hour", tzinfo=JAPAN))
        .values_list("day", "event")
        .annotate(total=Sum("count"))
    )
    return Throughput(days, _counted(days, rows))


def throughput_by_hour(chosen: FigureFilter) -> Throughput:
    """The last two days by hour. One query on the summary."""
    last = timezone.localtime(timezone=JAPAN).replace(minute=0, second=0, microsecond=0)
    hours = [last - timedelta(hours=HOURS_SHOWN - 1 - at) for at in range(HOURS_SHOWN)]
    rows = _hours_of(chosen, hours[0]).values_list("hour", "event").annotate(total=Sum("count"))
    return Throughput(hours, _counted(hours, rows))


def _hours_of(chosen: FigureFilter, since: datetime) -> Any:
    found = HourFigure.objects.filter(hour__gte=since).order_by()
    if chosen.vendor_id is not None:
        found = found.filter(vendor=chosen.vendor_id)
    return found.filter(category=chosen.category) if chosen.category else found


def _counted(labels: Sequence[Any], rows: Iterable[tuple[Any, str, int]]) -> dict[str, list[int]]:
    found = {(at, event): count for at, event, count in rows}
    return {event: [found.get((label, event), 0) for label in labels] for event in HourFigure.Event.values}


def quality_by(dimension: str, chosen: FigureFilter) -> list[dict[str, Any]]:
    """For each vendor, writer, reviewer, category or version of a guideline: its verdicts in the chosen days. One query."""
    name, key = _NAMED_BY[dimension]
    found = DayVerdicts.objects.filter(day__gte=chosen.first_day)
    if chosen.vendor_id is not None:
        found = found.filter(vendor=chosen.vendor_id)
    if chosen.category:
        found = found.filter(category=chosen.category)
    accepted = Q(verdict=Review.Verdict.ACCEPT)
    rows = (
        found.values(called=F(name), key=F(key))
        .annotate(
            verdicts=Sum("count"),
            accepted=Sum("count", filter=accepted, default=0),
            accepted_first=Sum("count", filter=accepted & Q(is_first=True), default=0),
            returned=Sum("count", filter=Q(verdict=Review.Verdict.RETURN), default=0),
            rejected=Sum("count", filter=Q(verdict=Review.Verdict.REJECT), default=0),
            all_seconds=Sum("seconds"),
        )
        .order_by("-verdicts", "called", "key")
    )
    return [
        row
        | {
            "first_share": round(100 * row["accepted_first"] / row["verdicts"]),
            "seconds": round(row["all_seconds"] / row["verdicts"]),
        }
        for row in rows
    ]


def orders_at_risk(counts: Counts) -> list[OrderRisk]:
    """The running orders that the pace of the last week does not finish by their due day, the most pressing first."""
    today = timezone.localdate(timezone=JAPAN)
    orders = WorkOrder.objects.filter(status=WorkOrderStatus.ACTIVE).select_related("vendor").order_by("due_on", "pk")
    found = []
    for order in orders:
        count = counts.orders.get(order.pk, OrderCount())
        remaining, days_left = order.quantity - count.accepted, (order.due_on - today).days
        risk = OrderRisk(order, remaining, days_left, count.lately / RISK_DAYS, remaining / max(1, days_left))
        if remaining > 0 and (days_left < 0 or risk.a_day < risk.needed):
            found.append(risk)
    return found
