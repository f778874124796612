"""The gate's comparison once more, slow and plain: characters, strings and loops, one reference after the other.

What the engine does in a few passes over arrays must come out as it does here.
"""

from collections.abc import Callable, Sequence

import numpy as np
from rapidfuzz.distance import Indel, LCSseq

from annotation.cleanroom.decide import Candidate, Settings, decide
from annotation.cleanroom.hashing import GRAM, GRAM_SEED, LONG_GRAM, LONG_SEED, SURPRISE_SEED, hash_grams
from annotation.cleanroom.mask import Quotable
from annotation.cleanroom.match import LEAST_KANA, MOST_KANA, PASSAGE_WORTH, SURPRISING, SURPRISING_BELOW, Match, Run
from annotation.cleanroom.normalise import Normalised, is_kanji, is_skeleton, normalise
from annotation.cleanroom.probe import Probe
from annotation.cleanroom.stopgrams import StopGrams
from annotation.cleanroom.surprise import NOT_AFTER, ORDER, PARTS, UNKNOWN, Surprise

SKELETON_GRAM = 5


def report(
    text: str, prompts: Sequence[str], candidates: Sequence[Candidate], settings: Settings, stops: StopGrams
) -> dict[str, object]:
    """What is to be in the engine's report: outcome, reasons, scores, passages."""
    readable = normalise(text)
    asked = [normalise(prompt, lenient=True) for prompt in prompts]
    quoted = [prompt.text for prompt in asked]
    matches = []
    for candidate in candidates:
        reference = normalise(candidate.text, lenient=True)
        matches.append((candidate, match(readable, reference, quoted, candidate.is_own, settings, stops)))
    decision = decide(Probe(readable, Quotable(asked), stops, scale=settings.scale), matches, settings)
    told = {reason.candidate_id for reason in decision.reasons}
    passages = [
        (
            readable.offsets[run.start],
            readable.ends[run.end - 1],
            candidate.id,
            reference.offsets[run.reference_start],
            reference.ends[run.reference_end - 1],
            run.informative,
        )
        for candidate, found in matches
        if candidate.id in told or any(reason.code == "union" for reason in decision.reasons)
        for reference in [normalise(candidate.text, lenient=True)]
        for run in found.runs
    ]
    return {
        "outcome": decision.outcome,
        "reasons": decision.reasons,
        "scores": decision.scores,
        "passages": sorted(passages, key=lambda passage: (passage[0], -passage[1], passage[2])),
    }


