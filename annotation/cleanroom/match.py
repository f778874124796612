"""How much of one text stands in one reference: exact runs, coverage, skeleton, subsequence.

Numbers only; what they mean for the text is decided in `decide`. Nothing here takes time
quadratic in Python, or more memory than a small multiple of both texts.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel, LCSseq

from annotation.cleanroom.automaton import SuffixAutomaton
from annotation.cleanroom.fingerprints import SKELETON_VERIFY_GRAM
from annotation.cleanroom.hashing import GRAM, LONG_GRAM, SKELETON_SEED, hash_grams
from annotation.cleanroom.mask import cover
from annotation.cleanroom.normalise import Normalised, Shelf
from annotation.cleanroom.probe import Grams, Probe, as_text, unbroken
from annotation.cleanroom.surprise import PARTS
from annotation.cleanroom.weights import FULL as FULL_WEIGHT
from annotation.cleanroom.weights import skeleton_marks
from annotation.cleanroom.written import LEAST_RUN, written_length

# Passages worth less do not count: one long word, or a short one with its ending.
PASSAGE_WORTH = 6
MAX_RUNS = 200  # passages kept of one match, the most informative first
SURPRISING = 20  # written characters from which a passage is asked for its surprise: no shorter one blocks for it
SURPRISING_BELOW = 40  # full characters: a longer one blocks without
MAX_SURPRISING = 32  # passages of one match that are asked, the most informative first
SURPRISING_CHARACTERS = 200  # at the beginning of a passage: what is quoted or common within may be endless
_SUBSEQUENCE_CELLS = 400_000_000  # 64 of them a step: a few milliseconds at most
# Where less than this is shared, no reference but the own one is aligned with the text: with a fifth of its
# characters edited, a copy still shares 7% and more in passages of eight.
_WORTH_ALIGNING = 0.05
LEAST_KANA = 40  # fewer, in text or reference, and their order says nothing
MOST_KANA = 2.5  # times as many as the reference: in a far longer text any order is found


class Run(NamedTuple):
    """A shared passage that no other contains, as half-open ranges of normalised characters in both texts.

    `informative` is its length less what is masked or belongs to stop-grams alone, in full characters. `written` is the same
    as it was written (see `written`), and `bits` how surprising it is (see `surprise`); 0 where neither was asked.
    """

    start: int
    end: int
    reference_start: int
    reference_end: int
    informative: int
    written: int = 0
    bits: int = 0


@dataclass(frozen=True, eq=False)
class Match:
    """How a text compares with one reference.

    Lengths are in full characters (see `weights`). `longest_run` alone is a plain length, that of the longest of the
    passages in `runs`, and `written_run` the longest as it was written (see `written`). `covered`, bool of shape (n,): the informative characters in those passages.
    `subsequence` is 2 LCS / (n + m), without what both have from the question, or None where it was not worked out.
    `kana_kept` is the share of the reference's kana that the text has in the same order, between whatever stands for
    its kanji; or None.
    """

    longest_run: int
    informative_run: int
    written_run: int
    matched: int
    coverage: float
    skeleton_matched: int
    skeleton_coverage: float
    subsequence: float | None
    kana_kept: float | None
    is_equal: bool
    runs: tuple[Run, ...]
    covered: NDArray[np.bool_] = field(repr=False)


def verify(
    probe: Probe, references: Shelf, *, own: Collection[int] = (), align_from: float | None = None
) -> list[Match]:
    """Compare a text with each of the references, in one pass over all.

    `own` names the instruction's own ones by their number: they are aligned with the text in any case. Others are where
    they share enough to be copies, if `align_from` is given: the least ratio that is of interest.

    Exact but for chance collisions of 64-bit hashes. For k references of m characters together: time
    k n + n log n + m log n, or linear with a larger constant where a reference and the text both repeat themselves;
    memory k n + m.
    """
    spans, shared = _maximal_spans(probe, references)
    informative = cover(shared & probe.is_informative, GRAM, len(probe.text))
    if probe.is_long_informative.any():
        is_whole = unbroken(shared, LONG_GRAM - GRAM + 1) & probe.is_long_informative
        informative |= cover(is_whole, LONG_GRAM, len(probe.text))
    informative &= probe.weights > 0
    spans, worth = _informative_spans(spans, np.where(informative, probe.weights, 0))
    covered = informative & _within_spans(spans, informative.shape)
    matched = (covered @ probe.weights).tolist()
    skeleton_matched, skeleton_open = _skeleton_overlap(probe, references)
    bounds = np.searchsorted(spans[:, 0], np.arange(len(references) + 1)).tolist()
    rows = np.column_stack((spans[:, 1:], spans[:, 3] + spans[:, 2] - spans[:, 1], worth)).tolist()
    theirs = _OwnWords(probe, references)
    matches = []
    for number, (first, last) in enumerate(pairwise(bounds)):
        runs = rows[first:last]
        _add_written(probe, references, number, runs, covered[number])
        _add_bits(probe, runs, covered[number])
        coverage = matched[number] / probe.unmasked if probe.unmasked else 0.0
        skeleton = skeleton_matched[number] / skeleton_open if skeleton_open else 0.0
        is_worth_aligning = max(coverage, skeleton) >= _WORTH_ALIGNING
        least = 0.0 if number in own else align_from if is_worth_aligning else None
        matches.append(
            Match(
                longest_run=max((run[1] - run[0] for run in runs), default=0),
                informative_run=max((run[4] for run in runs), default=0),
                written_run=max((run[5] for run in runs), default=0),
                matched=matched[number] // FULL_WEIGHT,
                coverage=coverage,
                skeleton_matched=skeleton_matched[number],
                skeleton_coverage=skeleton,
                subsequence=None if least is None else _subsequence_ratio(probe, theirs, number, least),
                kana_kept=_kana_kept(probe, theirs, number) if number in own else None,
                is_equal=_is_equal(probe.text, references, number),
                runs=_most_informative(runs),
                covered=covered[number],
            )
        )
    return matches


class _OwnWords:
    """The references' code points that are not quoted from the question either."""

    def __init__(self, probe: Probe, references: Shelf) -> None:
        self._probe = probe
        self._references = references

    def length(self, number: int) -> int:
        """How many characters the reference has, quoted ones among them."""
        return int(self._references.lengths[number])

    def __getitem__(self, number: int) -> NDArray[np.uint32]:
        start, end = self._references.bounds[number : number + 2].tolist()
        joined = self._references.joined
        grams = joined.grams[start : max(start, end - GRAM + 1)]  # hashed already, for all references at once
        return joined.codes[start:end][~self._probe.quotable.mask_grams(grams, end - start)]


