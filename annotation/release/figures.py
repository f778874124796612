"""What the card tells of the records: lengths, minutes, people, and what the checks made of them. Counts, never a person."""

from bisect import bisect_right
from collections import Counter
from itertools import pairwise
from typing import Any

from annotation.release.source import CleanRow

CHARACTERS = (0, 50, 100, 200, 400, 800, 1600, 3200)
MINUTES = (0, 2, 5, 10, 20, 40, 80)


class Figures:
    """Figures of the rows that it counted; memory grows with the number of different lengths, not of rows."""

    def __init__(self) -> None:
        self._lengths: dict[str, Counter[int]] = {"instruction": Counter(), "input": Counter(), "output": Counter()}
        self._minutes: Counter[int] = Counter()
        self._people: dict[str, set[int | str]] = {
            "writers": set(),
            "editors": set(),
            "reviewers": set(),
            "vendors": set(),
        }
        self._told: dict[str, Counter[str]] = {name: Counter() for name in ("gate", "trace", "reference_policy")}
        self._days: set[str] = set()
        self._shown = 0
        self._edited = 0

    def count(self, row: CleanRow) -> None:
        """Count one row."""
        for name, lengths in self._lengths.items():
            lengths[len(getattr(row, name))] += 1
        self._minutes[round(row.active_seconds / 60)] += 1
        self._people["writers"].add(row.writer)
        self._people["reviewers"].add(row.reviewer)
        self._people["vendors"].add(row.vendor)
        if row.editor is not None:
            self._people["editors"].add(row.editor)
            self._edited += 1
        self._told["gate"][row.decision] += 1
        self._told["trace"][row.trace] += 1
        self._told["reference_policy"][row.reference_policy] += 1
        self._days.add(row.written_on)
        self._shown += row.is_reference_shown

    def told(self) -> dict[str, Any]:
        """Return the figures: lengths in characters, times in minutes, days of UTC."""
        return {
            "characters": {name: _spread(lengths) for name, lengths in self._lengths.items()},
            "active_minutes": _spread(self._minutes),
            "characters_histogram": _histogram(self._lengths["output"], CHARACTERS),
            "minutes_histogram": _histogram(self._minutes, MINUTES),
            "people": {name: len(people) for name, people in self._people.items()},
            **{name: dict(counter) for name, counter in self._told.items()},
            "edited_by_reviewers": self._edited,
            "reference_shown_to_writer": self._shown,
            "written": [min(self._days), max(self._days)] if self._days else [],
        }


def _histogram(counted: Counter[int], edges: tuple[int, ...]) -> dict[str, int]:
    """How many lie between each edge and the next, by names such as `100-199` and `1600+`."""
    names = [f"{low}-{high - 1}" for low, high in pairwise(edges)] + [f"{edges[-1]}+"]
    found = dict.fromkeys(names, 0)
    for value, count in counted.items():
        found[names[bisect_right(edges, value) - 1]] += count
    return found


def _spread(counted: Counter[int]) -> dict[str, int]:
    """The least, the twentieths at both ends, the median and the most of what was counted."""
    places = {"min": 0.0, "p5": 0.05, "median": 0.5, "p95": 0.95, "max": 1.0}
    total = counted.total()
    values = sorted(counted.items())
    found = {}
    for name, share in places.items():
        wanted = min(total - 1, int(share * total))
        seen = 0
        for value, count in values:
            seen += count
            if seen > wanted:
                found[name] = value
                break
    return found
