"""What a check finds, and how a text is folded so that offsets still point into the original."""

import re
import unicodedata
from collections.abc import Iterator
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
    """A text in NFKC without invisible characters; character i comes from `origins[i]` up to `ends[i]`."""

    text: str
    origins: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that became `text[start:end]`."""
        last = self.ends[end - 1] if end > start else self.ends[start]
        return self.origins[start], last


# Japanese input methods offer all of these where a hyphen is meant; the long vowel mark is the commonest. It is one only
# beside a digit: in マイナンバー it is a vowel.
_HYPHENS = str.maketrans(dict.fromkeys("‐‑‒–—―−⁃﹘﹣", "-"))
_LONG_VOWEL_HYPHEN = re.compile(r"(?<=[0-9)])ー(?=[0-9(])")
# Half-width kana carry their mark as a character of its own, and a combining one may follow any letter.
_HALF_WIDTH_MARKS = "ﾞﾟ"
# Nearly all of a Japanese text: each of these is its own fold.
_PLAIN = re.compile(r"[\n -~ぁ-ゖァ-ヺー一-鿿々、。「」『』・]+")


def text_fold(text: str) -> Folded:
    """Fold each letter with the marks that belong to it, so that the offsets stay known."""
    if text.isascii():
        return Folded(text, tuple(range(len(text))), tuple(range(1, len(text) + 1)))
    parts: list[str] = []
    origins: list[int] = []
    ends: list[int] = []
    for start, end in _pieces(text):
        piece = text[start:end]
        if _PLAIN.fullmatch(piece):
            parts.append(piece)
            origins.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
            continue
        folded = unicodedata.normalize("NFKC", piece)
        parts.append(folded)
        origins.extend([start] * len(folded))
        ends.extend([end] * len(folded))
    joined = _LONG_VOWEL_HYPHEN.sub("-", "".join(parts).translate(_HYPHENS))
    return Folded(joined, tuple(origins), tuple(ends))


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Runs of plain letters, and each other letter with its marks, as ranges.

    Characters that are never seen (zero-width spaces and joiners) belong to none.
    """
    start = 0
    while start < len(text):
        run = _PLAIN.match(text, start)
        end = run.end() if run else start
        if end < len(text):
            end -= 1  # a mark may follow the last letter of the run
        if end <= start:
            end = start + 1
            while end < len(text) and (text[end] in _HALF_WIDTH_MARKS or unicodedata.combining(text[end])):
                end += 1
        if unicodedata.category(text[start]) != "Cf":
            yield start, end
        start = end
