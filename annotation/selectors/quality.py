"""How a writer's own work has gone: first verdicts, reasons and pace by week. Nobody is compared with anybody."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.utils import timezone

from annotation.models import Review, Submission
from vendors.models import User

WEEKS = 12
AT_ONCE, EDITED, RETURNED, REJECTED = "at_once", "edited", "returned", "rejected"
OUTCOMES = (AT_ONCE, EDITED, RETURNED, REJECTED)
_OF_VERDICT = {str(Review.Verdict.RETURN): RETURNED, str(Review.Verdict.REJECT): REJECTED}


@dataclass(frozen=True, slots=True)
class Week:
    """A week from its Monday: first verdicts by outcome, texts sent, and the median minutes of writing for one, or None."""

    start: date
    outcomes: dict[str, int]
    sent: int
    minutes: float | None


@dataclass(frozen=True, slots=True)
class Quality:
    """`weeks` oldest first; `reasons` by code, the most frequent first, of every return and rejection in them."""

    weeks: list[Week]
    reasons: dict[str, int]

    @property
    def judged(self) -> int:
        return sum(sum(week.outcomes.values()) for week in self.weeks)

    @property
    def at_once(self) -> int:
        return sum(week.outcomes[AT_ONCE] for week in self.weeks)

    @property
    def sent(self) -> int:
        return sum(week.sent for week in self.weeks)

    @property
    def share(self) -> int | None:
        """Percent of the first verdicts that were an acceptance as it stood."""
        return round(100 * self.at_once / self.judged) if self.judged else None


def quality_for(user: User) -> Quality:
    """Return the last `WEEKS` weeks, this one among them. Two queries, however much was written."""
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday())
    starts = [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    since = timezone.make_aware(datetime.combine(starts[0], datetime.min.time()))
    outcomes = {start: Counter[str]() for start in starts}
    reasons = Counter[str]()
    for start, outcome, given in _verdicts(user, since):
        reasons.update(given)
        if outcome:
            outcomes[start][outcome] += 1
    minutes: dict[date, list[float]] = {start: [] for start in starts}
    sent = Submission.objects.filter(writer=user.pk, edited_by=None, version=1, at__gte=since)
    for at, seconds in sent.values_list("at", "active_seconds"):
        minutes[_monday(at)].append(seconds / 60)
    weeks = [
        Week(
            start,
            {name: outcomes[start][name] for name in OUTCOMES},
            len(minutes[start]),
            round(median(minutes[start]), 1) if minutes[start] else None,
        )
        for start in starts
    ]
    return Quality(weeks, dict(reasons.most_common()))


def _verdicts(user: User, since: datetime) -> Iterator[tuple[date, str, list[str]]]:
    """Yield each verdict's week and reasons, with its outcome if it was the first on the writer's text of the task."""
    rows = Review.objects.filter(submission__writer=user.pk).order_by("id")
    met: set[int] = set()
    for task, edited_by, verdict, reasons, at in rows.values_list(
        "submission__task", "submission__edited_by", "verdict", "reasons", "at"
    ):
        is_first = task not in met
        met.add(task)
        if at < since:
            continue
        outcome = _OF_VERDICT.get(verdict, AT_ONCE if edited_by is None else EDITED) if is_first else ""
        yield _monday(at), outcome, reasons


def _monday(at: datetime) -> date:
    day = timezone.localtime(at).date()
    return day - timedelta(days=day.weekday())
