"""How much of one text stands in one reference: exact runs, coverage, skeleton, subsequence.

Numbers only; what they mean for the text is decided in `decide`. Nothing here takes time
quadratic in Python, or more memory than a small multiple of both texts.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel

from annotation.cleanroom.automaton import SuffixAutomaton
from annotation.cleanroom.fingerprints import (
    GRAM,
    SKELETON_VERIFY_GRAM,
    skeleton_grams,
    text_grams,
)
from annotation.cleanroom.mask import cover, found_in
from annotation.cleanroom.normalise import Normalised, is_skeleton
from annotation.cleanroom.stopgrams import StopGrams

FULL_WEIGHT = 100
# Passages worth less do not count: of kana and kanji, 8 that are half quoted; of an alphabet, one word such as
# "different". At 8, a tenth of the letters of an English copy edited hid one copy in fifteen; at 4, words coincided.
PASSAGE_WORTH = 6
MAX_RUNS = 200  # passages kept of one match, the most informative first
_FIRST_DENSE_SCRIPT = 0x1100  # below: alphabets, whose letters say less than a kana or a kanji
_FULL_IN_STRETCH = 8
_SUBSEQUENCE_CELLS = 400_000_000  # 64 of them a step: a few milliseconds at most


@dataclass(frozen=True)
class Run:
    """A shared passage that no other contains, as half-open ranges of normalised characters in both texts.

    `informative` is its length less what is masked or belongs to stop-grams alone, in full characters.
    """

    start: int
    end: int
    reference_start: int
    reference_end: int
    informative: int


@dataclass(frozen=True, eq=False)
class Match:
    """How a text compares with one reference.

    Lengths are in full characters: a letter of an alphabet counts as the settings' light weight
    says. `longest_run` alone is a plain length, that of the longest of the passages in `runs`.
    `covered`, bool of shape (n,): the informative characters in those passages.
    `subsequence` is 2 LCS / (n + m), or None where it was not asked for or would take long.
    """

    longest_run: int
    informative_run: int
    matched: int
    coverage: float
    skeleton_matched: int
    skeleton_coverage: float
    subsequence: float | None
    is_equal: bool
    runs: tuple[Run, ...]
    covered: NDArray[np.bool_] = field(repr=False)


class Probe:
    """A text made ready to be compared with many references.

    `weights`, int64 of shape (n,): hundredths of a full character, 0 where masked. `grams`:
    int64 of shape (max(0, n - 7),), with `order` sorting them.
    """

    def __init__(self, text: Normalised, mask: NDArray[np.bool_], stops: StopGrams, *, light_weight: int) -> None:
        self.text = text
        plain = np.where(_is_light(text.codes), light_weight, FULL_WEIGHT)
        self.weights: NDArray[np.int64] = np.where(mask, 0, plain).astype(np.int64)
        self.length = int(plain.sum()) // FULL_WEIGHT
        self.unmasked = int(self.weights.sum())
        self.grams = text_grams(text)
        self.order = np.argsort(self.grams, kind="stable")
        self.sorted_grams = self.grams[self.order]
        self.is_informative = ~stops.contains(self.grams)
        self.skeleton_grams, self.has_skeleton_gram = skeleton_grams(text, SKELETON_VERIFY_GRAM)
        open_skeleton = ~mask[is_skeleton(text.folded)]
        self.is_skeleton_open = open_skeleton & cover(self.has_skeleton_gram, SKELETON_VERIFY_GRAM, len(open_skeleton))

    def weigh(self, characters: NDArray[np.bool_]) -> int:
        """Return the weight of the characters marked, bool of shape (n,), in full characters."""
        return int(self.weights[characters].sum()) // FULL_WEIGHT

    def share(self, characters: NDArray[np.bool_]) -> float:
        """Return the share of the unmasked text that the characters marked make."""
        return int(self.weights[characters].sum()) / self.unmasked if self.unmasked else 0.0


def _is_light(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Tell which characters are an alphabet's, beyond the first few of a stretch.

    A word or number within Japanese counts fully: what stands around it tells it apart. A sentence does not.
    """
    light = codes < _FIRST_DENSE_SCRIPT
    place = np.arange(len(codes))
    before = np.maximum.accumulate(np.where(light, -1, place))
    result: NDArray[np.bool_] = light & (place - before > _FULL_IN_STRETCH)
    return result


def verify(probe: Probe, reference: Normalised, *, with_subsequence: bool = False) -> Match:
    """Compare a text with one reference.

    Exact but for chance collisions of 64-bit hashes. Time n log n + m log m, or linear with
    a larger constant when both repeat themselves.
    """
    text = probe.text
    spans, shared = _maximal_spans(probe, reference)
    informative = cover(shared & probe.is_informative, GRAM, len(text)) & (probe.weights > 0)
    spans, worth = _informative_spans(spans, np.where(informative, probe.weights, 0))
    covered = informative & _within_spans(spans, len(text))
    skeleton_matched, skeleton_coverage = _skeleton_overlap(probe, reference)
    return Match(
        longest_run=int((spans[:, 1] - spans[:, 0]).max(initial=0)),
        informative_run=int(worth.max(initial=0)),
        matched=probe.weigh(covered),
        coverage=probe.share(covered),
        skeleton_matched=skeleton_matched,
        skeleton_coverage=skeleton_coverage,
        subsequence=_subsequence_ratio(text, reference) if with_subsequence else None,
        is_equal=bool(len(text)) and np.array_equal(text.codes, reference.codes),
        runs=_most_informative(spans, worth),
        covered=covered,
    )