def _add_written(
    probe: Probe, references: Shelf, number: int, rows: list[list[int]], covered: NDArray[np.bool_]
) -> None:
    """Append to each row how long its passage is as it was written; 0 to the short ones."""
    is_long = [row[1] - row[0] >= LEAST_RUN for row in rows]
    reference = references[number] if any(is_long) else None
    for row, is_asked in zip(rows, is_long, strict=True):
        row.append(written_length(probe.text, reference, row[:3], covered) if reference and is_asked else 0)


def _add_bits(probe: Probe, rows: list[list[int]], covered: NDArray[np.bool_]) -> None:
    """Append to each row how many bits its passage has; characters that do not count have none."""
    asked = [row for row in rows if row[5] >= SURPRISING and row[4] < SURPRISING_BELOW]
    asked = sorted(asked, key=lambda row: (-row[4], row[0]))[:MAX_SURPRISING]
    spans = [slice(row[0], min(row[1], row[0] + SURPRISING_CHARACTERS)) for row in asked]
    found = probe.surprise.parts([probe.text.codes[span] for span in spans]) if asked else []
    for row in rows:
        row.append(0)
    for row, span, parts in zip(asked, spans, found, strict=True):
        row[6] = int(parts[covered[span]].sum()) // PARTS


def _is_equal(text: Normalised, references: Shelf, number: int) -> bool:
    if not len(text) or references.lengths[number] != len(text):
        return False
    return np.array_equal(text.codes, references[number].codes)


