"""What a writing trace says: whether the text grew in the editor, in a way that fits writing.

This scores what the browser sent against what the server knows; who may see it, and what follows, is decided elsewhere.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import pairwise

from annotation.cleanroom.trace import BUCKET_SECONDS, FIRST_HASH, Autosave, Bucket, bucket_hash, merge_slots
from annotation.cleanroom.trace_habits import Habits, Sign, Usual, habits_of, signs_of

_FITS_WITHIN = 0.02
_FITS_WITHIN_UNITS = 2  # of a draft of a few letters, two percent are none
_CLOCK_SLACK_MS = 15_000
_MINUTE_MS = 60_000
_MINUTES_KEPT = 240


class Flag(StrEnum):
    """What keeps a text from export until a reviewer clears it with a reason. Stable codes."""

    MISSING = "trace_missing"
    CHAIN_BROKEN = "chain_broken"
    SUMS_DO_NOT_FIT = "sums_do_not_fit"
    AUTOSAVES_DO_NOT_FIT = "autosaves_do_not_fit"
    UNTRUSTED_EVENTS = "untrusted_events"
    PASTE_SHARE = "paste_share"
    LARGE_INSERTION = "large_insertion"
    TOO_FAST = "too_fast"


@dataclass(frozen=True)
class FlagSettings:
    """The thresholds: shares from 0 to 1, lengths in UTF-16 units.

    `general_p99_a_minute` stands in until a writer has a pace of their own: hardly anybody writes so fast.
    `least_p99_a_minute`: the pace of a slow writer is no reason to doubt a quicker minute.
    """

    paste_share: float = 0.10
    large_insertion: int = 40
    speed_factor: float = 2.0
    general_p99_a_minute: float = 500.0
    least_p99_a_minute: float = 60.0


@dataclass(frozen=True)
class TraceScore:
    """What a trace says. `flags` keep the text from export until cleared; `needs_question` is for review only.

    `is_complete`: there is a trace, its chain holds and its sums fit. `pasted_share`: of the final text, pasted
    or dropped from elsewhere. `fastest_minute`: most characters written within one minute. `minutes`: what was written
    in each minute with any writing. `habits`: the numbers behind the signs.
    """

    flags: tuple[Flag, ...]
    signs: tuple[Sign, ...]
    needs_question: bool
    is_complete: bool
    active_seconds: int
    inserted: int
    pasted_share: float
    largest_insertion: int
    fastest_minute: int
    minutes: tuple[int, ...]
    habits: Habits

    def to_dict(self) -> dict[str, object]:
        """Return the score as values that JSON can hold."""
        return asdict(self)


def score(
    buckets: Sequence[Bucket],
    text_length: int,
    *,
    text_sha256: str | None = None,
    first_hash: str = FIRST_HASH,
    autosaves: Sequence[Autosave] = (),
    usual: Usual | None = None,
    settings: FlagSettings | None = None,
) -> TraceScore:
    """Score a draft's trace against the text that was submitted.

    `text_length` in UTF-16 units, of the text as the server has it; `text_sha256`, when given, must be the
    last bucket's draft. `first_hash` starts the chain: a value that belongs to this draft keeps another draft's trace
    from being replayed. `autosaves` are the server's copies, oldest first: each must be what the trace had come to.
    `usual` is what is known of the writer. A trace that is off for a declared reason is not scored at all.
    """
    settings = settings or FlagSettings()
    usual = usual or Usual()
    slots = merge_slots(buckets)
    inserted = sum(bucket.inserted for bucket in buckets)
    external = sum(bucket.pasted + bucket.dropped for bucket in buckets)
    fastest = _fastest_minute(buckets)
    is_linked = _is_linked(buckets, first_hash)
    is_fitting = _is_fitting(buckets, text_length, text_sha256)
    is_bound = _is_bound(buckets, autosaves)
    largest = max((bucket.largest_insertion for bucket in buckets), default=0)
    pasted_share = external / max(1, text_length)
    pace = usual.p99_a_minute or settings.general_p99_a_minute
    held = {
        Flag.MISSING: not buckets,
        Flag.CHAIN_BROKEN: bool(buckets) and not is_linked,
        Flag.SUMS_DO_NOT_FIT: bool(buckets) and not is_fitting,
        Flag.AUTOSAVES_DO_NOT_FIT: bool(buckets) and not is_bound,
        Flag.UNTRUSTED_EVENTS: any(bucket.untrusted for bucket in buckets),
        Flag.PASTE_SHARE: pasted_share > settings.paste_share,
        Flag.LARGE_INSERTION: largest > settings.large_insertion,
        Flag.TOO_FAST: fastest > settings.speed_factor * max(pace, settings.least_p99_a_minute),
    }
    habits = habits_of(slots)
    signs, needs_question = signs_of(habits, usual)
    return TraceScore(
        flags=tuple(flag for flag, holds in held.items() if holds),
        signs=signs,
        needs_question=needs_question,
        is_complete=bool(buckets) and is_linked and is_fitting and is_bound,
        active_seconds=BUCKET_SECONDS * sum(slot.is_active for slot in slots),
        inserted=inserted,
        pasted_share=round(pasted_share, 4),
        largest_insertion=largest,
        fastest_minute=fastest,
        minutes=_minutes(buckets),
        habits=habits,
    )


def _is_linked(buckets: Sequence[Bucket], first_hash: str) -> bool:
    """Tell whether the buckets count up from one, never go back in time, and each names the one before."""
    expected = first_hash
    for number, bucket in enumerate(buckets, start=1):
        if bucket.number != number or bucket.previous_hash != expected:
            return False
        expected = bucket_hash(expected, bucket)
    return all(earlier.started_ms <= later.started_ms for earlier, later in pairwise(buckets))


def _is_fitting(buckets: Sequence[Bucket], text_length: int, text_sha256: str | None) -> bool:
    """Tell whether insertions less deletions make the lengths on the way, and the text at the end, within 2%.

    Nothing can be undone but what was done: what undo put back had been taken away before, or is taken away with it.
    """
    length = deleted = undone = 0
    for bucket in buckets:
        length += bucket.inserted - bucket.deleted
        deleted += bucket.deleted
        undone += bucket.undone
        if not _are_close(length, bucket.length) or undone > deleted + _slack(bucket.length):
            return False
    if not buckets or abs(length - text_length) > _FITS_WITHIN * text_length:
        return False
    return text_sha256 is None or buckets[-1].draft_sha256 == text_sha256


def _is_bound(buckets: Sequence[Bucket], autosaves: Sequence[Autosave]) -> bool:
    """Tell whether each of the server's copies is what the trace had come to, and no bucket tells of what was to come."""
    at = {bucket.number: bucket for bucket in buckets}
    for autosave in autosaves:
        bucket = at.get(autosave.bucket_number)
        if bucket is not None and not _is_told_by(bucket, autosave):
            return False
        if bucket is None and autosave.length:
            return False
    return True


