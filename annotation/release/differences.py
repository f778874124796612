"""How one published release differs from another: records added, gone and changed, read from the records of both."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from django.core.cache import cache

from annotation.models import Release
from annotation.release.publish import release_file
from annotation.release.record_lines import COUNTED, SIDES, data_path

# What is said of each record that differs, counted as a manifest counts it.
TOLD = ("language", "category")
CACHE_KEY = "annotation.release.difference.2"


@dataclass(slots=True)
class Tally:
    """How many records, by language and by category."""

    count: int = 0
    by: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in TOLD})

    def add(self, record: dict[str, Any]) -> None:
        self.count += 1
        for name in TOLD:
            self.by[name][record[name] or COUNTED[name]] += 1


@dataclass(slots=True)
class Difference:
    """Of the newer release: ids that the older has not, ids that it alone had, and ids of which any byte is another.

    A changed record counts under the language and category that it has now.
    """

    added: Tally = field(default_factory=Tally)
    gone: Tally = field(default_factory=Tally)
    changed: Tally = field(default_factory=Tally)
    kept: int = 0

    @property
    def is_none(self) -> bool:
        return not (self.added.count or self.gone.count or self.changed.count)

    def rows(self, name: str) -> list[tuple[str, int, int, int]]:
        """For each language or category in which anything differs: added, gone, changed. The most first."""
        added, gone, changed = (one.by[name] for one in (self.added, self.gone, self.changed))
        found = [(value, added[value], gone[value], changed[value]) for value in {*added, *gone, *changed}]
        return sorted(found, key=lambda row: (-sum(row[1:]), row[0]))


def release_difference(old: Release, new: Release) -> Difference:
    """Compare two published releases; counted once, then remembered, for neither ever changes.

    Raises `NotFound` when the records of one are no longer as they were published.
    """
    sides = [[_records_file(release, side) for release in (old, new)] for side in SIDES]
    key = f"{CACHE_KEY}.{old.public_id}.{new.public_id}"
    found: Difference | None = cache.get(key)
    if found is None:
        found = Difference()
        for files in sides:  # no record ever changes sides
            difference_count(*files, found=found)
        cache.set(key, found, None)
    return found


def _records_file(release: Release, side: str) -> Path | None:
    """The records of a side; None when the release has none there."""
    path = data_path(side)
    return release_file(release, path) if any(one["path"] == path for one in release.files) else None


def difference_count(old: Path | None, new: Path | None, *, found: Difference | None = None) -> Difference:
    """Walk through two files of records, both in the order of their ids, side by side; in constant memory."""
    found = found or Difference()
    with ExitStack() as opened:
        before, after = (
            opened.enter_context(path.open("rb", buffering=1 << 20)) if path else iter(()) for path in (old, new)
        )
        _walk(found, iter(before), iter(after))
    return found


def _walk(found: Difference, before: Iterator[bytes], after: Iterator[bytes]) -> None:
    was, now = next(before, b""), next(after, b"")
    while was or now:
        if was == now:  # the same bytes have the same hash, and need not be read
            found.kept += 1
            was, now = next(before, b""), next(after, b"")
            continue
        gone, added = _read(was), _read(now)
        if not added or (gone and gone["id"] < added["id"]):
            found.gone.add(gone)
            was = next(before, b"")
        elif not gone or added["id"] < gone["id"]:
            found.added.add(added)
            now = next(after, b"")
        else:
            found.changed.add(added)
            was, now = next(before, b""), next(after, b"")


def _read(line: bytes) -> dict[str, Any]:
    """The record of a line; nothing after the last."""
    record: dict[str, Any] = orjson.loads(line) if line else {}
    return record
