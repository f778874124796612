"""The rules: what the numbers of a comparison mean for a text.

A text is blocked, sent to review or passed, with every reason. Reasons have codes; the words
for them live with the people they are told to, in templates and translations.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.hashing import GRAM
from annotation.cleanroom.match import SURPRISING, Match
from annotation.cleanroom.normalise import is_kanji
from annotation.cleanroom.probe import Probe
from annotation.cleanroom.weights import FULL, Scale
from annotation.cleanroom.written import LEAST_RUN

Number = int | float

LEAST_BLOCKING_RUN = 20
OWN_SHARE = 0.25  # of a text: with less that is not everybody's, its kanji and its order tell nothing


class Outcome(StrEnum):
    """What happens to a text, from the mildest."""

    PASS = "pass"
    REVIEW = "review"
    BLOCK = "block"


class Code(StrEnum):
    """Why. Stable: stored in reports, translated where they are shown."""

    RUN = "run"  # one long passage
    COVERAGE = "coverage"  # much of the text
    SKELETON = "skeleton"  # the kanji and katakana of much of the text
    UNION = "union"  # pieces of several references
    SUBSEQUENCE = "subsequence"  # one reference in order, with much put in or changed
    KANA = "kana"  # the kana of the own reference in their order, and something else for its kanji
    EQUAL = "equal"  # a text that equals the own reference, or a short one that equals another
    OPENED_KANA = "opened_kana"  # hardly a kanji: cannot be compared with what was written in kanji
    NOTHING_TO_COMPARE = "nothing_to_compare"  # no letter or digit in it
    POSTDATED = "postdated"  # found only in a reference that came after the text was frozen


@dataclass(frozen=True)
class Settings:
    """The thresholds; each is met at equality.

    Lengths are in full characters as `weights` counts them, of which a Japanese text has about three for every four of
    its characters and an English one a little more than two for every five; shares go from 0 to 1. `opened_kana` counts plain
    characters, `*_written` those of the original, `*_bits` bits; `common_instructions` counts instructions. `block_surprising` is
    a passage's length with its bits, `bits_a_character` for one full character; `block_run_uncounted` stands for `block_run` where
    the references are too few to say what is surprising. The weights are in hundredths. Raises ValueError on thresholds that
    contradict each other.
    """

    block_run: int = 22
    block_run_uncounted: int = 20
    review_run: int = 18
    block_written: int = 42
    review_written: int = 36
    block_surprising: int = 26
    surprising_written: int = 26
    bits_a_character: int = 6
    block_bits: int = 75
    bits_written: int = 34
    block_coverage: float = 0.30
    block_coverage_matched: int = 45
    review_coverage: float = 0.15
    review_coverage_matched: int = 30
    block_skeleton: float = 0.40
    block_skeleton_length: int = 90
    review_skeleton: float = 0.30
    review_skeleton_length: int = 110
    skeleton_matched: int = 30
    review_union: float = 0.15
    review_union_matched: int = 30
    union_run: int = 13
    common_instructions: int = 2
    block_subsequence: float = 0.70
    block_short_subsequence: float = 0.80
    review_subsequence: float = 0.60
    subsequence_length: int = 90
    review_short_subsequence: float = 0.80
    short_subsequence_length: int = 8
    review_kana: float = 0.75
    short_length: int = 40
    opened_kana: int = 60
    opened_kanji_share: float = 0.05
    letter_weight: int = 50
    letter_within_weight: int = 35
    katakana_weight: int = 60
    hiragana_weight: int = 50
    candidates: int = 20

    def __post_init__(self) -> None:
        if not GRAM <= self.review_run <= self.block_run:
            raise ValueError("runs need 8 <= review <= block")
        if not LEAST_RUN <= self.review_written <= self.block_written:
            raise ValueError("written lengths need 16 <= review <= block")
        if not SURPRISING <= self.surprising_written <= self.bits_written or self.bits_a_character < 1:
            raise ValueError("a passage is asked for its surprise from 20 written characters on")
        if min(self.block_surprising, self.block_bits) < LEAST_BLOCKING_RUN:
            raise ValueError("names and set phrases have some bits too: less than 20 must not block")
        if not LEAST_BLOCKING_RUN <= self.block_run_uncounted <= self.block_run:
            raise ValueError("texts on one subject share runs of 16 to 20: a run below 20 must not block")
        for review, block in (
            (self.review_coverage, self.block_coverage),
            (self.review_skeleton, self.block_skeleton),
            (self.review_subsequence, self.block_subsequence),
            (self.review_subsequence, self.block_short_subsequence),
        ):
            if not 0 < review <= block <= 1:
                raise ValueError("shares need 0 < review <= block <= 1")
        if self.subsequence_length < self.short_length:
            raise ValueError("a short text must not be blocked for its order: the subsequence needs a longer one")
        if self.candidates < 1:
            raise ValueError("a text must be compared with at least one candidate")
        _ = self.scale  # refuses weights that are none

    @cached_property
    def scale(self) -> Scale:
        """What characters count."""
        return Scale(
            letter=self.letter_weight,
            letter_within=self.letter_within_weight,
            katakana=self.katakana_weight,
            hiragana=self.hiragana_weight,
        )

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits of the SHA-256 of the settings: equal settings, equal version."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]

    @classmethod
    def from_dict(cls, values: dict[str, Number]) -> "Settings":
        """Build settings from stored values. Raises ValueError on a name that is not a setting."""
        unknown = sorted(values.keys() - {setting.name for setting in fields(cls)})
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(unknown)}")
        return cls(**values)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Candidate:
    """A reference to compare with. `is_postdated`: it arrived after the text was frozen.

    `instruction` names whose answer it is: all answers to one are one voice, when it is asked how common a passage is.
    Without it, a reference is its own.
    """

    id: int
    text: str
    is_own: bool = False
    is_postdated: bool = False
    instruction: int | None = None


@dataclass(frozen=True)
class Reason:
    """One rule that held: what it asks for, the numbers it held with, and the reference, if it was one."""

    code: Code
    outcome: Outcome
    numbers: dict[str, Number]
    candidate_id: int | None = None


@dataclass(frozen=True)
class Decision:
    """The outcome is the gravest of the reasons'; no reason, and the text passes."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    scores: dict[str, Number]


