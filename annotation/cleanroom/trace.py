"""The writing trace: whether a text grew in the editor, in a way that fits writing.

Counts and timings in buckets of ten seconds, never keys and never content. This scores what the
browser sent against what the server knows; who may see it, and what follows, is decided elsewhere.
Lengths are in UTF-16 units, as a browser counts a field's value: `utf16_length` counts a text so.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from itertools import pairwise
from statistics import fmean, median, pstdev

BUCKET_SECONDS = 10
PAUSE_LIMITS_SECONDS = (0.5, 1, 2, 5, 30)  # between the six pause classes
FIRST_HASH = "0" * 64
MAX_COUNT = 10_000_000

_BUCKETS_A_MINUTE = 6
_FITS_WITHIN = 0.02


class MalformedTrace(ValueError):
    """A bucket is not of the agreed form: `field` says where. Whoever sent it does not run our editor."""

    def __init__(self, field: str) -> None:
        super().__init__(f"bad or missing field: {field}")
        self.field = field


class Flag(StrEnum):
    """What keeps a text from export until a reviewer clears it with a reason. Stable codes."""

    MISSING = "trace_missing"
    CHAIN_BROKEN = "chain_broken"
    SUMS_DO_NOT_FIT = "sums_do_not_fit"
    UNTRUSTED_EVENTS = "untrusted_events"
    PASTE_SHARE = "paste_share"
    LARGE_INSERTION = "large_insertion"
    TOO_FAST = "too_fast"


class Sign(StrEnum):
    """What copying out by hand looks like. One sign says nothing; none ever rejects a text by itself."""

    HARDLY_ANY_DELETION = "hardly_any_deletion"
    WRITTEN_STRAIGHT_THROUGH = "written_straight_through"
    FLAT_RATE = "flat_rate"
    FEW_THINKING_PAUSES = "few_thinking_pauses"
    BURSTS_AFTER_BLUR = "bursts_after_blur"


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Ten seconds of editing, or more where nothing happened in between. All counts are 0 or more.

    Inserted UTF-16 units by origin: `typed`, `composed` (input method), `pasted` (from elsewhere),
    `pasted_own` (cut or copied from this draft), `pasted_quote` (stands in the instruction or input),
    `dropped`, `replaced` (spelling, autocorrection, dictation), `undone` (put back by undo or redo).
    `deleted`: units taken away, by whatever means, a replacement's too. `inserted_before_end`: of the
    inserted units, those not at the text's end. `largest_insertion`: the largest single one among `pasted`,
    `dropped`, `replaced` and `typed`. `untrusted`: events that inserted text and that the browser does
    not vouch for. `pauses`: gaps between events by class, see PAUSE_LIMITS_SECONDS. `length` and
    `draft_sha256`: the draft at the bucket's end. `started_ms`: since the draft was opened.
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
        """Read a bucket from decoded JSON. Raises MalformedTrace on any missing, unknown or impossible value."""
        names = {field.name for field in fields(cls)}
        if names != values.keys():
            raise MalformedTrace(min(names ^ values.keys()))
        for name in sorted(names - {"pauses", "previous_hash", "draft_sha256"}):
            if not _is_count(values[name]):
                raise MalformedTrace(name)
        for name in ("previous_hash", "draft_sha256"):
            digest = values[name]
            if not isinstance(digest, str) or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
                raise MalformedTrace(name)
        pauses = values["pauses"]
        if not isinstance(pauses, list | tuple) or len(pauses) != 6 or not all(map(_is_count, pauses)):
            raise MalformedTrace("pauses")
        return cls(**{**values, "pauses": tuple(pauses)})  # type: ignore[arg-type]

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


@dataclass(frozen=True)
class TraceSettings:
    """The thresholds: shares from 0 to 1, lengths in UTF-16 units. A sign needs a text worth looking at."""

    paste_share: float = 0.10
    large_insertion: int = 40
    speed_factor: float = 2.0
    least_length_for_signs: int = 200
    deletion_share: float = 0.02
    before_end_share: float = 0.01
    rate_variation: float = 0.35
    least_active_buckets: int = 12
    thinking_pauses_a_minute: float = 1.0
    bursts_after_blur: int = 3
    burst_factor: float = 1.5
    signs_for_review: int = 2


@dataclass(frozen=True)
class TraceScore:
    """What a trace says. `flags` keep the text from export until cleared; `needs_question` is for review only.

    `is_complete`: there is a trace, its chain holds and its sums fit. `pasted_share`: of the final text, pasted
    or dropped from elsewhere. `deletion_share` and `before_end_share`: of everything inserted. `fastest_minute`:
    most characters written in six buckets on end.
    """

    flags: tuple[Flag, ...]
    signs: tuple[Sign, ...]
    needs_question: bool
    is_complete: bool
    active_seconds: int
    inserted: int
    pasted_share: float
    largest_insertion: int
    deletion_share: float
    before_end_share: float
    rate_variation: float | None
    thinking_pauses_a_minute: float
    bursts_after_blur: int
    fastest_minute: int

    def to_dict(self) -> dict[str, object]:
        """Return the score as values that JSON can hold."""
        return asdict(self)


def bucket_hash(previous_hash: str, bucket: Bucket) -> str:
    """Return the bucket's link: hexadecimal SHA-256 of the one before and the bucket as canonical JSON.

    Canonical: UTF-8, keys sorted, no spaces, whole numbers only; then a JavaScript recorder gets the same bytes.
    """
    content = json.dumps(vars(bucket), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous_hash}\n{content}".encode()).hexdigest()


def utf16_length(text: str) -> int:
    """Return a text's length as a browser counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def score(
    buckets: Sequence[Bucket],
    text_length: int,
    *,
    text_sha256: str | None = None,
    first_hash: str = FIRST_HASH,
    own_p99_a_minute: float | None = None,
    settings: TraceSettings | None = None,
) -> TraceScore:
    """Score a draft's trace against the text that was submitted.

    `text_length` in UTF-16 units, of the text as the server has it; `text_sha256`, when given, must be the
    last bucket's draft. `first_hash` starts the chain: a value that the server drew for this draft keeps another
    draft's trace from being replayed. `own_p99_a_minute` is the writer's own 99th percentile; without it speed raises
    no flag. A trace that is off for a declared reason is not scored at all.
    """
    settings = settings or TraceSettings()
    inserted = sum(bucket.inserted for bucket in buckets)
    external = sum(bucket.pasted + bucket.dropped for bucket in buckets)
    fastest = _fastest_minute(buckets)
    is_linked = _is_linked(buckets, first_hash)
    is_fitting = _is_fitting(buckets, text_length, text_sha256)
    largest = max((bucket.largest_insertion for bucket in buckets), default=0)
    pasted_share = external / max(1, text_length)
    held = {
        Flag.MISSING: not buckets,
        Flag.CHAIN_BROKEN: bool(buckets) and not is_linked,
        Flag.SUMS_DO_NOT_FIT: bool(buckets) and not is_fitting,
        Flag.UNTRUSTED_EVENTS: any(bucket.untrusted for bucket in buckets),
        Flag.PASTE_SHARE: pasted_share > settings.paste_share,
        Flag.LARGE_INSERTION: largest > settings.large_insertion,
        Flag.TOO_FAST: own_p99_a_minute is not None and fastest > settings.speed_factor * own_p99_a_minute,
    }
    habits = _habits(buckets, inserted)
    signs = _signs(habits, buckets, inserted, settings)
    return TraceScore(
        flags=tuple(flag for flag, holds in held.items() if holds),
        signs=signs,
        needs_question=len(signs) >= settings.signs_for_review,
        is_complete=bool(buckets) and is_linked and is_fitting,
        active_seconds=BUCKET_SECONDS * sum(bucket.is_active for bucket in buckets),
        inserted=inserted,
        pasted_share=round(pasted_share, 4),
        largest_insertion=largest,
        deletion_share=round(habits.deletion_share, 4),
        before_end_share=round(habits.before_end_share, 4),
        rate_variation=None if habits.rate_variation is None else round(habits.rate_variation, 4),
        thinking_pauses_a_minute=round(habits.thinking_pauses_a_minute, 2),
        bursts_after_blur=_bursts_after_blur(buckets, settings.burst_factor),
        fastest_minute=fastest,
    )