def _maximal_spans(probe: Probe, references: Shelf) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the shared passages of 8 or more that no other contains, and which of the text's grams each reference has.

    Rows of (reference, start, end, reference start), by reference and start; where a reference has a passage twice, its
    first place. The second is of shape (k, n - 7).
    """
    owners = references.owners
    at, which = probe.grams.find(references.joined.grams)
    is_whole = owners[at] == owners[at + GRAM - 1]  # and not of the end of one reference and the beginning of the next
    at, which = at[is_whole], which[is_whole]
    shared = _by_reference(owners[at], which, len(references), probe.grams)
    pairs = np.bincount(owners[at], weights=probe.grams.count[which], minlength=len(references))
    grams = len(probe.text.grams) + np.maximum(references.lengths - GRAM + 1, 0)
    is_repetitive = pairs > 8 * grams + 1024
    if is_repetitive.any():
        joined = ~is_repetitive[owners[at]]
        at, which = at[joined], which[joined]
    spans = [_spans_on_diagonals(probe, references, at, which)]
    for number in np.flatnonzero(is_repetitive).tolist():
        spans.append(_spans_by_automaton(probe.text, references[number], number))
    return _drop_contained(np.concatenate(spans), len(probe.text)), shared


def _by_reference(
    references: NDArray[np.int64], which: NDArray[np.int64], count: int, grams: Grams
) -> NDArray[np.bool_]:
    """Tell for each of `count` references which places of the text hold a gram that it has; shape (count, g)."""
    has = np.zeros((count, len(grams)), dtype=np.bool_)
    has[references, which] = True
    shared: NDArray[np.bool_] = has[:, grams.which]
    return shared


def _spans_on_diagonals(
    probe: Probe, references: Shelf, at: NDArray[np.int64], which: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Join pairs of equal grams into passages: neighbours on a diagonal belong together.

    The grams at `at` of the joined references are those of the text named by `which`. Between the last gram of one
    reference and the first of the next there are seven that are of neither, so that no passage goes over.
    """
    if not len(at):
        return np.empty((0, 4), dtype=np.int64)
    counts = probe.grams.count[which]
    j = np.repeat(at, counts)
    nth = np.arange(len(j)) - np.repeat(counts.cumsum() - counts, counts)
    i = probe.grams.places[np.repeat(probe.grams.first[which], counts) + nth]
    stride = len(probe.text) + 1
    shift = int(j[-1])
    keys = np.sort((i - j + shift) * stride + i)
    heads = np.flatnonzero(np.append(True, keys[1:] != keys[:-1] + 1))
    start = keys[heads] % stride
    joined_start = start - (keys[heads] // stride - shift)
    end = start + np.append(heads[1:], len(keys)) - heads + GRAM - 1
    owners = references.owners[joined_start]
    return np.column_stack((owners, start, end, joined_start - references.bounds[owners]))


def _spans_by_automaton(text: Normalised, reference: Normalised, number: int) -> NDArray[np.int64]:
    lengths, ends = SuffixAutomaton(reference.codes.tolist()).longest_matches(text.codes.tolist())
    length = np.array(lengths, dtype=np.int64)
    ends_here = (length >= GRAM) & (np.append(length[1:], 0) != length + 1)
    end = np.flatnonzero(ends_here) + 1
    length = length[ends_here]
    reference_start = np.array(ends, dtype=np.int64)[ends_here] - length
    return np.column_stack((np.full(len(end), number), end - length, end, reference_start))


def _drop_contained(spans: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    owner, start, end, reference_start = spans.T
    order = np.lexsort((reference_start, -end, start, owner))
    spans = spans[order]
    furthest = np.maximum.accumulate(spans[:, 0] * (length + 1) + spans[:, 2])
    kept: NDArray[np.int64] = spans[np.append(-1, furthest[:-1]) < furthest] if len(spans) else spans
    return kept


def _informative_spans(
    spans: NDArray[np.int64], weights: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the passages that tell something, and what each is worth in full characters; `weights` by reference."""
    total = np.zeros((weights.shape[0], weights.shape[1] + 1), dtype=np.int64)
    weights.cumsum(axis=1, out=total[:, 1:])
    worth = total[spans[:, 0], spans[:, 2]] - total[spans[:, 0], spans[:, 1]]
    kept = worth >= PASSAGE_WORTH * FULL_WEIGHT
    return spans[kept], worth[kept] // FULL_WEIGHT


def _within_spans(spans: NDArray[np.int64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Tell which characters lie in a passage, by reference. No two passages of one begin or end at the same place."""
    depth = np.zeros((shape[0], shape[1] + 1), dtype=np.int32)
    depth[spans[:, 0], spans[:, 1]] += 1
    depth[spans[:, 0], spans[:, 2]] -= 1
    result: NDArray[np.bool_] = depth[:, :-1].cumsum(axis=1, dtype=np.int32) > 0
    return result


def _most_informative(rows: list[list[int]]) -> tuple[Run, ...]:
    """Return the passages worth most, by start. Rows are as `Run`, by start."""
    if len(rows) > MAX_RUNS:
        worthiest = sorted(range(len(rows)), key=lambda number: (-rows[number][4], rows[number][0]))
        rows = [rows[number] for number in sorted(worthiest[:MAX_RUNS])]
    return tuple(map(Run._make, rows))


def _skeleton_overlap(probe: Probe, references: Shelf) -> tuple[list[int], int]:
    """Return how many open characters lie in skeleton 5-grams that each reference has, and how many lie in 5-grams."""
    open_characters = int(probe.is_skeleton_open.sum())
    if not open_characters:
        return [0] * len(references), 0
    is_part = skeleton_marks(references.joined.folded, references.bounds)
    owners = references.owners[is_part]
    at, which = probe.skeleton_grams.find(
        hash_grams(references.joined.folded[is_part], SKELETON_VERIFY_GRAM, SKELETON_SEED)
    )
    is_whole = owners[at] == owners[at + SKELETON_VERIFY_GRAM - 1]
    shared = np.zeros((len(references), len(probe.has_skeleton_gram)), dtype=np.bool_)
    shared[:, probe.has_skeleton_gram] = _by_reference(
        owners[at[is_whole]], which[is_whole], len(references), probe.skeleton_grams
    )
    covered = cover(shared, SKELETON_VERIFY_GRAM, len(probe.is_skeleton_open)) & probe.is_skeleton_open
    return covered.sum(axis=1).tolist(), open_characters


def _subsequence_ratio(probe: Probe, references: _OwnWords, number: int, least: float) -> float | None:
    """Return 2 LCS / (n + m), bit-parallel (Hyyrö 2004, in rapidfuzz), where n m is not too large; None under `least`.

    Of neither is counted what it has from the question: two corrected versions of one text are alike because of it.
    """
    mine, whole = len(probe.own_words), references.length(number)
    if not mine or mine * whole > _SUBSEQUENCE_CELLS or 2 * min(mine, whole) < least * (mine + whole):
        return None
    ratio = Indel.normalized_similarity(probe.own_text, as_text(references[number]), score_cutoff=least)
    return ratio if ratio >= least else None


def _kana_kept(probe: Probe, references: _OwnWords, number: int) -> float | None:
    """Return how much of the reference's kana the text has in order; None where there are too few, or far too many.

    Opening kanji to kana, or writing others for them, adds kana and takes none away.
    """
    mine = _kana(probe.own_words)
    theirs = _kana(references[number])
    if len(theirs) < LEAST_KANA or not LEAST_KANA <= len(mine) <= MOST_KANA * len(theirs):
        return None
    if len(mine) * len(theirs) > _SUBSEQUENCE_CELLS:
        return None
    return LCSseq.similarity(mine, theirs) / len(theirs)


def _kana(codes: NDArray[np.uint32]) -> str:
    return as_text(codes[(codes >= 0x3041) & (codes <= 0x309F)])
