"""What was taken back around a published release: its tombstones, and those of its records that were taken back since."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from django.core.cache import cache

from annotation.models import Release
from annotation.release.build import PROVENANCE_FILE, TOMBSTONES_FILE
from annotation.release.publish import release_file
from annotation.selectors.withdrawals import withdrawal_entries

SHOWN = 50
CACHE_KEY = "annotation.release.taken_back.1"
CACHE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Entry:
    """A record that may no longer be used, since when and why."""

    record: str
    since: datetime
    reason: str


@dataclass(slots=True)
class Tombstones:
    """How many instructions had been taken back when a release was built, by their reason; the latest of the `records`
    that earlier releases may have made of them."""

    count: int = 0
    records: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    latest: list[Entry] = field(default_factory=list)


def release_tombstones(release: Release) -> Tombstones:
    """Read the tombstones of a published release, in constant memory. Raises `NotFound` when the file is no longer there."""
    found = Tombstones()
    with release_file(release, TOMBSTONES_FILE).open("rb") as lines:
        for line in lines:
            told = orjson.loads(line)
            found.count += 1
            found.records += len(told["records"])
            found.reasons[told["reason"]] += 1
            since = datetime.fromisoformat(told["since"])
            found.latest += [Entry(record, since, told["reason"]) for record in told["records"]]
            del found.latest[:-SHOWN]
    found.latest.reverse()
    return found


def release_taken_back(release: Release) -> list[Entry]:
    """The records of a published release that were taken back after it was built, the latest first.

    At most `CACHE_SECONDS` old. Raises `NotFound` when its files are no longer there.
    """
    making = release_file(release, PROVENANCE_FILE)
    key = f"{CACHE_KEY}.{release.pk}"
    found: list[Entry] | None = cache.get(key)
    if found is None:
        gone = {
            record: Entry(record, datetime.fromisoformat(told["since"]), told["reason"])
            for told in withdrawal_entries()
            for record in told["records"]
        }
        found = []
        if gone:
            with making.open("rb") as lines:
                here = {record for line in lines if (record := orjson.loads(line)["id"]) in gone}
            found = [gone[record] for record in reversed(gone) if record in here]
        cache.set(key, found, CACHE_SECONDS)
    return found
