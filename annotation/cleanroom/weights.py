"""How much each character of a text counts, so that lengths say how much two texts share, in any script.

The unit is a *full character*: a kanji, or a kana or letter where a word begins. What follows in the same word is
easily guessed and counts less: パーティショニング is one word as 区画 is, and so is "configuration". Measured on
manuals by different people about the same things, the shared passages were names and fixed endings; weighed so, a
shared passage of thirty Japanese characters stands out of them, and one of eight English words does.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.normalise import Normalised, is_kanji, is_skeleton

FULL = 100
FULL_LETTERS = 3  # of a stretch; and so below
FULL_KATAKANA = 3
FULL_HIRAGANA = 5
MARKED_KATAKANA = 2  # of a stretch, in the skeleton: the rest of the word adds nothing
_FIRST_DENSE_SCRIPT = 0x1100  # below: alphabets and digits
_HIRAGANA = (0x3041, 0x309F)


@dataclass(frozen=True)
class Scale:
    """What a character further on in its stretch counts, in hundredths of a full one.

    `letter` is for a text mostly in an alphabet, `letter_within` for names and code within another script.
    """

    letter: int = 50
    letter_within: int = 35
    katakana: int = 60
    hiragana: int = 50

    def __post_init__(self) -> None:
        if not all(1 <= weight <= FULL for weight in (self.letter, self.letter_within, self.katakana, self.hiragana)):
            raise ValueError("a weight must be 1 to 100 hundredths")


def character_weights(text: Normalised, scale: Scale) -> NDArray[np.int64]:
    """Return what each character counts, in hundredths of a full one; int64 of shape (n,)."""
    folded = text.folded
    is_letter = _is_letter(text)
    is_hiragana = (folded >= _HIRAGANA[0]) & (folded <= _HIRAGANA[1])
    is_katakana = is_skeleton(folded) & ~is_kanji(folded)
    letter = scale.letter if is_alphabetic(text) else scale.letter_within
    weights = np.full(len(folded), FULL, dtype=np.int64)
    weights[is_letter & (place_in_stretch(is_letter) > FULL_LETTERS)] = letter
    weights[is_hiragana & (place_in_stretch(is_hiragana) > FULL_HIRAGANA)] = scale.hiragana
    weights[is_katakana & (place_in_stretch(is_katakana) > FULL_KATAKANA)] = scale.katakana
    return weights


def is_alphabetic(text: Normalised) -> bool:
    """Whether a text is mostly in an alphabet, as English is, and code."""
    return 2 * int(_is_letter(text).sum()) >= len(text)


def _is_letter(text: Normalised) -> NDArray[np.bool_]:
    result: NDArray[np.bool_] = text.codes < _FIRST_DENSE_SCRIPT
    return result


def skeleton_marks(folded: NDArray[np.uint32], starts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which characters the skeleton is compared by: kanji, and the beginnings of words in katakana.

    `folded` may be of several texts; `starts` says where each begins.
    """
    marks = is_skeleton(folded)
    is_katakana = marks & ~is_kanji(folded)
    result: NDArray[np.bool_] = marks & (place_in_stretch(is_katakana, starts) <= MARKED_KATAKANA)
    return result


def place_in_stretch(is_of: NDArray[np.bool_], starts: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Return for each place how many in a row up to it are of a kind, 0 where it is not; no stretch goes over a start."""
    place = np.arange(len(is_of))
    last_other = np.where(is_of, -1, place)
    if starts is not None:
        begins = starts[starts < len(is_of)]
        last_other[begins] = np.maximum(last_other[begins], begins - 1)
    return place - np.maximum.accumulate(last_other)
