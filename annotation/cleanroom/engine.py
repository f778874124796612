"""The door of the clean room: fingerprints for the index, and the report on one text.

    engine = Engine()
    found = index.candidates(engine.fingerprint(text), limit=engine.settings.candidates)
    report = engine.compare(text, [instruction, input], references_with(found))

The own reference belongs among the candidates whether or not the index found it: the rules for short
texts and for subsequences are about it. Nothing here is ever told who wrote a text.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from annotation.cleanroom.decide import Candidate, Code, Decision, Outcome, Reason, Settings, decide
from annotation.cleanroom.fingerprints import Fingerprints, fingerprint
from annotation.cleanroom.mask import quoted_mask
from annotation.cleanroom.match import Match, Probe, verify
from annotation.cleanroom.normalise import Normalised, normalise
from annotation.cleanroom.stopgrams import StopGrams
from annotation.cleanroom.unicode_table import PINNED_UNICODE

# Raised whenever any answer could change for equal settings and stop-grams: a report by another version proves nothing.
ENGINE_VERSION = f"1+unicode{PINNED_UNICODE}"

MAX_PASSAGES = 200  # told in one report, those worth most

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

    def compare(self, text: str, prompts: Sequence[str], candidates: Iterable[Candidate]) -> Report:
        """Compare a text with candidate references and decide.

        `prompts` are the instruction and input, which may be quoted. Raises UnreadableText for a text that the gate
        cannot judge: it must wait, never pass.
        """
        readable = normalise(text)
        mask = quoted_mask(readable, [normalise(prompt, lenient=True) for prompt in prompts])
        probe = Probe(readable, mask, self.stops, light_weight=self.settings.light_weight)
        matches: list[tuple[Candidate, Match]] = []
        references: dict[int, Normalised] = {}
        for candidate in candidates:
            references[candidate.id] = normalise(candidate.text, lenient=True)
            with_subsequence = candidate.is_own and probe.length >= self.settings.review_subsequence_length
            match = verify(probe, references[candidate.id], with_subsequence=with_subsequence)
            matches.append((candidate, match))
        decision = decide(probe, matches, self.settings)
        return Report(
            engine_version=ENGINE_VERSION,
            settings_version=self.settings.version,
            stops_version=self.stops.version,
            text_sha256=hashlib.sha256(text.encode()).hexdigest(),
            characters=len(readable),
            outcome=decision.outcome,
            reasons=decision.reasons,
            scores=decision.scores,
            passages=_passages(readable, decision, matches, references),
            candidate_ids=tuple(candidate.id for candidate, _ in matches),
        )


def _passages(
    text: Normalised,
    decision: Decision,
    matches: Sequence[tuple[Candidate, Match]],
    references: dict[int, Normalised],
) -> tuple[Passage, ...]:
    """Return the passages behind the decision's reasons, by their place in the text; none where it passed."""
    told = {reason.candidate_id for reason in decision.reasons}
    is_patchwork = any(reason.code is Code.UNION for reason in decision.reasons)
    passages = []
    for candidate, match in matches:
        if candidate.id not in told and not is_patchwork:
            continue
        for run in match.runs:
            start, end = text.original_span(run.start, run.end)
            reference_start, reference_end = references[candidate.id].original_span(
                run.reference_start, run.reference_end
            )
            passages.append(Passage(start, end, candidate.id, reference_start, reference_end, run.informative))
    worthiest = sorted(passages, key=lambda passage: (-passage.characters, passage.start, passage.candidate_id))
    return tuple(
        sorted(
            worthiest[:MAX_PASSAGES],
            key=lambda passage: (passage.start, -passage.end, passage.candidate_id),
        )
    )