def decide(probe: Probe, matches: Sequence[tuple[Candidate, Match]], settings: Settings) -> Decision:
    """Apply the rules to a text and its matches. Reasons come in the candidates' order, the text's own last."""
    reasons: list[Reason] = []
    common = _common(probe, matches, settings.common_instructions)
    for candidate, match in matches:
        held = _rules_for_match(probe, candidate, match, common, settings)
        if candidate.is_postdated and held:
            held = [Reason(reason.code, Outcome.REVIEW, reason.numbers, candidate.id) for reason in held] + [
                Reason(Code.POSTDATED, Outcome.REVIEW, {}, candidate.id)
            ]
        reasons += held
    union_matched, union = _union(probe, matches, common, settings.union_run)
    if union >= settings.review_union and union_matched >= settings.review_union_matched:
        reasons.append(Reason(Code.UNION, Outcome.REVIEW, {"share": _round(union), "characters": union_matched}))
    reasons += _rules_for_text(probe, settings)
    return Decision(
        outcome=_gravest(reasons),
        reasons=tuple(reasons),
        scores=_scores([match for _, match in matches]) | {"union": _round(union)},
    )


def _common(probe: Probe, matches: Sequence[tuple[Candidate, Match]], most: int) -> NDArray[np.bool_]:
    """Tell which characters stand in passages that the references of more than `most` instructions have, bool of shape (n,).

    Names and set phrases of a subject, too rare for a stop-gram: alone they send nobody to review. They still block.
    """
    voices: dict[tuple[str, int], NDArray[np.bool_]] = {}
    for candidate, match in matches:
        voice = ("reference", candidate.id) if candidate.instruction is None else ("instruction", candidate.instruction)
        voices[voice] = voices[voice] | match.covered if voice in voices else match.covered
    count = np.zeros(len(probe.text), dtype=np.int64)
    for covered in voices.values():
        count += covered
    result: NDArray[np.bool_] = count > most
    return result


