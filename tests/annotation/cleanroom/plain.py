"""The gate's comparison once more, slow and plain: characters, strings and loops, one reference after the other.

What the engine does in a few passes over arrays must come out as it does here.
"""

from collections.abc import Callable, Sequence

import numpy as np
from rapidfuzz.distance import Indel

from annotation.cleanroom.decide import Candidate, Settings, decide
from annotation.cleanroom.hashing import GRAM
from annotation.cleanroom.match import PASSAGE_WORTH, Match, Probe, Run
from annotation.cleanroom.normalise import Normalised, is_kanji, is_skeleton, normalise
from annotation.cleanroom.stopgrams import StopGrams

SKELETON_GRAM = 5


def report(
    text: str, prompts: Sequence[str], candidates: Sequence[Candidate], settings: Settings, stops: StopGrams
) -> dict[str, object]:
    """What is to be in the engine's report: outcome, reasons, scores, passages."""
    readable = normalise(text)
    quoted = [normalise(prompt, lenient=True).text for prompt in prompts]
    matches = []
    for candidate in candidates:
        reference = normalise(candidate.text, lenient=True)
        matches.append((candidate, match(readable, reference, quoted, candidate.is_own, settings, stops)))
    mask = np.array(_mask(readable.text, quoted), dtype=np.bool_)
    decision = decide(Probe(readable, mask, stops, light_weight=settings.light_weight), matches, settings)
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
    weights = _weights(text.text, quoted, settings.light_weight)
    stop = _stop(stops)
    informative = [False] * len(text)
    for start, gram in _grams(text.text, GRAM):
        if gram in reference.text and not stop(gram):
            informative[start : start + GRAM] = [True] * GRAM
    runs = []
    for start, end, reference_start in spans_by_search(text.text, reference.text):
        worth = sum(weights[at] for at in range(start, end) if informative[at])
        if worth >= PASSAGE_WORTH * 100:
            runs.append(Run(start, end, reference_start, reference_start + end - start, worth // 100))
    covered = [
        informative[at] and weights[at] > 0 and any(run.start <= at < run.end for run in runs)
        for at in range(len(text))
    ]
    matched = sum(weight for weight, is_covered in zip(weights, covered, strict=True) if is_covered)
    skeleton_matched, skeleton = _skeleton(text, reference, quoted)
    length = sum(_weights(text.text, [], settings.light_weight)) // 100
    return Match(
        longest_run=max((run.end - run.start for run in runs), default=0),
        informative_run=max((run.informative for run in runs), default=0),
        matched=matched // 100,
        coverage=matched / sum(weights) if sum(weights) else 0.0,
        skeleton_matched=skeleton_matched,
        skeleton_coverage=skeleton_matched / skeleton if skeleton else 0.0,
        subsequence=Indel.normalized_similarity(text.text, reference.text)
        if is_own and length >= settings.review_subsequence_length
        else None,
        is_equal=bool(text.text) and text.text == reference.text,
        runs=tuple(runs),
        covered=np.array(covered, dtype=np.bool_),
    )


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


def _weights(text: str, quoted: Sequence[str], light_weight: int) -> list[int]:
    weights, in_a_row = [], 0
    for character in text:
        in_a_row = in_a_row + 1 if ord(character) < 0x1100 else 0
        weights.append(light_weight if in_a_row > 8 else 100)
    mask = _mask(text, quoted)
    return [0 if is_masked else weight for weight, is_masked in zip(weights, mask, strict=True)]


def _stop(stops: StopGrams) -> Callable[[str], bool]:
    return lambda gram: bool(stops.contains(normalise(gram).grams)[0])


def _skeleton(text: Normalised, reference: Normalised, quoted: Sequence[str]) -> tuple[int, int]:
    """How many open characters lie in 5-grams of the skeleton that the reference has too, and how many in any."""
    is_open = [not masked for masked in _mask(text.text, quoted)]
    places = np.flatnonzero(is_skeleton(text.folded)).tolist()
    own = "".join(chr(text.folded[at]) for at in places)
    theirs = "".join(chr(code) for code in reference.folded[is_skeleton(reference.folded)])
    in_any, in_shared = set(), set()
    for start, gram in _grams(own, SKELETON_GRAM):
        if not any(is_kanji(np.array([ord(character)]))[0] for character in gram):
            continue
        of_gram = {at for at in range(start, start + SKELETON_GRAM) if is_open[places[at]]}
        in_any |= of_gram
        if gram in theirs:
            in_shared |= of_gram
    return len(in_shared), len(in_any)