def _is_told_by(bucket: Bucket, autosave: Autosave) -> bool:
    is_in_time = bucket.started_ms <= autosave.at_ms + _CLOCK_SLACK_MS
    is_same = bucket.draft_sha256 == autosave.sha256 and _are_close(bucket.length, autosave.length)
    return is_in_time and is_same


def _are_close(counted: int, length: int) -> bool:
    return abs(counted - length) <= _slack(length)


def _slack(length: int) -> float:
    return max(_FITS_WITHIN_UNITS, _FITS_WITHIN * length)


def _fastest_minute(buckets: Sequence[Bucket]) -> int:
    """Return the most units written within one minute, by the buckets' starts."""
    fastest = first = written = 0
    for bucket in buckets:
        written += bucket.written
        while buckets[first].started_ms <= bucket.started_ms - _MINUTE_MS:
            written -= buckets[first].written
            first += 1
        fastest = max(fastest, written)
    return fastest


def _minutes(buckets: Sequence[Bucket]) -> tuple[int, ...]:
    """Return the units written in each minute in which any were."""
    by_minute: dict[int, int] = {}
    for bucket in buckets:
        minute = bucket.started_ms // _MINUTE_MS
        by_minute[minute] = by_minute.get(minute, 0) + bucket.written
    return tuple(written for written in by_minute.values() if written)[-_MINUTES_KEPT:]
