"""Canaries in a model's answer that is shown to somebody: a copy of it tells whom it was shown to.

Two kinds. An invisible mark, put in after punctuation, survives copying and names the one display. A wording, a choice
of spelling at many places of the text (下さい or ください, "do not" or "don't"), survives retyping and tells apart the
people who saw the same answer. The text means the same, and the stored answer is never touched. What the gate compares
by holds no mark; each of its passages stands in the original.
"""

import random
import re
from binascii import crc_hqx
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import comb

from annotation.cleanroom.spellings import RULES

# Signs that no reader sees, no font draws and no line breaks at differently, two bits each.
_SIGNS = "\u200b\u200c\u2060\u2063"
MARK_BITS = 40
_CHECK_BITS = 16
_MARK_LENGTH = (MARK_BITS + _CHECK_BITS) // 2
_RUN = re.compile(f"[{_SIGNS}]{{{_MARK_LENGTH},}}")
_INVISIBLE = re.compile(f"[{_SIGNS}]")

MARK_EVERY = 24  # characters of text between two marks, at least
MARKS_AT_MOST = 60
SITES_APART = 8  # so that what stands around one place holds no other
AROUND = 4
WORDINGS_TRIED = 64
ORIGINAL = -1  # stands for the spelling of the stored text

# Where spelling and signs matter: code, addresses, formulas.
_UNTOUCHED = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+|\$\$.*?\$\$|\$[^$\n]+\$|\\\(.*?\\\)|\\\[.*?\\\]", re.DOTALL
)
_REST = re.compile(r"[。！？、.!?,](?=[\s\u3000-\u9fff]|\Z)")