def match(
    text: Normalised, reference: Normalised, quoted: Sequence[str], is_own: bool, settings: Settings, stops: StopGrams
) -> Match:
    """What `verify` is to find, for texts with few passages."""
    weights = _weights(text, quoted, settings)
    informative = _informative(text.text, reference.text, stops)
    runs = []
    for start, end, reference_start in spans_by_search(text.text, reference.text):
        worth = sum(weights[at] for at in range(start, end) if informative[at])
        if worth >= PASSAGE_WORTH * 100:
            runs.append(Run(start, end, reference_start, reference_start + end - start, worth // 100))
    covered = [
        informative[at] and weights[at] > 0 and any(run.start <= at < run.end for run in runs)
        for at in range(len(text))
    ]
    runs = [_with_surprise(run, text, reference, covered, stops) for run in runs]
    matched = sum(weight for weight, is_covered in zip(weights, covered, strict=True) if is_covered)
    skeleton_matched, skeleton = _skeleton(text, reference, quoted)
    coverage = matched / sum(weights) if sum(weights) else 0.0
    share = skeleton_matched / skeleton if skeleton else 0.0
    length = sum(_weights(text, [], settings)) // 100
    mine, theirs = _unquoted(text.text, quoted), _unquoted(reference.text, quoted)
    return Match(
        longest_run=max((run.end - run.start for run in runs), default=0),
        informative_run=max((run.informative for run in runs), default=0),
        written_run=max((run.written for run in runs), default=0),
        matched=matched // 100,
        coverage=coverage,
        skeleton_matched=skeleton_matched,
        skeleton_coverage=share,
        subsequence=_subsequence(mine, theirs, reference, is_own, length, max(coverage, share), settings),
        kana_kept=_kana_kept(mine, theirs) if is_own else None,
        is_equal=bool(text.text) and text.text == reference.text,
        runs=tuple(runs),
        covered=np.array(covered, dtype=np.bool_),
    )


def _with_surprise(run: Run, text: Normalised, reference: Normalised, covered: Sequence[bool], stops: StopGrams) -> Run:
    """With how long the passage is as it was written, and its bits."""
    written = _written(text, reference, run, covered)
    kinds = [_kind(code) for code in text.folded.tolist()]
    if written < SURPRISING or run.informative >= SURPRISING_BELOW or 2 * kinds.count("letter") >= len(kinds):
        return run._replace(written=written)
    parts = surprise_parts(stops.surprise, text.codes[run.start : run.end].tolist())
    counted = zip(parts, covered[run.start : run.end], strict=True)
    return run._replace(written=written, bits=sum(part for part, counts in counted if counts) // PARTS)


def surprise_parts(surprise: Surprise, codes: Sequence[int]) -> list[int]:
    """What each character of a passage is worth: by the longest known gram that ends with it, after what stands before."""
    if not len(surprise.grams):
        return [0] * len(codes)
    counts = dict(zip(surprise.grams.tolist(), surprise.counts.tolist(), strict=True))

    def common(gram: Sequence[int]) -> int | None:
        if not gram:
            return surprise.total
        (hashed,) = hash_grams(np.array(gram, dtype=np.uint32), len(gram), SURPRISE_SEED).tolist()
        return counts.get(hashed % (1 << 32))

    parts = []
    for at in range(len(codes)):
        more, value = 0, UNKNOWN
        for order in range(min(ORDER, at + 1), 0, -1):
            gram = codes[at + 1 - order : at + 1]
            here, before = common(gram), common(gram[:-1])
            if here is not None:
                value = max(0, (-1 if before is None else before) - here) + more
                break
            more += 0 if before is None else NOT_AFTER
        parts.append(min(value, UNKNOWN))
    return parts


def _written(text: Normalised, reference: Normalised, run: Run, covered: Sequence[bool]) -> int:
    """How many original characters of both a passage has, at most three for one of the letters that count."""
    if run.end - run.start < 16:
        return 0
    total = 0
    for mine in range(run.start, run.end):
        theirs = run.reference_start + mine - run.start
        if covered[mine]:
            total += (
                1
                if mine + 1 == run.end
                else min(
                    3,
                    text.offsets[mine + 1] - text.offsets[mine],
                    reference.offsets[theirs + 1] - reference.offsets[theirs],
                )
            )
    return int(total)


def _informative(text: str, reference: str, stops: StopGrams) -> list[bool]:
    """Which characters stand in a shared gram of 8 or 16 that is no stop-gram and has not come before in the text."""
    informative = [False] * len(text)
    is_stop = _stop(stops)
    before: set[str] = set()
    is_new = []
    for start, gram in _grams(text, GRAM):
        is_new.append(gram not in before)
        before.add(gram)
        if gram in reference and is_new[-1] and not is_stop(gram):
            informative[start : start + GRAM] = [True] * GRAM
    for start, gram in _grams(text, LONG_GRAM):
        within = range(start, start + LONG_GRAM - GRAM + 1)
        if all(is_new[at] and text[at : at + GRAM] in reference for at in within) and not is_stop(gram):
            informative[start : start + LONG_GRAM] = [True] * LONG_GRAM
    return informative


def _subsequence(
    mine: str, theirs: str, reference: Normalised, is_own: bool, length: int, shared: float, settings: Settings
) -> float | None:
    if not is_own and (length < settings.short_length or shared < 0.05):
        return None
    least = 0.0 if is_own else settings.review_subsequence
    if not mine or 2 * min(len(mine), len(reference)) < least * (len(mine) + len(reference)):
        return None
    ratio = Indel.normalized_similarity(mine, theirs)
    return ratio if ratio >= least else None


def _kana_kept(mine: str, theirs: str) -> float | None:
    mine, theirs = ("".join(c for c in text if "\u3041" <= c <= "\u309f") for text in (mine, theirs))
    if len(theirs) < LEAST_KANA or not LEAST_KANA <= len(mine) <= MOST_KANA * len(theirs):
        return None
    return LCSseq.similarity(mine, theirs) / len(theirs)


def _unquoted(text: str, quoted: Sequence[str]) -> str:
    mask = _mask(text, quoted)
    return "".join(character for character, masked in zip(text, mask, strict=True) if not masked)


def spans_by_search(text: str, reference: str) -> list[tuple[int, int, int]]:
    """Every shared passage of eight or more that no other contains: start, end, first start in the reference."""
    found: list[tuple[int, int, int]] = []
    for start in range(len(text)):
        length = next((n for n in range(len(text) - start, GRAM - 1, -1) if text[start : start + n] in reference), 0)
        if length and not any(start + length <= end for _, end, _ in found):
            found.append((start, start + length, reference.index(text[start : start + length])))
    return found


def _grams(text: str, size: int) -> list[tuple[int, str]]:
    return [(start, text[start : start + size]) for start in range(len(text) - size + 1)]


def _mask(text: str, quoted: Sequence[str]) -> list[bool]:
    mask = [False] * len(text)
    for start, gram in _grams(text, GRAM):
        if any(gram in prompt for prompt in quoted):
            mask[start : start + GRAM] = [True] * GRAM
    return mask


def _weights(text: Normalised, quoted: Sequence[str], settings: Settings) -> list[int]:
    kinds = [_kind(code) for code in text.folded.tolist()]
    letter = settings.letter_weight if 2 * kinds.count("letter") >= len(kinds) else settings.letter_within_weight
    later = {
        "letter": (3, letter),
        "katakana": (3, settings.katakana_weight),
        "hiragana": (5, settings.hiragana_weight),
    }
    weights = []
    before, in_a_row = "", 0
    for kind in kinds:
        in_a_row = in_a_row + 1 if kind == before else 1
        before = kind
        full, weight = later.get(kind, (0, 100))
        weights.append(100 if in_a_row <= full else weight)
    mask = _mask(text.text, quoted)
    return [0 if is_masked else weight for weight, is_masked in zip(weights, mask, strict=True)]


def _kind(code: int) -> str:
    if code < 0x1100:
        return "letter"
    if 0x3041 <= code <= 0x309F:
        return "hiragana"
    one = np.array([code], dtype=np.uint32)
    return "katakana" if is_skeleton(one)[0] and not is_kanji(one)[0] else "other"


def _stop(stops: StopGrams) -> Callable[[str], bool]:
    """Whether a gram of 8 or 16 is a stop-gram."""

    def is_stop(gram: str) -> bool:
        seed = GRAM_SEED if len(gram) == GRAM else LONG_SEED
        return bool(stops.contains(hash_grams(normalise(gram).codes, len(gram), seed))[0])

    return is_stop


def _skeleton(text: Normalised, reference: Normalised, quoted: Sequence[str]) -> tuple[int, int]:
    """How many open characters lie in 5-grams of the skeleton that the reference has too, and how many in any."""
    is_open = [not masked for masked in _mask(text.text, quoted)]
    places = _marks(text)
    own = "".join(chr(text.folded[at]) for at in places)
    theirs = "".join(chr(reference.folded[at]) for at in _marks(reference))
    in_any, in_shared = set(), set()
    for start, gram in _grams(own, SKELETON_GRAM):
        if not any(is_kanji(np.array([ord(character)]))[0] for character in gram):
            continue
        of_gram = {at for at in range(start, start + SKELETON_GRAM) if is_open[places[at]]}
        in_any |= of_gram
        if gram in theirs:
            in_shared |= of_gram
    return len(in_shared), len(in_any)


def _marks(text: Normalised) -> list[int]:
    """The places of kanji, and of the first two of every stretch of katakana."""
    places, in_a_row = [], 0
    for at, code in enumerate(text.folded):
        in_a_row = in_a_row + 1 if _kind(int(code)) == "katakana" else 0
        if is_skeleton(np.array([code]))[0] and in_a_row <= 2:
            places.append(at)
    return places