def _telling(probe: Probe, candidate: Candidate, match: Match, common: NDArray[np.bool_]) -> tuple[int, int, float]:
    """Return the longest run, the matched characters and their share, less what is common. The own reference keeps all."""
    if candidate.is_own or not (match.covered & common).any():
        return match.informative_run, match.matched, match.coverage
    kept = match.covered & ~common
    weights = np.where(kept, probe.weights, 0)
    run = max((int(weights[run.start : run.end].sum()) // FULL for run in match.runs), default=0)
    return run, probe.weigh(kept), probe.share(kept)


def _rules_for_match(
    probe: Probe, candidate: Candidate, match: Match, common: NDArray[np.bool_], settings: Settings
) -> list[Reason]:
    """Return what holds for one reference. A text under `short_length` never blocks: short right answers coincide."""
    gravest = Outcome.REVIEW if probe.length < settings.short_length else Outcome.BLOCK
    reasons = []

    def hold(code: Code, outcome: Outcome, **numbers: Number) -> None:
        reasons.append(Reason(code, outcome, numbers, candidate.id))

    run, written = match.informative_run, match.written_run
    telling_run, telling_matched, telling_share = run, match.matched, match.coverage
    # What is common only takes away: where the whole is not enough, less is not asked for.
    if run >= settings.review_run or match.coverage >= settings.review_coverage:
        telling_run, telling_matched, telling_share = _telling(probe, candidate, match, common)
    surprising = _surprising(match, settings)
    blocks = run >= _blocking_run(probe, settings) or written >= settings.block_written or surprising is not None
    if blocks or telling_run >= settings.review_run or written >= settings.review_written:
        numbers = {} if surprising is None else {"bits": surprising}
        hold(Code.RUN, gravest if blocks else Outcome.REVIEW, characters=run, written=written, **numbers)
    blocks = match.coverage >= settings.block_coverage and match.matched >= settings.block_coverage_matched
    if blocks or (telling_share >= settings.review_coverage and telling_matched >= settings.review_coverage_matched):
        hold(
            Code.COVERAGE,
            gravest if blocks else Outcome.REVIEW,
            share=_round(match.coverage),
            characters=match.matched,
        )
    skeleton = _skeleton_outcome(probe, match, settings)
    if skeleton is not None:
        hold(
            Code.SKELETON,
            min(skeleton, gravest, key=_GRAVITY.index),
            share=_round(match.skeleton_coverage),
            characters=match.skeleton_matched,
        )
    order = _subsequence_outcome(probe, candidate, match, settings)
    if order is not None and match.subsequence is not None:
        hold(Code.SUBSEQUENCE, order, share=_round(match.subsequence))
    if match.kana_kept is not None and match.kana_kept >= settings.review_kana:
        hold(Code.KANA, Outcome.REVIEW, share=_round(match.kana_kept))
    is_short = probe.length < settings.short_length
    if match.is_equal and (candidate.is_own or (is_short and match.matched > 0)):
        hold(Code.EQUAL, Outcome.REVIEW, characters=len(probe.text))
    return reasons


def _blocking_run(probe: Probe, settings: Settings) -> int:
    is_counted = probe.is_alphabetic or probe.surprise.is_learned
    return settings.block_run if is_counted else max(settings.review_run, settings.block_run_uncounted)


def _surprising(match: Match, settings: Settings) -> int | None:
    """Return the bits of the most surprising passage that blocks for its surprise: long enough for what it says, or says much."""
    blocking = (
        run.bits
        for run in match.runs
        if (run.written >= settings.bits_written and run.bits >= settings.block_bits)
        or (
            run.written >= settings.surprising_written
            and run.bits >= max(1, settings.bits_a_character * (settings.block_surprising - run.informative))
        )
    )
    return max(blocking, default=None)


def _subsequence_outcome(probe: Probe, candidate: Candidate, match: Match, settings: Settings) -> Outcome | None:
    """A text is blocked for following a reference; a very short one is reviewed, for following its own very closely."""
    ratio = match.subsequence
    if ratio is None:
        return None
    if probe.length >= settings.short_length:
        is_long = probe.length >= settings.subsequence_length
        if ratio >= (settings.block_subsequence if is_long else settings.block_short_subsequence):
            return _gravest_for(probe)
        return Outcome.REVIEW if ratio >= settings.review_subsequence else None
    is_told = candidate.is_own and probe.length >= settings.short_subsequence_length
    return Outcome.REVIEW if is_told and ratio >= settings.review_short_subsequence else None


def _skeleton_outcome(probe: Probe, match: Match, settings: Settings) -> Outcome | None:
    if match.skeleton_matched < settings.skeleton_matched:
        return None
    if match.skeleton_coverage >= settings.block_skeleton and probe.length >= settings.block_skeleton_length:
        # Two lists of the same terms share their kanji; a copy also shares passages, or goes on in its order.
        is_followed = (
            match.coverage >= settings.review_coverage or (match.subsequence or 0) >= settings.review_subsequence
        )
        return _gravest_for(probe) if is_followed else Outcome.REVIEW
    if match.skeleton_coverage >= settings.review_skeleton and probe.length >= settings.review_skeleton_length:
        return Outcome.REVIEW
    return None


def _gravest_for(probe: Probe) -> Outcome:
    """A list that everybody writes alike, the 47 prefectures, shares its kanji and its order with every other."""
    return Outcome.REVIEW if probe.own_share < OWN_SHARE else Outcome.BLOCK


def _rules_for_text(probe: Probe, settings: Settings) -> list[Reason]:
    if not len(probe.text):
        return [Reason(Code.NOTHING_TO_COMPARE, Outcome.REVIEW, {})]
    codes = probe.text.codes[probe.weights > 0]
    kana = int(((codes >= 0x3041) & (codes <= 0x309F)).sum())
    kanji = int(is_kanji(codes).sum())
    if kana >= settings.opened_kana and kanji < settings.opened_kanji_share * (kana + kanji):
        return [Reason(Code.OPENED_KANA, Outcome.REVIEW, {"kana": kana, "kanji": kanji})]
    return []


def _union(
    probe: Probe, matches: Sequence[tuple[Candidate, Match]], common: NDArray[np.bool_], least_run: int
) -> tuple[int, float]:
    """Return what the longer passages of all references together cover: characters, and share of the text.

    Every text is a patchwork of passages of 8 that twenty of half a million references have.
    """
    covered = np.zeros(len(probe.text), dtype=np.bool_)
    for candidate, match in matches:
        kept = match.covered if candidate.is_own else match.covered & ~common
        for run in match.runs:
            if run.informative >= least_run:
                covered[run.start : run.end] |= kept[run.start : run.end]
    return probe.weigh(covered), probe.share(covered)


def _scores(matches: Sequence[Match]) -> dict[str, Number]:
    """Return the highest of each number, over all candidates."""
    return {
        "run": max((match.informative_run for match in matches), default=0),
        "written": max((match.written_run for match in matches), default=0),
        "bits": max((run.bits for match in matches for run in match.runs), default=0),
        "longest_run": max((match.longest_run for match in matches), default=0),
        "matched": max((match.matched for match in matches), default=0),
        "coverage": _round(max((match.coverage for match in matches), default=0.0)),
        "skeleton": _round(max((match.skeleton_coverage for match in matches), default=0.0)),
        "subsequence": _round(max((match.subsequence or 0.0 for match in matches), default=0.0)),
        "kana": _round(max((match.kana_kept or 0.0 for match in matches), default=0.0)),
    }


_GRAVITY = list(Outcome)


def _gravest(reasons: Sequence[Reason]) -> Outcome:
    return max((reason.outcome for reason in reasons), key=_GRAVITY.index, default=Outcome.PASS)


def _round(share: float) -> float:
    return round(share, 4)
