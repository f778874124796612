"""What a published release says was taken back: its tombstones, read from its own file."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from annotation.models import Release
from annotation.release.build import TOMBSTONES_FILE
from annotation.release.publish import release_file

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """One instruction that was taken back; `records` are the ids that it may have had in earlier releases."""

    since: datetime
    reason: str
    records: list[str]


@dataclass(slots=True)
class Withdrawals:
    """How many tombstones a release carries, by their reason, how many records they name, and the latest of them."""

    count: int = 0
    records: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    latest: list[Entry] = field(default_factory=list)


def release_withdrawals(release: Release) -> Withdrawals:
    """Read the tombstones of a published release, in constant memory. Raises `NotFound` when the file is no longer there."""
    found = Withdrawals()
    with release_file(release, TOMBSTONES_FILE).open("rb") as lines:
        for line in lines:
            told = orjson.loads(line)
            found.count += 1
            found.records += len(told["records"])
            found.reasons[told["reason"]] += 1
            if told["records"]:
                found.latest.append(Entry(datetime.fromisoformat(told["since"]), told["reason"], told["records"]))
                del found.latest[:-SHOWN]
    found.latest.reverse()
    return found
