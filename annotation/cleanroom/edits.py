"""What an edit changed in a text, counted: how much was put in and taken out, and the longest piece at once.

For texts of which no writing trace exists, because somebody else than their writer changed them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from rapidfuzz.distance import Indel

QUOTED = 8  # characters of a phrase, as in the gate's mask


class EditFlag(StrEnum):
    """What a second person must give a reason for. Stable codes."""

    LARGE = "edit_large"


@dataclass(frozen=True)
class EditSettings:
    """The thresholds: a share of the edited text from 0 to 1, and a length in characters."""

    inserted_share: float = 0.20
    large_insertion: int = 40


@dataclass(frozen=True)
class EditCount:
    """`inserted`, `deleted` and `largest_insertion` in characters; what was moved or quoted is not counted as inserted."""

    flags: tuple[EditFlag, ...]
    inserted: int
    deleted: int
    inserted_share: float
    largest_insertion: int

    def to_dict(self) -> dict[str, object]:
        """Return the count as values that JSON can hold."""
        return asdict(self)


def edit_count(own: str, edited: str, prompts: Sequence[str], settings: EditSettings | None = None) -> EditCount:
    """Count what was changed between the writer's text and the edited one.

    Moving a sentence, or quoting the prompts, puts nothing new in. Time and memory are quadratic in what was changed, at
    a bit for each pair of characters.
    """
    settings = settings or EditSettings()
    steps = Indel.opcodes(own, edited)
    known = {text[at : at + QUOTED] for text in (own, *prompts) for at in range(len(text) - QUOTED + 1)}
    pieces = [edited[step.dest_start : step.dest_end] for step in steps if step.tag == "insert"]
    new = [stretch for piece in pieces for stretch in _unknown(piece, known)]
    inserted = sum(new)
    largest = max(new, default=0)
    share = inserted / max(1, len(edited))
    is_large = largest > settings.large_insertion or share > settings.inserted_share
    return EditCount(
        flags=(EditFlag.LARGE,) if is_large else (),
        inserted=inserted,
        deleted=sum(step.src_end - step.src_start for step in steps if step.tag == "delete"),
        inserted_share=round(share, 4),
        largest_insertion=largest,
    )


def _unknown(piece: str, known: set[str]) -> Iterator[int]:
    """The lengths of the stretches of a piece that no known phrase covers. A single sign stands in every text."""
    length = until = 0
    for at in range(len(piece)):
        if piece[at : at + QUOTED] in known:
            until = at + QUOTED
        if at >= until:
            length += 1
        elif length:
            yield length
            length = 0
    if length:
        yield length
