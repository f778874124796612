"""Labelled pairs, and what settings make of them: how much is caught, and who is falsely accused."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import sqrt
from typing import Any

from annotation.cleanroom.decide import Candidate, Outcome, Settings
from annotation.cleanroom.engine import Engine
from annotation.cleanroom.stopgrams import StopGrams

INDEPENDENT = "independent"
# What is tried around the settings in force: each alone, that much lower and higher.
AROUND: dict[str, float] = {
    "block_run": 2,
    "block_run_uncounted": 2,
    "review_run": 2,
    "block_written": 4,
    "review_written": 4,
    "block_surprising": 1,
    "surprising_written": 2,
    "block_bits": 10,
    "bits_written": 2,
    "block_coverage": 0.05,
    "review_coverage": 0.05,
    "block_skeleton": 0.05,
    "review_skeleton": 0.05,
    "block_subsequence": 0.05,
    "block_short_subsequence": 0.05,
    "review_subsequence": 0.05,
    "review_union": 0.05,
}


class BadPair(ValueError):
    """A line that is no labelled pair; says which."""


@dataclass(frozen=True)
class Pair:
    """A text, a reference, and how the one came to be: `independent`, or any name for a kind of copy."""

    kind: str
    text: str
    reference: str
    instruction: str = ""
    input: str = ""
    is_own: bool = True


@dataclass(frozen=True)
class Tally:
    """What became of the texts of one kind."""

    blocked: int
    reviewed: int
    total: int

    def share(self, *, blocked_only: bool) -> tuple[float, float, float]:
        """Return a share and its 95% interval (Wilson, 1927)."""
        return wilson(self.blocked if blocked_only else self.blocked + self.reviewed, self.total)


@dataclass(frozen=True)
class Trial:
    """One set of thresholds: what was changed of those in force, and what it made of each kind."""

    changed: dict[str, float]
    kinds: dict[str, Tally]


def read_pairs(lines: Iterable[str]) -> list[Pair]:
    """Read JSON Lines of the fields of `Pair`. Raises BadPair."""
    pairs = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            pairs.append(Pair(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise BadPair(f"line {number}: {error}") from error
        if not all(isinstance(value, str) for value in (pairs[-1].kind, pairs[-1].text, pairs[-1].reference)):
            raise BadPair(f"line {number}: kind, text and reference must be text")
    return pairs


def calibrate(pairs: Sequence[Pair], settings: Settings, stops: StopGrams | None = None) -> Iterator[Trial]:
    """Yield what the settings in force make of the pairs, and then each that is tried around them."""
    for changed in ({}, *_around(settings)):
        engine = Engine(replace(settings, **changed), stops)
        yield Trial(changed, tally(engine, pairs))


def tally(engine: Engine, pairs: Iterable[Pair]) -> dict[str, Tally]:
    """Return the outcomes by kind, in the order in which the kinds come."""
    counts: dict[str, dict[Outcome, int]] = {}
    for pair in pairs:
        candidate = Candidate(id=1, text=pair.reference, is_own=pair.is_own)
        outcome = engine.compare(pair.text, [pair.instruction, pair.input], [candidate]).outcome
        of_kind = counts.setdefault(pair.kind, dict.fromkeys(Outcome, 0))
        of_kind[outcome] += 1
    return {
        kind: Tally(of_kind[Outcome.BLOCK], of_kind[Outcome.REVIEW], sum(of_kind.values()))
        for kind, of_kind in counts.items()
    }


def wilson(hits: int, total: int) -> tuple[float, float, float]:
    """Return hits / total and the bounds of its 95% score interval; of nothing, nothing is known."""
    if not total:
        return 0.0, 0.0, 1.0
    z = 1.959964
    share = hits / total
    centre = share + z * z / (2 * total)
    spread = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return share, max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def _around(settings: Settings) -> Iterator[dict[str, Any]]:
    """Yield the changes that make settings which do not contradict themselves."""
    values: Mapping[str, Any] = asdict(settings)
    for name, step in AROUND.items():
        for sign in (-1, 1):
            changed = {name: round(values[name] + sign * step, 4)}
            try:
                replace(settings, **changed)
            except ValueError:
                continue
            yield changed
