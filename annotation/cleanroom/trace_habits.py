"""How somebody writes: the signs of copying out by hand, and what is usual for one writer.

A score of this kind can be fooled by forged timing and is wrong about people. It leads to a question, never to a
rejection, and each writer is measured by their own accepted texts once there are enough of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from itertools import pairwise
from statistics import fmean, median, pstdev, quantiles
from typing import Any

from annotation.cleanroom.trace import BUCKET_SECONDS, Bucket

_SLOTS_A_MINUTE = 60 // BUCKET_SECONDS
_LEAST_TEXTS = 10  # of a writer's own, before they count
_LEAST_MINUTES = 30


class Sign(StrEnum):
    """What copying out by hand looks like. One sign says nothing; none ever rejects a text by itself."""

    HARDLY_ANY_DELETION = "hardly_any_deletion"
    WRITTEN_STRAIGHT_THROUGH = "written_straight_through"
    FLAT_RATE = "flat_rate"
    FEW_THINKING_PAUSES = "few_thinking_pauses"
    BURSTS_AFTER_BLUR = "bursts_after_blur"


@dataclass(frozen=True)
class SignSettings:
    """The thresholds for somebody of whom nothing is known. A sign needs a text worth looking at.

    A writer's own threshold is what nine of ten of their accepted texts keep to, but no less than `least_share` of the
    general one and no more than `most_share` of it: nobody can get used to anything, or be held to their best day.
    """

    least_length: int = 200
    least_active_slots: int = 12
    deletion_share: float = 0.02
    before_end_share: float = 0.01
    rate_variation: float = 0.35
    thinking_pauses_a_minute: float = 1.0
    bursts_after_blur: int = 3
    burst_factor: float = 1.5
    signs_for_question: int = 2
    least_share: float = 0.25
    most_share: float = 2.0


@dataclass(frozen=True)
class Habits:
    """The shares and rates that the signs are read from.

    `written`: typed or composed, in UTF-16 units; what was pasted is not copied by hand. `deletion_share` and `before_end_share`: of everything inserted. `rate_variation`: of what was written in ten
    seconds, its standard deviation over its mean; None for a trace too short to tell. `bursts_after_blur`: how often
    leaving the page was followed by writing faster than usual.
    """

    written: int
    active_slots: int
    deletion_share: float
    before_end_share: float
    rate_variation: float | None
    thinking_pauses_a_minute: float
    bursts_after_blur: int


@dataclass(frozen=True)
class Usual:
    """What is usual for one writer; None where too little is known, and the general threshold holds."""

    p99_a_minute: float | None = None
    deletion_share: float | None = None
    before_end_share: float | None = None
    rate_variation: float | None = None
    thinking_pauses_a_minute: float | None = None
    bursts_after_blur: float | None = None


def habits_of(slots: Sequence[Bucket], settings: SignSettings | None = None) -> Habits:
    """Work out how a text was written. `slots` are buckets of ten seconds each, see `merge_slots`."""
    settings = settings or SignSettings()
    inserted = sum(slot.inserted for slot in slots)
    written = [slot.written for slot in slots if slot.written]
    active = sum(slot.is_active for slot in slots)
    thinking = sum(slot.pauses[3] + slot.pauses[4] for slot in slots)
    # The last ten seconds are cut short by the end of writing, and would make any rate look uneven.
    variation = pstdev(written[:-1]) / fmean(written[:-1]) if len(written) > 2 else None
    return Habits(
        written=sum(written),
        active_slots=active,
        deletion_share=round(sum(slot.deleted for slot in slots) / max(1, inserted), 4),
        before_end_share=round(sum(slot.inserted_before_end for slot in slots) / max(1, inserted), 4),
        rate_variation=None if variation is None else round(variation, 4),
        thinking_pauses_a_minute=round(thinking * _SLOTS_A_MINUTE / active, 2) if active else 0.0,
        bursts_after_blur=_bursts_after_blur(slots, settings.burst_factor),
    )


def signs_of(habits: Habits, usual: Usual, settings: SignSettings | None = None) -> tuple[tuple[Sign, ...], bool]:
    """Return the signs of transcription, and whether there are enough of them to ask about the text.

    That nearly everything typed survives is the same fact as hardly any deletion, and counts once.
    """
    settings = settings or SignSettings()
    if habits.written < settings.least_length:
        return (), False
    is_long = habits.active_slots >= settings.least_active_slots

    def below(name: str) -> bool:
        value, general, own = getattr(habits, name), getattr(settings, name), getattr(usual, name)
        return value is not None and value < _limit(general, own, settings)

    held = {
        Sign.HARDLY_ANY_DELETION: below("deletion_share"),
        Sign.WRITTEN_STRAIGHT_THROUGH: below("before_end_share"),
        Sign.FLAT_RATE: is_long and below("rate_variation"),
        Sign.FEW_THINKING_PAUSES: is_long and below("thinking_pauses_a_minute"),
        Sign.BURSTS_AFTER_BLUR: habits.bursts_after_blur
        >= max(settings.bursts_after_blur, (usual.bursts_after_blur or 0) + 1),
    }
    signs = tuple(sign for sign, holds in held.items() if holds)
    return signs, len(signs) >= settings.signs_for_question


def usual_of(totals: Iterable[Mapping[str, Any]]) -> Usual:
    """Learn what is usual for a writer from the scores (`TraceScore.to_dict`) of their accepted texts."""
    kept = [one for one in totals if isinstance(one.get("habits"), Mapping)]
    minutes = [written for one in kept for written in one.get("minutes", ())]
    pace = quantiles(minutes, n=100, method="inclusive")[98] if len(minutes) >= _LEAST_MINUTES else None
    long_enough = [one["habits"] for one in kept if _written(one["habits"]) >= SignSettings.least_length]
    if len(long_enough) < _LEAST_TEXTS:
        return Usual(p99_a_minute=pace)
    tenths: dict[str, float | None] = {}
    for field in fields(Usual)[1:]:
        values = [habits[field.name] for habits in long_enough if habits[field.name] is not None]
        tenth = 8 if field.name == "bursts_after_blur" else 0  # of bursts, many are the sign; of the others, little
        tenths[field.name] = quantiles(values, n=10, method="inclusive")[tenth] if len(values) >= _LEAST_TEXTS else None
    return Usual(p99_a_minute=pace, **tenths)


def _written(habits: Mapping[str, Any]) -> int:
    """How much was written, of habits as they are stored; those of earlier versions tell what was inserted in any way."""
    return int(habits.get("written", habits.get("inserted", 0)))


def _limit(general: float, own: float | None, settings: SignSettings) -> float:
    if own is None:
        return general
    return min(max(own, settings.least_share * general), settings.most_share * general)


def _bursts_after_blur(slots: Sequence[Bucket], factor: float) -> int:
    """Count how often leaving the page was followed by writing faster than `factor` times the median."""
    written = [slot.written for slot in slots if slot.written]
    if not written:
        return 0
    usual = median(written)
    return sum(
        1
        for before, after in pairwise(slots)
        if (before.blurred_ms or before.hidden_ms) and after.written > factor * usual
    )
