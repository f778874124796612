"""A text made ready to be compared with many references: its grams, its weights, what of it is quoted from the question."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.fingerprints import SKELETON_VERIFY_GRAM, grams_with_kanji
from annotation.cleanroom.hashing import GRAM, LONG_GRAM, LONG_SEED, hash_grams
from annotation.cleanroom.mask import Quotable, cover
from annotation.cleanroom.normalise import Normalised
from annotation.cleanroom.stopgrams import StopGrams
from annotation.cleanroom.surprise import Surprise
from annotation.cleanroom.weights import FULL as FULL_WEIGHT
from annotation.cleanroom.weights import Scale, character_weights, is_alphabetic, skeleton_marks


class Grams:
    """The distinct grams of a text, ready to be recognised among many others.

    `which`, int64 of shape (g,): the distinct gram at each of the text's places; `is_first`: whether it had not come
    before. `places`: the places by distinct gram, those of gram u from `first[u]` on, `count[u]` of them.
    """

    def __init__(self, grams: NDArray[np.int64]) -> None:
        self._distinct, self.which, self.count = np.unique(grams, return_inverse=True, return_counts=True)
        self.places = np.argsort(self.which, kind="stable")
        self.first = self.count.cumsum() - self.count
        self.is_first = np.zeros(len(grams), dtype=np.bool_)
        self.is_first[self.places[self.first]] = True
        # Nearly all that is asked for is not among them, and this says so at once: the table is full to a sixteenth.
        self._is_likely = np.zeros(1 << (16 * len(grams) + 1).bit_length(), dtype=np.bool_)
        self._is_likely[self._distinct & (len(self._is_likely) - 1)] = True

    def __len__(self) -> int:
        return len(self._distinct)

    def find(self, hashes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where in `hashes` a gram of the text stands, and which distinct one it is; both of shape (h,)."""
        at = np.flatnonzero(self._is_likely[hashes & (len(self._is_likely) - 1)])
        wanted = hashes[at]
        which = np.searchsorted(self._distinct, wanted)
        which[which == len(self)] = 0
        is_found = self._distinct[which] == wanted if len(self) else np.zeros(0, dtype=np.bool_)
        return at[is_found], which[is_found]


class Probe:
    """A text made ready to be compared with many references.

    `weights`, int64 of shape (n,): hundredths of a full character, 0 where the text is quoted from the question.
    A gram tells something where it first comes, unless it is a stop-gram; `is_long_informative` is about the longer
    grams that have stop-grams in them and are none. `own_share` is the share of the unmasked text that is not made of
    stop-grams alone. `surprise` tells of any passage how improbable it is; in a text mostly in an alphabet it knows nothing,
    for what it would catch there is not worth whom it would accuse. `sha256` is that of the original.
    """

    def __init__(
        self, text: Normalised, quotable: Quotable, stops: StopGrams, *, scale: Scale, sha256: str = ""
    ) -> None:
        self.text = text
        self.sha256 = sha256
        self.quotable = quotable
        self.is_alphabetic = is_alphabetic(text)
        self.surprise = Surprise.unlearned() if self.is_alphabetic else stops.surprise
        mask = quotable.mask(text)
        plain = character_weights(text, scale)
        self.weights: NDArray[np.int64] = np.where(mask, 0, plain)
        self.length = int(plain.sum()) // FULL_WEIGHT
        self.unmasked = int(self.weights.sum())
        self.grams = Grams(text.grams)
        is_stop = stops.contains(text.grams)
        self.is_informative = self.grams.is_first & ~is_stop
        self.own_share = self.share(cover(~is_stop, GRAM, len(text)))
        self.is_long_informative = _long_informative(text, self.grams.is_first, is_stop, stops)
        marks = skeleton_marks(text.folded, np.zeros(1, dtype=np.int64))
        skeleton, self.has_skeleton_gram = grams_with_kanji(text.folded[marks], SKELETON_VERIFY_GRAM)
        self.skeleton_grams = Grams(skeleton)
        open_skeleton = ~mask[marks]
        self.is_skeleton_open = open_skeleton & cover(self.has_skeleton_gram, SKELETON_VERIFY_GRAM, len(open_skeleton))

    @cached_property
    def own_words(self) -> NDArray[np.uint32]:
        """The code points that are not quoted from the question."""
        return self.text.codes[self.weights > 0]

    @cached_property
    def own_text(self) -> str:
        """The same as a string."""
        return as_text(self.own_words)

    def weigh(self, characters: NDArray[np.bool_]) -> int:
        """Return the weight of the characters marked, bool of shape (n,), in full characters."""
        return int(self.weights[characters].sum()) // FULL_WEIGHT

    def share(self, characters: NDArray[np.bool_]) -> float:
        """Return the share of the unmasked text that the characters marked make."""
        return int(self.weights[characters].sum()) / self.unmasked if self.unmasked else 0.0


def _long_informative(
    text: Normalised, is_first: NDArray[np.bool_], is_stop: NDArray[np.bool_], stops: StopGrams
) -> NDArray[np.bool_]:
    """Tell which longer grams tell something although shorter ones within are stop-grams; shape (max(0, n - 15),).

    Each word of "which lies in the eastern part of the" is everybody's; the whole is not.
    """
    long = hash_grams(text.codes, LONG_GRAM, LONG_SEED)
    if not is_stop.any() or not len(long):
        return np.zeros(len(long), dtype=np.bool_)
    result: NDArray[np.bool_] = unbroken(is_first, LONG_GRAM - GRAM + 1) & ~stops.contains(long)
    return result


def unbroken(flags: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    """Tell where `count` flags in a row are set: shape (..., f) gives (..., f - count + 1), for f of `count` or more."""
    reach = 1
    while reach < count:
        step = min(reach, count - reach)
        flags = flags[..., :-step] & flags[..., step:]
        reach += step
    return flags


def as_text(codes: NDArray[np.uint32]) -> str:
    """Code points as a string."""
    return codes.astype("<u4", copy=False).tobytes().decode("utf-32-le")