@dataclass(frozen=True)
class _Habits:
    deletion_share: float
    before_end_share: float
    rate_variation: float | None
    thinking_pauses_a_minute: float


def _habits(buckets: Sequence[Bucket], inserted: int) -> _Habits:
    """Work out the shares and rates that the signs are read from."""
    written = [bucket.written for bucket in buckets if bucket.written]
    minutes = sum(bucket.is_active for bucket in buckets) / _BUCKETS_A_MINUTE
    thinking = sum(bucket.pauses[3] + bucket.pauses[4] for bucket in buckets)
    return _Habits(
        deletion_share=sum(bucket.deleted for bucket in buckets) / max(1, inserted),
        before_end_share=sum(bucket.inserted_before_end for bucket in buckets) / max(1, inserted),
        # The last bucket is cut short by the end of writing, and would make any rate look uneven.
        rate_variation=pstdev(written[:-1]) / fmean(written[:-1]) if len(written) > 2 else None,
        thinking_pauses_a_minute=thinking / minutes if minutes else 0.0,
    )


def _signs(habits: _Habits, buckets: Sequence[Bucket], inserted: int, settings: TraceSettings) -> tuple[Sign, ...]:
    """Return the signs of transcription.

    That nearly everything typed survives is the same fact as hardly any deletion, and counts once.
    """
    if inserted < settings.least_length_for_signs:
        return ()
    has_long_trace = sum(bucket.written > 0 for bucket in buckets) >= settings.least_active_buckets
    held = {
        Sign.HARDLY_ANY_DELETION: habits.deletion_share < settings.deletion_share,
        Sign.WRITTEN_STRAIGHT_THROUGH: habits.before_end_share < settings.before_end_share,
        Sign.FLAT_RATE: has_long_trace
        and habits.rate_variation is not None
        and habits.rate_variation < settings.rate_variation,
        Sign.FEW_THINKING_PAUSES: has_long_trace
        and habits.thinking_pauses_a_minute < settings.thinking_pauses_a_minute,
        Sign.BURSTS_AFTER_BLUR: _bursts_after_blur(buckets, settings.burst_factor) >= settings.bursts_after_blur,
    }
    return tuple(sign for sign, holds in held.items() if holds)


