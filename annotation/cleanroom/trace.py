"""The writing trace: its form, its chain, and what of a draft it accounts for. How it is judged is in `trace_score`.

Counts and timings in parts of ten seconds at most, never keys and never content. Lengths are in UTF-16 units, as a
browser counts a field's value: `utf16_length` counts a text so.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import asdict, dataclass, fields, replace
from itertools import groupby

import orjson

BUCKET_SECONDS = 10
PAUSE_LIMITS_SECONDS = (0.5, 1, 2, 5, 30)  # between the six pause classes
FIRST_HASH = "0" * 64
MAX_COUNT = 10_000_000
MAX_MILLISECONDS = 10_000_000_000  # a text may come back for rework after weeks

_DIGEST = re.compile("[0-9a-f]{64}")
_TIMES = {"started_ms", "blurred_ms", "hidden_ms"}
_REQUIRED = {"number", "previous_hash", "started_ms", "length", "draft_sha256"}


class MalformedTrace(ValueError):
    """A bucket is not of the agreed form: `field` says where. Whoever sent it does not run our editor."""

    def __init__(self, field: str) -> None:
        super().__init__(f"bad or missing field: {field}")
        self.field = field


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """At most ten seconds of editing, or more where nothing happened in between. All counts are 0 or more.

    A bucket ends after ten seconds, and with every autosave, so that the two tell of the same text. Inserted UTF-16
    units by origin: `typed`, `composed` (input method), `pasted` (from elsewhere), `pasted_own` (cut, copied or dragged
    from this draft), `pasted_quote` (stands in the instruction or input), `dropped`, `replaced` (spelling, autocorrection,
    dictation), `undone` (put back by undo or redo, or from another window). `deleted`: units taken away, by whatever
    means, a replacement's too. `inserted_before_end`: of the inserted units, those not at the text's end.
    `largest_insertion`: the largest single one, of two units or more, that was not undone, quoted or the writer's own. `untrusted`: events that
    inserted text and that the browser does not vouch for. `pauses`: gaps between events by class, see
    PAUSE_LIMITS_SECONDS. `length` and `draft_sha256`: the draft at the bucket's end. `started_ms`: since the draft was
    opened.
    """

    number: int
    previous_hash: str
    started_ms: int
    typed: int = 0
    composed: int = 0
    pasted: int = 0
    pasted_own: int = 0
    pasted_quote: int = 0
    dropped: int = 0
    replaced: int = 0
    undone: int = 0
    deleted: int = 0
    inserted_before_end: int = 0
    largest_insertion: int = 0
    untrusted: int = 0
    pauses: tuple[int, int, int, int, int, int] = (0, 0, 0, 0, 0, 0)
    blurred_ms: int = 0
    hidden_ms: int = 0
    focus_losses: int = 0
    length: int = 0
    draft_sha256: str = ""

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> "Bucket":
        """Read a bucket from decoded JSON; counts of 0 may be left out, of pauses at the end. Raises MalformedTrace on any other gap or value."""
        if not values.keys() >= _REQUIRED or values.keys() - _NAMES:
            raise MalformedTrace(min((_REQUIRED - values.keys()) | (values.keys() - _NAMES)))
        wrong = [name for name, most in _MOST.items() if name in values and not _is_count(values[name], most)]
        if wrong:
            raise MalformedTrace(min(wrong))
        for name in ("previous_hash", "draft_sha256"):
            if not is_digest(values[name]):
                raise MalformedTrace(name)
        pauses = values.get("pauses", (0,) * 6)
        if not isinstance(pauses, list | tuple) or len(pauses) > 6 or not all(_is_count(n, MAX_COUNT) for n in pauses):
            raise MalformedTrace("pauses")
        return cls(**{**values, "pauses": (*pauses, *(0,) * (6 - len(pauses)))})  # type: ignore[arg-type]

    @property
    def inserted(self) -> int:
        """All inserted units."""
        return self.written + self.pasted + self.pasted_own + self.pasted_quote + self.dropped + self.undone

    @property
    def written(self) -> int:
        """Units that were typed, composed or put in by the keyboard's own corrections."""
        return self.typed + self.composed + self.replaced

    @property
    def is_active(self) -> bool:
        """Whether anything was inserted or deleted."""
        return bool(self.inserted or self.deleted)

    @property
    def slot(self) -> int:
        """Which ten seconds since the draft was opened this began in."""
        return self.started_ms // (1000 * BUCKET_SECONDS)

    def linked(self, previous_hash: str) -> "Bucket":
        """Return the bucket behind another one; `dataclasses.replace` would go through every field."""
        bucket = copy(self)
        vars(bucket)["previous_hash"] = previous_hash
        return bucket

    def counts(self) -> dict[str, object]:
        """Return what is not zero, as it is stored: without the number and the link, which have columns of their own."""
        kept = {name: value for name, value in vars(self).items() if name in _REQUIRED or value}
        if any(self.pauses):
            kept["pauses"] = list(self.pauses)
        else:
            del kept["pauses"]
        return {name: value for name, value in kept.items() if name not in {"number", "previous_hash"}}


_NAMES = {field.name for field in fields(Bucket)}
_MOST = {
    name: MAX_MILLISECONDS if name in _TIMES else MAX_COUNT
    for name in _NAMES - {"pauses", "previous_hash", "draft_sha256"}
}


@dataclass(frozen=True, slots=True)
class Autosave:
    """A copy of the draft that the server made: `bucket_number` is the last bucket it then had, `at_ms` since the opening."""

    bucket_number: int
    length: int
    sha256: str
    at_ms: int


def bucket_hash(previous_hash: str, bucket: Bucket) -> str:
    """Return the bucket's link: hexadecimal SHA-256 of the one before and the bucket as canonical JSON.

    Canonical: UTF-8, keys sorted, no spaces, whole numbers only.
    """
    canonical = orjson.dumps(vars(bucket), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(b"%s\n%s" % (previous_hash.encode(), canonical)).hexdigest()


def is_digest(value: object) -> bool:
    """Tell whether a value is a SHA-256 in lower hexadecimal digits."""
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def utf16_length(text: str) -> int:
    """Return a text's length as a browser counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def merge_slots(buckets: Sequence[Bucket]) -> list[Bucket]:
    """Put buckets of the same ten seconds together: an autosave ends one early, which says nothing about the writing."""
    return [_merged(list(parts)) for _slot, parts in groupby(buckets, key=lambda bucket: bucket.slot)]


def _merged(parts: Sequence[Bucket]) -> Bucket:
    if len(parts) == 1:
        return parts[0]
    kept = {"number", "previous_hash", "started_ms", "length", "draft_sha256", "largest_insertion", "pauses"}
    rows = [asdict(part) for part in parts]
    sums = {name: sum(row[name] for row in rows) for name in rows[0].keys() - kept}
    return replace(
        parts[0],
        **sums,
        largest_insertion=max(part.largest_insertion for part in parts),
        pauses=tuple(map(sum, zip(*(part.pauses for part in parts), strict=True))),  # type: ignore[arg-type]
        length=parts[-1].length,
        draft_sha256=parts[-1].draft_sha256,
    )


def _is_count(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= most
