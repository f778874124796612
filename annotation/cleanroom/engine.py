"""The door of the clean room: fingerprints for the index, and the report on one text.

    engine = Engine()
    probe = engine.read(text, [instruction, input])
    found = index.candidates(engine.fingerprint_of(probe), limit=engine.settings.candidates)
    report = engine.judge(probe, references_with(found))

The own reference belongs among the candidates whether or not the index found it: the rules for short
texts and for subsequences are about it. Nothing here is ever told who wrote a text.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from annotation.cleanroom.decide import Candidate, Code, Decision, Outcome, Reason, Settings, decide
from annotation.cleanroom.fingerprints import Fingerprints, Labelled, fingerprint, fingerprint_all, without_repeats
from annotation.cleanroom.mask import Quotable
from annotation.cleanroom.match import Match, verify
from annotation.cleanroom.normalise import Normalised, Shelf, normalise, normalise_all
from annotation.cleanroom.probe import Probe
from annotation.cleanroom.stopgrams import StopGrams
from annotation.cleanroom.unicode_table import PINNED_UNICODE

# Raised whenever any answer could change for equal settings and stop-grams: a report by another version proves nothing.
ENGINE_VERSION = f"6+unicode{PINNED_UNICODE}"

MAX_PASSAGES = 200  # told in one report, those worth most
CELLS_AT_ONCE = 1_000_000  # characters of references, and of the text once for each: some thirty bytes each

__all__ = ["ENGINE_VERSION", "Candidate", "Engine", "Passage", "Report", "Settings", "StopGrams"]


@dataclass(frozen=True)
class Passage:
    """A passage of the text that also stands in a reference: half-open ranges of code points in both originals.

    `characters` is how much of it tells something, in full characters. For a JavaScript string, count code points.
    """

    start: int
    end: int
    candidate_id: int
    reference_start: int
    reference_end: int
    characters: int


@dataclass(frozen=True)
class Report:
    """What the gate found, complete enough to be stored and checked again."""

    engine_version: str
    settings_version: str
    stops_version: str
    text_sha256: str
    characters: int
    outcome: Outcome
    reasons: tuple[Reason, ...]
    scores: dict[str, int | float]
    passages: tuple[Passage, ...]
    candidate_ids: tuple[int, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the report as values that JSON can hold."""
        return asdict(self)


class Engine:
    """Compares texts under one set of thresholds and one stop-gram list. Immutable; threads may share it."""

    def __init__(self, settings: Settings | None = None, stops: StopGrams | None = None) -> None:
        self.settings = settings or Settings()
        self.stops = stops or StopGrams.commonplaces()

    def fingerprint(self, text: str) -> Fingerprints:
        """Return what an index stores of a reference, or is asked for a text: without stop-grams.

        Takes any text: code points that the gate would refuse are passed over.
        """
        return self.stops.without_stops(fingerprint(normalise(text, lenient=True)))

    def fingerprint_all(self, texts: Sequence[str]) -> Labelled:
        """Fingerprint many texts at once; returns the hashes, and by number which text each is of.

        Sorted by text, then by hash, each once: to every text what `fingerprint` gives it.
        """
        grams, skeleton = fingerprint_all(normalise_all(texts))
        kept = ~self.stops.contains(grams[0])
        hashes = np.concatenate((grams[0][kept], skeleton[0]))
        owners = np.concatenate((grams[1][kept], skeleton[1]))
        order = np.lexsort((hashes, owners))
        return without_repeats(hashes[order], owners[order])

    def read(self, text: str, prompts: Sequence[str]) -> Probe:
        """Make a text ready to be looked up and judged. `prompts` are the instruction and input, which may be quoted.

        Raises UnreadableText for a text that the gate cannot judge: it must wait, never pass.
        """
        readable = normalise(text)
        quotable = Quotable([normalise(prompt, lenient=True) for prompt in prompts])
        digest = hashlib.sha256(text.encode()).hexdigest()
        return Probe(readable, quotable, self.stops, scale=self.settings.scale, sha256=digest)

    def fingerprint_of(self, probe: Probe) -> Fingerprints:
        """Return what an index is asked for a text that was read: what `fingerprint` returns of it."""
        return self.stops.without_stops(fingerprint(probe.text))

    def compare(self, text: str, prompts: Sequence[str], candidates: Iterable[Candidate]) -> Report:
        """Read a text and judge it."""
        return self.judge(self.read(text, prompts), candidates)

    def judge(self, probe: Probe, candidates: Iterable[Candidate]) -> Report:
        """Compare a text with candidate references and decide."""
        settings = self.settings
        align_from = settings.review_subsequence if probe.length >= settings.short_length else None
        matches: list[tuple[Candidate, Match]] = []
        references: dict[int, tuple[Shelf, int]] = {}
        for group in _groups(candidates, len(probe.text)):
            shelf = normalise_all([candidate.text for candidate in group])
            own = [number for number, candidate in enumerate(group) if candidate.is_own]
            matches += zip(group, verify(probe, shelf, own=own, align_from=align_from), strict=True)
            references |= {candidate.id: (shelf, number) for number, candidate in enumerate(group)}
        decision = decide(probe, matches, self.settings)
        return Report(
            engine_version=ENGINE_VERSION,
            settings_version=self.settings.version,
            stops_version=self.stops.version,
            text_sha256=probe.sha256,
            characters=len(probe.text),
            outcome=decision.outcome,
            reasons=decision.reasons,
            scores=decision.scores,
            passages=_passages(probe.text, decision, matches, references),
            candidate_ids=tuple(candidate.id for candidate, _ in matches),
        )


def _groups(candidates: Iterable[Candidate], length: int) -> Iterator[list[Candidate]]:
    """Yield the candidates in groups that are compared at once with a text of `length`: nearly always all together."""
    group: list[Candidate] = []
    cells = 0
    for candidate in candidates:
        needed = length + len(candidate.text)
        if group and cells + needed > CELLS_AT_ONCE:
            yield group
            group, cells = [], 0
        group.append(candidate)
        cells += needed
    if group:
        yield group


def _passages(
    text: Normalised,
    decision: Decision,
    matches: Sequence[tuple[Candidate, Match]],
    references: dict[int, tuple[Shelf, int]],
) -> tuple[Passage, ...]:
    """Return the passages behind the decision's reasons, by their place in the text; none where it passed."""
    told = {reason.candidate_id for reason in decision.reasons}
    is_patchwork = any(reason.code is Code.UNION for reason in decision.reasons)
    passages = []
    for candidate, match in matches:
        if candidate.id not in told and not is_patchwork:
            continue
        shelf, number = references[candidate.id]
        reference = shelf[number]
        for run in match.runs:
            start, end = text.original_span(run.start, run.end)
            reference_start, reference_end = reference.original_span(run.reference_start, run.reference_end)
            passages.append(Passage(start, end, candidate.id, reference_start, reference_end, run.informative))
    worthiest = sorted(passages, key=lambda passage: (-passage.characters, passage.start, passage.candidate_id))
    return tuple(
        sorted(
            worthiest[:MAX_PASSAGES],
            key=lambda passage: (passage.start, -passage.end, passage.candidate_id),
        )
    )