def _is_linked(buckets: Sequence[Bucket], first_hash: str) -> bool:
    """Tell whether the buckets count up from one, never go back in time, and each names the one before."""
    expected = first_hash
    for number, bucket in enumerate(buckets, start=1):
        if bucket.number != number or bucket.previous_hash != expected:
            return False
        expected = bucket_hash(expected, bucket)
    return all(earlier.started_ms <= later.started_ms for earlier, later in pairwise(buckets))


def _is_fitting(buckets: Sequence[Bucket], text_length: int, text_sha256: str | None) -> bool:
    """Tell whether insertions less deletions make the lengths on the way, and the text at the end, within 2%."""
    length = 0
    for bucket in buckets:
        length += bucket.inserted - bucket.deleted
        if abs(length - bucket.length) > max(2, _FITS_WITHIN * bucket.length):
            return False
    if not buckets or abs(length - text_length) > _FITS_WITHIN * text_length:
        return False
    return text_sha256 is None or buckets[-1].draft_sha256 == text_sha256


def _fastest_minute(buckets: Sequence[Bucket]) -> int:
    """Return the most units written within one minute, by the buckets' starts."""
    fastest = first = written = 0
    for bucket in buckets:
        written += bucket.written
        while buckets[first].started_ms <= bucket.started_ms - 60_000:
            written -= buckets[first].written
            first += 1
        fastest = max(fastest, written)
    return fastest


def _bursts_after_blur(buckets: Sequence[Bucket], factor: float) -> int:
    """Count how often leaving the page was followed by writing faster than `factor` times the median."""
    written = [bucket.written for bucket in buckets if bucket.written]
    if not written:
        return 0
    usual = median(written)
    return sum(
        1
        for before, after in pairwise(buckets)
        if (before.blurred_ms or before.hidden_ms) and after.written > factor * usual
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNT
