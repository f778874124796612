"""A text reduced to what it is compared by, with the way back to the original.

NFKC, case folding, katakana to hiragana, then letters and digits only: widths,
spaces, punctuation, line breaks, zero-width characters and Markdown marks
vanish, so that none of them can hide a copy. Nothing is compared here.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.hashing import GRAM, GRAM_SEED, hash_grams
from annotation.cleanroom.unicode_table import (
    CLASS_BITS,
    CONTINUES,
    DROPPED,
    KEPT,
    SURROGATE,
    UNASSIGNED,
    code_point_table,
)

MAX_CHARACTERS = 200_000
MAX_NORMALISED = 400_000  # some single code points stand for eighteen letters

# A longer run of marks is composed in pieces, as in the Stream-Safe Text Format (UAX 15, section 13): reordering
# marks takes time quadratic in the run's length.
_MAX_SEGMENT = 32
_PAGE_BITS = 8
_PAGE = 1 << _PAGE_BITS
_SEVERAL = 0xFFFFFFFF  # stands for "more than one character", in place of a code point


class UnreadableText(ValueError):
    """A text that the gate cannot judge, and that must therefore wait.

    `code` is `too_long`, `lone_surrogate` or `unassigned_code_point`; `position` is the index
    of the first offending character in the text.
    """

    def __init__(self, code: str, position: int) -> None:
        super().__init__(f"{code} at {position}")
        self.code = code
        self.position = position


@dataclass(frozen=True, eq=False)
class Normalised:
    """A normalised text of n characters.

    `codes`, `folded`: uint32, shape (n,): code points, and the same before katakana became
    hiragana. `offsets`, `ends`: int32, shape (n,), non-decreasing: the half-open range of
    code points of the original text that each character came from. Several characters may
    share a range (㍿ gives four), and one may cover several (か and a combining mark).
    """

    codes: NDArray[np.uint32]
    folded: NDArray[np.uint32]
    offsets: NDArray[np.int32]
    ends: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def text(self) -> str:
        """The normalised text as a string of n characters."""
        return _to_string(self.codes)

    @cached_property
    def grams(self) -> NDArray[np.int64]:
        """The hash of the 8-gram at each position; shape (max(0, n - 7),)."""
        return hash_grams(self.codes, GRAM, GRAM_SEED)

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the half-open range of original code points behind characters start to end (end > start)."""
        return int(self.offsets[start]), int(self.ends[end - 1])


@dataclass(frozen=True, eq=False)
class Shelf:
    """Normalised texts, one behind the other in the same arrays, so that one operation serves them all.

    Text k is `joined` from `bounds[k]` to `bounds[k + 1]`; its original began at `starts[k]`, from which alone the offsets
    of `joined` differ from its own.
    """

    joined: Normalised
    starts: NDArray[np.int64]
    bounds: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, number: int) -> Normalised:
        which = slice(self.bounds[number], self.bounds[number + 1])
        start = np.int32(self.starts[number])
        joined = self.joined
        return Normalised(
            joined.codes[which], joined.folded[which], joined.offsets[which] - start, joined.ends[which] - start
        )

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """How many characters each text has."""
        return np.diff(self.bounds)

    @cached_property
    def owners(self) -> NDArray[np.int64]:
        """Which text each character belongs to."""
        return np.repeat(np.arange(len(self)), self.lengths)


def normalise(text: str, *, lenient: bool = False) -> Normalised:
    """Normalise a text, in time linear in its length.

    Strict, it raises UnreadableText for a text over MAX_CHARACTERS (or MAX_NORMALISED), a lone
    surrogate or a code point that the pinned Unicode version does not assign. Lenient, the
    latter two are passed over and any length is taken: for instructions and references, which
    nobody can be asked to mend; no strictly read text can contain what was passed over.
    """
    if len(text) > MAX_CHARACTERS and not lenient:
        raise UnreadableText("too_long", MAX_CHARACTERS)
    original = _to_codes(text)
    values = code_point_table()[original]
    if not lenient:
        _refuse_unreadable(values)
    normalised = _normalise(original, values, np.zeros(1, dtype=np.int64))
    if len(normalised) > MAX_NORMALISED and not lenient:
        raise UnreadableText("too_long", int(normalised.offsets[MAX_NORMALISED]))
    return normalised


def normalise_all(texts: Sequence[str]) -> Shelf:
    """Normalise many texts, leniently, in one pass: each comes out as it would alone."""
    ends = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)).cumsum()
    original = _to_codes("".join(texts))
    starts = np.append(0, ends)[: len(texts)]
    joined = _normalise(original, code_point_table()[original], starts)
    return Shelf(joined, starts, np.append(0, np.searchsorted(joined.offsets, ends)))


def _normalise(original: NDArray[np.uint32], values: NDArray[np.uint8], starts: NDArray[np.int64]) -> Normalised:
    """Normalise texts that stand one behind the other; nothing composes across `starts`. Offsets count through all."""
    positions = np.flatnonzero((values & CLASS_BITS) >= DROPPED).astype(np.int32)
    codes = original[positions]
    mapped = _map_singly(codes)
    continues = (values[positions] & CONTINUES) != 0
    if continues.any() or (mapped == _SEVERAL).any():
        heads = np.searchsorted(positions, starts)
        continues[heads[heads < len(continues)]] = False
        folded, first, last = _fold_segments(codes, mapped, continues)
    else:
        first = last = np.flatnonzero(mapped)
        folded = mapped[first]
    return Normalised(
        codes=to_hiragana(folded),
        folded=folded,
        offsets=positions[first],
        ends=positions[last] + np.int32(1),
    )


