"""What a check says of a text, and what it may know of the task."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from re import Pattern

MOST_OF_A_KIND = 20  # a text with more of the same fault is told of these


@dataclass(frozen=True, slots=True)
class Remark:
    """`start` and `end` count code points of the text; 0 and 0 mean the text as a whole."""

    check_id: str
    start: int = 0
    end: int = 0
    numbers: dict[str, int | str] = field(default_factory=dict)

    def key(self, text: str) -> str:
        """What a dismissal holds on to: the check and its passage's words, wherever they have moved since."""
        passage = hashlib.sha256(text[self.start : self.end].encode()).hexdigest()[:16]
        return f"{self.check_id}:{passage}"


@dataclass(frozen=True, slots=True)
class Term:
    """A word that the order does not want, and what to write in its place."""

    unwanted: str
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the text is written for: what was asked, in which language, and how long it may be, in code points."""

    instruction: str = ""
    input: str = ""
    language: str = "ja"
    least: int = 1
    most: int = 200_000
    terms: tuple[Term, ...] = ()
    pasted: tuple[str, ...] = ()  # what came from elsewhere, and whose source nobody named

    @property
    def prompt(self) -> str:
        return f"{self.instruction}\n{self.input}"


def remarks_of(check_id: str, prose: str, pattern: Pattern[str], group: str | int = 0) -> Iterator[Remark]:
    """Yield a remark for each place where `pattern` holds."""
    for match in pattern.finditer(prose):
        yield Remark(check_id, *match.span(group))


def first_of_each_kind(remarks: Iterable[Remark]) -> list[Remark]:
    """Keep the first `MOST_OF_A_KIND` remarks of each check, in the order of the text."""
    kept: list[Remark] = []
    counts: dict[str, int] = {}
    for remark in sorted(remarks, key=lambda remark: (remark.start, remark.end, remark.check_id)):
        counts[remark.check_id] = counts.get(remark.check_id, 0) + 1
        if counts[remark.check_id] <= MOST_OF_A_KIND:
            kept.append(remark)
    return kept