def _maximal_spans(probe: Probe, reference: Normalised) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the shared passages of 8 or more that no other contains, and which text grams are shared.

    Rows of (start, end, reference start), by start; where the reference has a passage twice, its first place.
    """
    grams = text_grams(reference)
    first = np.searchsorted(probe.sorted_grams, grams, side="left")
    counts = np.searchsorted(probe.sorted_grams, grams, side="right") - first
    pairs = int(counts.sum())
    if not pairs:
        return np.empty((0, 3), dtype=np.int64), np.zeros(len(probe.grams), dtype=np.bool_)
    if pairs <= 8 * (len(probe.grams) + len(grams)) + 1024:
        at = np.repeat(first - (counts.cumsum() - counts), counts) + np.arange(pairs)
        return _spans_on_diagonals(probe, probe.order[at], np.repeat(np.arange(len(grams)), counts))
    spans = _spans_by_automaton(probe.text, reference)
    return spans, found_in(probe.grams, grams)


def _spans_on_diagonals(
    probe: Probe, i: NDArray[np.int64], j: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Join pairs (text gram, reference gram) of equal grams into passages: neighbours on a diagonal belong together."""
    shared = np.zeros(len(probe.grams), dtype=np.bool_)
    shared[i] = True
    stride = len(probe.text) + 1
    shift = int(j.max())
    keys = np.sort((i - j + shift) * stride + i)
    heads = np.flatnonzero(np.diff(keys, prepend=-2) != 1)
    start = keys[heads] % stride
    reference_start = start - (keys[heads] // stride - shift)
    end = start + np.diff(heads, append=len(keys)) + GRAM - 1
    return _drop_contained(start, end, reference_start), shared


def _spans_by_automaton(text: Normalised, reference: Normalised) -> NDArray[np.int64]:
    lengths, ends = SuffixAutomaton(reference.codes.tolist()).longest_matches(text.codes.tolist())
    length = np.array(lengths, dtype=np.int64)
    ends_here = (length >= GRAM) & (np.append(length[1:], 0) != length + 1)
    end = np.flatnonzero(ends_here) + 1
    length = length[ends_here]
    return _drop_contained(end - length, end, np.array(ends, dtype=np.int64)[ends_here] - length)


def _drop_contained(
    start: NDArray[np.int64], end: NDArray[np.int64], reference_start: NDArray[np.int64]
) -> NDArray[np.int64]:
    order = np.lexsort((reference_start, -end, start))
    spans = np.stack((start, end, reference_start), axis=1)[order]
    furthest = np.maximum.accumulate(spans[:, 1])
    kept: NDArray[np.int64] = spans[np.diff(furthest, prepend=-1) > 0]
    return kept


def _informative_spans(
    spans: NDArray[np.int64], weights: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the passages that tell something, and what each is worth in full characters."""
    total = np.append(0, weights.cumsum())
    worth = total[spans[:, 1]] - total[spans[:, 0]]
    kept = worth >= PASSAGE_WORTH * FULL_WEIGHT
    return spans[kept], worth[kept] // FULL_WEIGHT


def _within_spans(spans: NDArray[np.int64], length: int) -> NDArray[np.bool_]:
    depth = np.zeros(length + 1, dtype=np.int64)
    np.add.at(depth, spans[:, 0], 1)
    np.add.at(depth, spans[:, 1], -1)
    result: NDArray[np.bool_] = depth[:length].cumsum() > 0
    return result


def _most_informative(spans: NDArray[np.int64], worth: NDArray[np.int64]) -> tuple[Run, ...]:
    most = np.sort(np.lexsort((spans[:, 0], -worth))[:MAX_RUNS])
    return tuple(
        Run(start, end, reference_start, reference_start + end - start, informative)
        for (start, end, reference_start), informative in zip(spans[most].tolist(), worth[most].tolist(), strict=True)
    )


def _skeleton_overlap(probe: Probe, reference: Normalised) -> tuple[int, float]:
    """Return how many open characters lie in shared skeleton 5-grams, and their share of all that lie in 5-grams."""
    open_characters = int(probe.is_skeleton_open.sum())
    if not open_characters:
        return 0, 0.0
    shared = probe.has_skeleton_gram.copy()
    shared[shared] = found_in(probe.skeleton_grams, skeleton_grams(reference, SKELETON_VERIFY_GRAM)[0])
    covered = cover(shared, SKELETON_VERIFY_GRAM, len(probe.is_skeleton_open)) & probe.is_skeleton_open
    matched = int(covered.sum())
    return matched, matched / open_characters


def _subsequence_ratio(text: Normalised, reference: Normalised) -> float | None:
    """Return 2 LCS / (n + m), bit-parallel (Hyyrö 2004, in rapidfuzz), where n m is not too large."""
    if not len(text) or len(text) * len(reference) > _SUBSEQUENCE_CELLS:
        return None
    return Indel.normalized_similarity(text.text, reference.text)