@dataclass(frozen=True, slots=True)
class Site:
    """A place of the original, characters start to end, that can be spelled in another way."""

    start: int
    end: int
    other: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a displayed text and the stretch of the original that it stands for, which may be empty."""

    start: int
    end: int
    shown: str
    is_verbatim: bool = False


@dataclass(frozen=True, slots=True)
class WordingMatch:
    """How a found text agrees with one wording: of `seen` places that can be told, `agreeing` are spelled as it says."""

    wording: int
    seen: int
    agreeing: int

    @property
    def chance(self) -> float:
        """How likely it is that so many agree by accident."""
        return float(sum(comb(self.seen, n) for n in range(self.agreeing, self.seen + 1)) / 2**self.seen)


def sites(text: str) -> list[Site]:
    """Return the places that can be spelled in two ways, in order, none near another."""
    untouched = [match.span() for match in _UNTOUCHED.finditer(text)]
    found = sorted(
        (match.start(), match.end(), match.expand(other))
        for pattern, other in RULES
        for match in pattern.finditer(text)
    )
    chosen: list[Site] = []
    for start, end, other in found:
        if chosen and start - chosen[-1].end < SITES_APART:
            continue
        if not any(start < after and end > before for before, after in untouched):
            chosen.append(Site(start, end, other))
    return chosen


def choices(wording: int, count: int) -> list[bool]:
    """Return for each place whether this wording spells it in the other way."""
    if wording == ORIGINAL:
        return [False] * count
    return [random.Random(wording * 1_000_003 + number).random() < 0.5 for number in range(count)]


def wording_draw(taken: Iterable[int], count: int, chance: random.Random | None = None) -> int:
    """Draw a wording for a text of `count` places that differs from the wordings already out, and from the original, as
    far as so many places allow.
    """
    chance = chance or random.SystemRandom()
    others = [choices(wording, count) for wording in [*taken, ORIGINAL]]
    drawn = [chance.getrandbits(48) for _ in range(WORDINGS_TRIED)]
    return max(drawn, key=lambda wording: min(_distance(choices(wording, count), other) for other in others))


def shown_pieces(text: str, *, wording: int, mark: int) -> list[Piece]:
    """Return the text as it is to be displayed, piece by piece; the pieces cover the original without a gap."""
    places = sites(text)
    changed = [
        Piece(site.start, site.end, site.other)
        for site, is_other in zip(places, choices(wording, len(places)), strict=True)
        if is_other
    ]
    sign = mark_write(mark)
    pieces: list[Piece] = []
    at = 0
    for piece in sorted([*changed, *(Piece(place, place, sign) for place in _mark_places(text, changed))],
                        key=lambda piece: (piece.start, piece.end)):  # fmt: skip
        if at < piece.start:
            pieces.append(Piece(at, piece.start, text[at : piece.start], is_verbatim=True))
        pieces.append(piece)
        at = piece.end
    if at < len(text):
        pieces.append(Piece(at, len(text), text[at:], is_verbatim=True))
    return pieces


def pieces_between(pieces: Sequence[Piece], start: int, end: int) -> str:
    """Return what is displayed of characters start to end of the original; a respelled word is not cut,
    and a mark goes with what stands before it.
    """
    shown = []
    for piece in pieces:
        if piece.is_verbatim and piece.start < end and piece.end > start:
            shown.append(piece.shown[max(0, start - piece.start) : end - piece.start])
        elif not piece.is_verbatim and start < piece.end <= end:
            shown.append(piece.shown)
    return "".join(shown)


def mark_write(mark: int) -> str:
    """Return the invisible sign of a display: 28 characters, with a checksum."""
    if not 0 <= mark < 1 << MARK_BITS:
        raise ValueError(f"a mark has {MARK_BITS} bits")
    value = mark << _CHECK_BITS | _checksum(mark)
    return "".join(_SIGNS[value >> shift & 3] for shift in range(_MARK_LENGTH * 2 - 2, -1, -2))


def marks_find(text: str) -> list[tuple[int, int, int]]:
    """Return the whole marks that stand in a text: start, end, mark. One that lost a sign is not found."""
    found = []
    for run in _RUN.finditer(text):
        at = run.start()
        while at + _MARK_LENGTH <= run.end():
            mark = _mark_read(text[at : at + _MARK_LENGTH])
            if mark is None:
                at += 1
                continue
            found.append((at, at + _MARK_LENGTH, mark))
            at += _MARK_LENGTH
    return found


def without_marks(text: str) -> str:
    """Return a text without any of the signs that marks are made of."""
    return _INVISIBLE.sub("", text)


def wordings_match(original: str, found: str, wordings: Iterable[int]) -> list[WordingMatch]:
    """Compare a text that turned up with wordings of the original, the most telling agreement first.

    A place counts when it stands in `found` with what is around it, spelled in one way alone.
    """
    places = sites(original)
    read = _squeeze(found)
    seen = [_spelling_in(original, site, read) for site in places]
    told = [number for number, is_other in enumerate(seen) if is_other is not None]
    matches = []
    for wording in wordings:
        chosen = choices(wording, len(places))
        matches.append(WordingMatch(wording, len(told), sum(chosen[number] == seen[number] for number in told)))
    return sorted(matches, key=lambda match: (-match.agreeing, match.wording))


def _spelling_in(original: str, site: Site, found: str) -> bool | None:
    """Whether `found` spells the place in the other way; None when it does not hold it, or holds both."""
    before = _squeeze(original[max(0, site.start - 2 * AROUND) : site.start])[-AROUND:]
    after = _squeeze(original[site.end : site.end + 2 * AROUND])[:AROUND]
    is_here = [before + _squeeze(way) + after in found for way in (original[site.start : site.end], site.other)]
    return None if is_here[0] == is_here[1] else is_here[1]


def _squeeze(text: str) -> str:
    return re.sub(r"[\s*_#>`]+", "", without_marks(text))


def _mark_places(text: str, changed: Sequence[Piece]) -> Iterator[int]:
    """Yield where marks go: after punctuation, outside code, never inside a respelled word; at least once, at the end."""
    untouched = [match.span() for match in _UNTOUCHED.finditer(text)] + [(one.start, one.end) for one in changed]
    untouched.sort()
    starts = [start for start, _end in untouched]
    last, count = -MARK_EVERY, 0
    for match in _REST.finditer(text):
        at = match.end()
        around = bisect_right(starts, at - 1) - 1
        if at - last < MARK_EVERY or (around >= 0 and untouched[around][0] < at < untouched[around][1]):
            continue
        yield at
        last, count = at, count + 1
        if count == MARKS_AT_MOST:
            return
    if not count and text and not any(start < len(text) <= end for start, end in untouched):
        yield len(text)


def _mark_read(signs: str) -> int | None:
    value = 0
    for sign in signs:
        value = value << 2 | _SIGNS.index(sign)
    mark, check = value >> _CHECK_BITS, value & (1 << _CHECK_BITS) - 1
    return mark if _checksum(mark) == check else None


def _checksum(mark: int) -> int:
    return crc_hqx(mark.to_bytes(MARK_BITS // 8), 0xFFFF)


def _distance(one: Sequence[bool], other: Sequence[bool]) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))
