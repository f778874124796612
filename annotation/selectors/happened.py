"""One figure of what happened in an hour or in days, as an address names it, and the rows behind it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from annotation.models import HourFigure, TaskTransition
from vendors.selectors import JAPAN

HOUR_FORM = "%Y-%m-%dT%H"


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of `HourFigure`, from `start` until before `end`."""

    event: str
    start: datetime
    end: datetime

    @property
    def is_of_instructions(self) -> bool:
        return self.event == HourFigure.Event.COLLECTED


def happened_name(event: str, first: date, last: date | None = None) -> str:
    """How an address names an event in an hour (a datetime), on a day, or from one day to another, of Japan's calendar."""
    if isinstance(first, datetime):
        return f"{event}.{first.astimezone(JAPAN):{HOUR_FORM}}"
    return f"{event}.{first:%Y-%m-%d}" + (f".{last:%Y-%m-%d}" if last else "")


def happened_read(name: str) -> Happened | None:
    """What `happened_name` wrote; None for anything else."""
    event, _dot, span = name.partition(".")
    first, _dot, last = span.partition(".")
    if event not in HourFigure.Event.values:
        return None
    try:
        if "T" in first and not last:
            start = datetime.strptime(first, HOUR_FORM).replace(tzinfo=JAPAN)
            return Happened(event, start, start + timedelta(hours=1))
        days = date.fromisoformat(first), date.fromisoformat(last or first) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    start, end = (datetime(day.year, day.month, day.day, tzinfo=JAPAN) for day in days)
    return Happened(event, start, end)


def tasks_it_happened_to(asked: Happened) -> QuerySet[Any]:
    """The keys of the tasks that made the step, by the same rule as the summaries count them."""
    steps = TaskTransition.objects.filter(to_status=asked.event, at__gte=asked.start, at__lt=asked.end)
    before = HourFigure.ONLY_FROM.get(asked.event)
    return steps.filter(Q(from_status=before) if before else Q()).order_by().values("subject")
