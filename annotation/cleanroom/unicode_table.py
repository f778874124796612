"""What each code point is to the normaliser, pinned to one Unicode version.

Python brings its own Unicode version with each release, so asking
`unicodedata` for a category would let a new Python change an answer. The
classes therefore stand in `unicode_table.json`. Unicode promises that the
compatibility form and the case folding of an *assigned* code point never change;
only those two are still asked of Python, and only for code points that are
assigned in the pinned version.

`python -m annotation.cleanroom.unicode_table` writes the file again; it only
runs on a Python whose Unicode version is the pinned one.
"""

import json
import sys
import unicodedata
from functools import cache
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PINNED_UNICODE = "14.0.0"

UNASSIGNED = 0
SURROGATE = 1
IGNORED = 2  # invisible: removed before composition, so that nothing hides between a kana and its mark
DROPPED = 3  # spaces, punctuation, symbols and marks: they take part in composition, then vanish
KEPT = 4  # letters and digits: what texts are compared by
CLASS_BITS = 0b0111
CONTINUES = 0b1000  # may compose with, or be reordered around, what stands before it

_CODE_POINTS = sys.maxunicode + 1
_TABLE_FILE = Path(__file__).with_name("unicode_table.json")

# Default_Ignorable_Code_Point, beyond Cc and Cf. U+3164 and its like are letters by category and
# invisible on the screen: kept, one of them in every seventh place would hide a copied text.
_INVISIBLE = frozenset(
    (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10))
) | frozenset(range(0xE0100, 0xE01F0))


@cache
def code_point_table() -> NDArray[np.uint8]:
    """Return class and CONTINUES bit of every code point.

    Shape (1114112,), uint8, read-only. Raises RuntimeError on a Python whose
    Unicode version is older than the pinned one: it could not fold every code
    point that the table allows.
    """
    known = tuple(int(part) for part in unicodedata.unidata_version.split("."))
    if known < tuple(int(part) for part in PINNED_UNICODE.split(".")):
        raise RuntimeError(f"Unicode {PINNED_UNICODE} or later is needed, this Python has {known}")
    stored = json.loads(_TABLE_FILE.read_text(encoding="utf-8"))
    if stored["unicode"] != PINNED_UNICODE:
        raise RuntimeError(f"{_TABLE_FILE.name} is for Unicode {stored['unicode']}, not {PINNED_UNICODE}")
    starts, values = np.array(stored["runs"], dtype=np.int64).T
    table = np.repeat(values.astype(np.uint8), np.diff(starts, append=_CODE_POINTS))
    table.flags.writeable = False
    return table


def compute_runs() -> list[tuple[int, int]]:
    """Return (first code point, value) of each run of equal values, from this Python's tables."""
    seconds = _composing_seconds()
    values = [_value(code, seconds) for code in range(_CODE_POINTS)]
    runs = []
    position = 0
    for value, run in groupby(values):
        runs.append((position, value))
        position += sum(1 for _ in run)
    return runs


def _value(code: int, seconds: frozenset[str]) -> int:
    character = chr(code)
    category = unicodedata.category(character)
    if category == "Cn":
        return UNASSIGNED
    if category == "Cs":
        return SURROGATE
    if category in ("Cc", "Cf") or code in _INVISIBLE:
        return IGNORED
    first = unicodedata.normalize("NFKD", character)[0]
    continues = CONTINUES if unicodedata.combining(first) or first in seconds else 0
    return (KEPT if category[0] in "LN" else DROPPED) | continues


def _composing_seconds() -> frozenset[str]:
    """Return the characters that can be the second of a canonical pair (UAX 15)."""
    seconds = {chr(code) for code in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}
    for code in range(_CODE_POINTS):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            pair = "".join(chr(int(part, 16)) for part in parts)
            if unicodedata.normalize("NFC", pair) == chr(code):
                seconds.add(pair[1])
    return frozenset(seconds)


def write_table() -> None:
    """Write the table's file. Raises RuntimeError on another Unicode version than the pinned one."""
    if unicodedata.unidata_version != PINNED_UNICODE:
        raise RuntimeError(f"this Python has Unicode {unicodedata.unidata_version}, not {PINNED_UNICODE}")
    runs = ",\n".join(json.dumps(run, separators=(",", ":")) for run in compute_runs())
    _TABLE_FILE.write_text(f'{{"unicode":"{PINNED_UNICODE}","runs":[\n{runs}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    write_table()
