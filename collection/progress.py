"""The figures of the public progress page, the releases beside them, and when the goal will be reached.

This app counts its own; others hand in a function when they start. Nothing here asks the database by itself.
"""

import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

# How many there are of each day, language and category together: all are read once, and added up here.
Tally = Callable[[], Iterable[tuple[Any, str, str, int]]]

GOAL = 52_000
# In the order in which the page shows them; what nobody has registered is not shown.
NAMES = ("collected", "screened", "written", "accepted")
DIMENSIONS = ("day", "language", "category")

# A forecast looks back so many days, and needs so many of them with work in it.
FORECAST_DAYS = 28
FORECAST_LEAST_DAYS = 5
# Nine of ten: how sure the range is.
_SURENESS = 1.645
FARTHEST_YEARS = 20


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file of a release; `size` in bytes, `sha256` in hexadecimal."""

    path: str
    size: int
    sha256: str
    url: str


@dataclass(frozen=True, slots=True)
class PublishedRelease:
    """A release that everybody may have; `page` tells of it, `url` leads to an archive of all its `files`, `public_key`
    signed it."""

    name: str
    published_at: datetime
    record_count: int
    data_sha256: str
    page: str = ""
    url: str = ""
    is_demonstration: bool = False
    public_key: str = ""
    files: Sequence[PublishedFile] = ()

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the goal will be reached at the pace of late; a date is None when it is too far away to mean anything."""

    a_day: float
    likely: date | None
    earliest: date | None
    latest: date | None


_tallies: dict[str, Tally] = {}
_release_getters: list[Callable[[], list[PublishedRelease]]] = []


def register(name: str, tally: Tally) -> None:
    """Let `tally` answer for one of `NAMES`; called from an AppConfig's ready()."""
    if name not in NAMES:
        raise ValueError(f"There is no figure {name!r}; there are: {', '.join(NAMES)}.")
    _tallies[name] = tally


def register_releases(getter: Callable[[], list[PublishedRelease]]) -> None:
    """Let `getter` list the published releases, newest first."""
    _release_getters[:] = [getter]


def tallies() -> dict[str, dict[str, Mapping[Any, int]]]:
    """Each registered figure by each dimension, in the page's order."""
    return {name: _by_dimension(_tallies[name]()) for name in NAMES if name in _tallies}


def _by_dimension(rows: Iterable[tuple[Any, str, str, int]]) -> dict[str, Mapping[Any, int]]:
    counts: dict[str, Counter[Any]] = {dimension: Counter() for dimension in DIMENSIONS}
    for *keys, count in rows:
        for dimension, key in zip(DIMENSIONS, keys, strict=True):
            counts[dimension][key] += count
    return {dimension: dict(count) for dimension, count in counts.items()}


def releases() -> list[PublishedRelease]:
    """The published releases; none where nobody makes any."""
    return _release_getters[0]() if _release_getters else []


def forecast(by_day: Mapping[date, int], *, today: date, goal: int = GOAL) -> Forecast | None:
    """The date of the goal at the mean pace of the last whole days, with the range in which nine of ten would lie.

    None when the goal is reached, or too few days had any work to say anything.
    """
    remaining = goal - sum(by_day.values())
    first = min(by_day, default=today)
    days = min(FORECAST_DAYS, (today - first).days)
    counts = [by_day.get(today - timedelta(days=number), 0) for number in range(1, days + 1)]
    if remaining <= 0 or sum(1 for count in counts if count) < FORECAST_LEAST_DAYS:
        return None
    pace = statistics.fmean(counts)
    spread = _SURENESS * statistics.stdev(counts) / math.sqrt(len(counts))
    return Forecast(pace, *(_reached(today, remaining, one) for one in (pace, pace + spread, pace - spread)))


def _reached(today: date, remaining: int, pace: float) -> date | None:
    """The day on which `remaining` are done; None when that is too far away to mean anything."""
    if pace <= 0 or remaining / pace > FARTHEST_YEARS * 365:
        return None
    return today + timedelta(days=math.ceil(remaining / pace))
