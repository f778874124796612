"""What was spent, what is left, and what is to be expected: for the pages, and never for a decision."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Sum
from django.utils import timezone

from collection.models import Cap, LedgerEntry, SiteSwitch
from collection.services.budget import default_limit

# The pace of what is to come is that of so many whole days before today.
PACE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Left:
    """Of today's free budget. `percent` is rounded down, so that 1 is said as long as there is any."""

    percent: int
    is_answering: bool
    is_spent: bool
    is_spent_for_good: bool
    returns_at: datetime


@dataclass(frozen=True, slots=True)
class Spending:
    """Micro-dollars by model and day, oldest first, and what today and the days to come will probably cost."""

    days: list[date]
    by_model: dict[str, list[int]]
    pace: int
    expected_today: int
    total_spent: int
    total_limit: int
    day_limit: int
    spent_on: date | None


def budget_left(*, now: datetime | None = None) -> Left:
    """What is left for today's questions: of the day's limit, or of all there is when that is less."""
    now = timezone.localtime(now)
    day, total = _cap(Cap.Scope.DAY, now.date().isoformat()), _cap(Cap.Scope.TOTAL, "")
    day_left, total_left = (
        max(0, cap.limit_microusd - cap.spent_microusd - cap.reserved_microusd) for cap in (day, total)
    )
    left = min(day_left, total_left)
    percent = 100 * left // day.limit_microusd if day.limit_microusd else 0
    return Left(
        percent=max(1, percent) if left else 0,
        is_answering=not SiteSwitch.objects.filter(is_answering=False).exists(),
        is_spent=left == 0,
        is_spent_for_good=total_left == 0,
        returns_at=timezone.make_aware(datetime.combine(now.date() + timedelta(days=1), time.min)),
    )


def spending_of(*, days: int, now: datetime | None = None) -> Spending:
    """The last `days` days by model, and a forecast: the mean of the last week, for what is left of today too."""
    now = timezone.localtime(now)
    today = now.date()
    since = today - timedelta(days=days - 1)
    rows = (
        LedgerEntry.objects.filter(kind=LedgerEntry.Kind.SETTLED, at__date__gte=since)
        .values_list("at__date", "reference__model")
        .annotate(spent=Sum("amount_microusd"))
        .order_by("reference__model")
    )
    by_model: dict[str, list[int]] = defaultdict(lambda: [0] * days)
    for day, model, spent in rows:
        by_model[model][(day - since).days] += spent
    whole = [sum(values) for values in zip(*by_model.values(), strict=True)] or [0] * days
    week = whole[-1 - PACE_DAYS : -1]
    pace = sum(week) // len(week) if week else 0
    gone = (now - timezone.make_aware(datetime.combine(today, time.min))) / timedelta(days=1)
    total, day_cap = _cap(Cap.Scope.TOTAL, ""), _cap(Cap.Scope.DAY, today.isoformat())
    left = total.limit_microusd - total.spent_microusd - total.reserved_microusd
    return Spending(
        days=[since + timedelta(days=number) for number in range(days)],
        by_model=dict(by_model),
        pace=pace,
        expected_today=min(day_cap.limit_microusd, whole[-1] + int(pace * (1 - gone))),
        total_spent=total.spent_microusd,
        total_limit=total.limit_microusd,
        day_limit=day_cap.limit_microusd,
        spent_on=today + timedelta(days=left // pace) if pace and 0 < left // pace < 3650 else None,
    )


def _cap(scope: Cap.Scope, key: str) -> Cap:
    """A cap as it stands; one that was never used has the limit of its kind."""
    found = {cap.key: cap for cap in Cap.objects.filter(scope=scope, key__in=[key, ""])}
    if key in found:
        return found[key]
    limit = found[""].limit_microusd if "" in found else default_limit(scope)
    return Cap(scope=scope, key=key, limit_microusd=limit)
