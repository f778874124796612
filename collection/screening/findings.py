"""What a check finds, and how a text is folded so that offsets still point into the original."""

import unicodedata
from dataclasses import dataclass
from typing import Literal

Severity = Literal["note", "hold", "reject"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`start` and `end` count characters of the text as it was given; 0 and 0 mean the text as a whole."""

    check_id: str
    severity: Severity
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in NFKC with every kind of hyphen as "-"; `origins[i]` is where its character i came from."""

    text: str
    origins: tuple[int, ...]
    length: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that became `text[start:end]`."""
        last = self.origins[end - 1] if end > start else self.origins[start]
        return self.origins[start], min(last + 1, self.length)


# Japanese input methods offer all of these where a hyphen is meant; the long vowel mark is the commonest.
_HYPHENS = str.maketrans(dict.fromkeys("‐‑‒–—―−ー⁃﹘﹣", "-"))


def text_fold(text: str) -> Folded:
    """Fold each character by itself, so that the offsets stay known."""
    if text.isascii():
        return Folded(text, tuple(range(len(text))), len(text))
    parts: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        folded = character if character.isascii() else unicodedata.normalize("NFKC", character)
        parts.append(folded)
        origins.extend([index] * len(folded))
    return Folded("".join(parts).translate(_HYPHENS), tuple(origins), len(text))
