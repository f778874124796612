"""Finding pieces of references in a text by their hashes alone. The verifier of each release carries this.

A tile is the hash of a piece of a reference, as texts are compared: letters and digits, in one spelling. A piece has sixteen
characters, and more where they tell less. It follows an anchor, a character that decides with the few before it that a piece may
begin there, so that whoever scans need not try every place.
"""

import re
import sys
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

TILE = 16
TILE_OF_LATIN = (
    26  # of a to z and digits alone: sixteen are three words, which a third of all English texts share with others
)
TELLS_LITTLE = (
    "0-9a-zぁ-ゖゝゞー"  # of these alone, and not of the former alone, is no piece: names of programs, and endings
)
ANCHOR_IS_ONE_IN = 8  # characters, by their code points
LONG_WITHOUT = 6  # characters without an anchor; then one in four is one, so that no passage of 60 is without a tile
HIRAGANA = {code: code - 0x60 for code in (*range(0x30A1, 0x30F7), 0x30FD, 0x30FE)}
HIRAGANA.update({0x30F7: ord("わ"), 0x30F8: ord("ゐ"), 0x30F9: ord("ゑ"), 0x30FA: ord("を")})
KATAKANA = re.compile("[ァ-ヺヽヾ]+")
# What may belong to the character before it: a text with such marks keeps its punctuation until they are composed.
MARKS = re.compile("[\u0300-\u036f\u0483-\u109f\u1160-\u11ff\u135d-\u135f\u1712-\u1dff\u20d0-\u20ff\u2cef-\u2dff\u302a-\u302f\u3099\u309a\u3131-\u318e"
                   "\ua66f-\uabff\ud7b0-\ud7ff\ufb1e\ufe20-\ufe2f\uff9e-\uffdc\U000101fd-\U0001f1ff]")  # fmt: skip
# Signs that are nothing but punctuation in every spelling.
SIGNS = "\\s!-/:-@\\[-`{-~、。「」『』（）・！？：；…―〜～【】–‘’“”"
PUNCTUATION = re.compile(f"[{SIGNS}]+")
LETTERS = re.compile(f"[^{SIGNS}]+")
# Of a text of these alone, as nearly all are, only case and kana have another spelling.
ORDINARY = re.compile(f"[{SIGNS}0-9A-Za-zぁ-ゖァ-ヺー-ヾ々一-龥]*")
OTHER_THAN_LETTERS = re.compile(r"[\W_]+")


SMALL_SIGNS = [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10)]


@lru_cache(maxsize=1)
def invisible() -> "re.Pattern[str]":
    """Controls, formats, and other signs that nobody sees: they vanish before anything is composed."""
    hidden = [code for code in range(0x30000) if unicodedata.category(chr(code)) in ("Cc", "Cf")]
    return re.compile(f"[{_class({*hidden, *SMALL_SIGNS})}\U000e0001-\U000e01ef]+")


@lru_cache(maxsize=1)
def anchored() -> "re.Pattern[str]":
    """The piece after each anchor, pieces overlapping."""
    letters = [code for code in range(0x30, 0x10000, ANCHOR_IS_ONE_IN // 2) if chr(code).isalnum()]
    first = _class(code for code in letters if code % ANCHOR_IS_ONE_IN == 0)
    is_one = f"(?<=[{first}])|(?<=[^{first}]{{{LONG_WITHOUT + 1}}})"
    piece = f"[0-9a-z]{{{TILE_OF_LATIN}}}|(?![{TELLS_LITTLE}]{{{TILE}}}).{{{TILE}}}"
    return re.compile(f"[{_class(letters)}](?:{is_one})(?=({piece}))")


def _class(codes: "Iterable[int]") -> str:
    return "".join(f"\\U{code:08x}" for code in sorted(codes))


def folded(text: str) -> str:
    """The letters and digits of a text in one spelling: widths, case and kana alike, as the gate compares them."""
    if ORDINARY.fullmatch(text):
        read = "".join(LETTERS.findall(text)).lower()
    else:
        text = invisible().sub("", text)
        if not MARKS.search(text):
            text = PUNCTUATION.sub("", text)
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        read = OTHER_THAN_LETTERS.sub("", text)
    return KATAKANA.sub(lambda run: run[0].translate(HIRAGANA), read)


def tile(piece: str) -> int:
    """The hash of a piece: the first eight bytes of its SHA-256, the lowest first."""
    return int.from_bytes(sha256(piece.encode()).digest()[:8], "little")


class Tiles:
    """The tiles of a file: 64-bit numbers, the lowest byte first, each above the one before. Raises ValueError for others."""

    def __init__(self, content: bytes) -> None:
        self.hashes = array("Q")
        self.hashes.frombytes(content)  # ValueError, when there is half a number
        if sys.byteorder == "big":
            self.hashes.byteswap()
        self._mask = (1 << max(16, (8 * len(self.hashes)).bit_length())) - 1
        self._seen = bytearray(self._mask + 1)  # which last digits there are: nearly all pieces are told by them
        before = -1
        for value in self.hashes:
            if value <= before:
                raise ValueError("the tiles are not in order, or one is there twice")
            self._seen[value & self._mask] = 1
            before = value

    def count(self, output: str, asked: str = "") -> int:
        """How many pieces of an output are among the tiles; those that stand in what was asked do not count."""
        pieces = anchored().findall(folded(output))
        values = array("Q", b"".join([sha256(piece.encode()).digest() for piece in pieces]))[::4]  # see `tile`
        if sys.byteorder == "big":
            values.byteswap()
        seen, mask = self._seen, self._mask
        likely = [place for place, value in enumerate(values) if seen[value & mask]]
        return sum(self._holds(values[place]) and pieces[place] not in folded(asked) for place in likely)

    def _holds(self, value: int) -> bool:
        at = bisect_left(self.hashes, value)
        return at < len(self.hashes) and self.hashes[at] == value


def share_of_lines(paths: "list[Path]", number: int, workers: int) -> Iterator[bytes]:
    """Every so many lines of some files: those that are the share of one worker."""
    for path in paths:
        with path.open("rb") as file:
            for at, line in enumerate(file):
                if at % workers == number:
                    yield line