def to_hiragana(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the code points with katakana and its iteration marks as hiragana; the same shape."""
    return _HIRAGANA[codes]


def is_skeleton(folded: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Tell which characters are kanji or katakana, before katakana became hiragana; the same shape."""
    return _IS_SKELETON[folded]


def is_kanji(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Tell which code points are Han characters, 々 and 〇 among them; the same shape."""
    return _IS_KANJI[codes]


def _refuse_unreadable(values: NDArray[np.uint8]) -> None:
    classes = values & CLASS_BITS
    unreadable = classes <= SURROGATE
    if unreadable.any():
        position = int(unreadable.argmax())
        code = "unassigned_code_point" if classes[position] == UNASSIGNED else "lone_surrogate"
        raise UnreadableText(code, position)


def _fold_segments(
    codes: NDArray[np.uint32], mapped: NDArray[np.uint32], continues: NDArray[np.bool_]
) -> tuple[NDArray[np.uint32], NDArray[np.intp], NDArray[np.intp]]:
    """Fold the code points by combining sequence.

    Returns folded code points and, for each, the indices of the first and the last code point
    of the sequence it came from. A sequence starts where nothing can compose with what stands
    before (UAX 15, section 9.1), so the pieces together are the composition of the whole.
    """
    starts = np.flatnonzero(_segment_heads(continues))
    lengths = np.diff(starts, append=len(codes))
    head = mapped[starts]
    complex_segments = (lengths > 1) | (head == _SEVERAL)
    counts = (head != 0).astype(np.intp)
    clean = _to_string(codes)
    pieces = [
        _fold(clean[start : start + length])
        for start, length in zip(starts[complex_segments].tolist(), lengths[complex_segments].tolist(), strict=True)
    ]
    counts[complex_segments] = [len(piece) for piece in pieces]
    folded = np.repeat(head, counts)
    folded[np.repeat(complex_segments, counts)] = _to_codes("".join(pieces))
    return folded, np.repeat(starts, counts), np.repeat(starts + lengths - 1, counts)


def _segment_heads(continues: NDArray[np.bool_]) -> NDArray[np.bool_]:
    heads = ~continues
    starts = np.flatnonzero(heads)
    within: NDArray[np.intp] = np.arange(len(heads)) - np.repeat(starts, np.diff(starts, append=len(heads)))
    heads |= within % _MAX_SEGMENT == 0
    return heads


@lru_cache(maxsize=1 << 16)
def _fold(segment: str) -> str:
    composed = unicodedata.normalize("NFKC", segment)
    folded = unicodedata.normalize("NFKC", composed.casefold())
    table = code_point_table()
    return "".join(character for character in folded if table[ord(character)] & CLASS_BITS == KEPT)


class _SingleMap:
    """What each code point folds to when it stands alone, worked out a page of 256 at a time."""

    def __init__(self) -> None:
        self._codes = np.zeros(0x110000, dtype=np.uint32)
        self._is_ready = np.zeros(0x110000 >> _PAGE_BITS, dtype=np.bool_)

    def __call__(self, codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
        pages = codes >> _PAGE_BITS
        if not self._is_ready[pages].all():
            for page in np.unique(pages).tolist():
                if not self._is_ready[page]:
                    self._work_out(page)
        return self._codes[codes]

    def _work_out(self, page: int) -> None:
        start = page << _PAGE_BITS
        classes = code_point_table()[start : start + _PAGE] & CLASS_BITS
        for index in np.flatnonzero(classes >= DROPPED).tolist():
            piece = _fold(chr(start + index))
            self._codes[start + index] = ord(piece) if len(piece) == 1 else _SEVERAL if piece else 0
        self._is_ready[page] = True


def _hiragana_table() -> NDArray[np.uint32]:
    table = np.arange(0x110000, dtype=np.uint32)
    table[0x30A1:0x30F7] -= 0x60
    table[0x30FD:0x30FF] -= 0x60
    table[0x30F7:0x30FB] = [ord(kana) for kana in "わゐゑを"]  # ヷ to ヺ: hiragana has them only with a loose mark
    return table


def _flag_table(*ranges: tuple[int, int]) -> NDArray[np.bool_]:
    table = np.zeros(0x110000, dtype=np.bool_)
    for first, last in ranges:
        table[first : last + 1] = True
    return table


_map_singly = _SingleMap()
_HIRAGANA = _hiragana_table()
_KANJI = ((0x3005, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
_IS_KANJI = _flag_table(*_KANJI)
_IS_SKELETON = _flag_table(*_KANJI, (0x30A1, 0x30FA), (0x30FC, 0x30FE), (0x31F0, 0x31FF))


def _to_string(codes: NDArray[np.uint32]) -> str:
    return codes.astype("<u4", copy=False).tobytes().decode("utf-32-le")


def _to_codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32, copy=False)
