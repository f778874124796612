"""Finding pieces of references in a text by their hashes alone. The verifier of each release carries this.

A tile is the hash of sixteen characters of a reference, as texts are compared: letters and digits, in one spelling. It begins at
an anchor, a character that decides by itself that a piece may begin there, so that whoever scans need not try every place.
"""

import hashlib
import json
import re
import sys
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

TILE = 16
ANCHOR_IS_ONE_IN = 4  # a passage of 60 characters then has an anchor where a tile of it must begin
HIRAGANA = {code: code - 0x60 for code in (*range(0x30A1, 0x30F7), 0x30FD, 0x30FE)}
HIRAGANA.update({0x30F7: ord("わ"), 0x30F8: ord("ゐ"), 0x30F9: ord("ゑ"), 0x30FA: ord("を")})
KATAKANA = re.compile("[ァ-ヺヽヾ]+")
# What may belong to the character before it: a text with such marks keeps its punctuation until they are composed.
MARKS = re.compile("[\u0300-\u036f\u0483-\u109f\u1160-\u11ff\u135d-\u135f\u1712-\u1dff\u20d0-\u20ff\u2cef-\u2dff\u302a-\u302f\u3099\u309a\u3131-\u318e"
                   "\ua66f-\uabff\ud7b0-\ud7ff\ufb1e\ufe20-\ufe2f\uff9e-\uffdc\U000101fd-\U0001f1ff]")  # fmt: skip
# Signs that are nothing but punctuation in every spelling.
PUNCTUATION = re.compile("[\\s!-/:-@\\[-`{-~、。「」『』（）・！？：；…―〜～【】]+")
OTHER_THAN_LETTERS = re.compile(r"[\W_]+")


@lru_cache(maxsize=1)
def invisible() -> "re.Pattern[str]":
    """Controls, formats, and other signs that nobody sees: they vanish before anything is composed."""
    hidden = [code for code in range(0x30000) if unicodedata.category(chr(code)) in ("Cc", "Cf")]
    hidden += [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10)]
    within = "".join(f"\\U{code:08x}" for code in sorted({*hidden}))
    return re.compile(f"[{within}\U000e0001-\U000e01ef]+")


@lru_cache(maxsize=1)
def anchored() -> "re.Pattern[str]":
    """A piece at each anchor, pieces overlapping."""
    anchors = [code for code in range(0x30, 0x10000, ANCHOR_IS_ONE_IN) if chr(code).isalnum()]
    within = "".join(f"\\U{code:08x}" for code in anchors)
    return re.compile(f"(?=([{within}].{{{TILE - 1}}}))")


def folded(text: str) -> str:
    """The letters and digits of a text in one spelling: widths, case and kana alike, as the gate compares them."""
    text = invisible().sub("", text)
    if not MARKS.search(text):
        text = PUNCTUATION.sub("", text)
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    text = OTHER_THAN_LETTERS.sub("", text)
    return KATAKANA.sub(lambda run: run[0].translate(HIRAGANA), text)


def tile(piece: str) -> int:
    """The hash of a piece: the first eight bytes of its SHA-256, the lowest first."""
    return int.from_bytes(hashlib.sha256(piece.encode()).digest()[:8], "little")


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

    def count(self, output: str, asked: str) -> int:
        """How many pieces of an output are among the tiles; those that stand in what was asked do not count."""
        found = 0
        for piece in anchored().findall(folded(output)):
            value = tile(piece)
            if self._seen[value & self._mask] and self._holds(value) and piece not in folded(asked):
                found += 1
        return found

    def _holds(self, value: int) -> bool:
        at = bisect_left(self.hashes, value)
        return at < len(self.hashes) and self.hashes[at] == value

    def hits(self, lines: Iterable[bytes]) -> Iterator[tuple[str, int]]:
        """The id of each record that has pieces, and how many."""
        for line in lines:
            record = json.loads(line)
            if found := self.count(record["output"], record["instruction"] + "\n" + record["input"]):
                yield record["id"], found


def share_of_lines(paths: "list[Path]", number: int, workers: int) -> Iterator[bytes]:
    """Every so many lines of some files: those that are the share of one worker."""
    for path in paths:
        with path.open("rb") as file:
            for at, line in enumerate(file):
                if at % workers == number:
                    yield line
