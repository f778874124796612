"""The hashes by which a text's likely sources are found among half a million references.

Character 8-grams, thinned by winnowing (Schleimer, Wilkerson and Aiken, "Winnowing:
Local Algorithms for Document Fingerprinting", SIGMOD 2003), and 6-grams of the skeleton,
the kanji and katakana alone, which stay when です becomes だ and kana are edited.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.hashing import GRAM, GRAM_SEED, SHORT_SEED, SKELETON_SEED, hash_grams
from annotation.cleanroom.normalise import Normalised, Shelf, is_kanji, is_skeleton
from annotation.cleanroom.unicode_table import PINNED_UNICODE

# Raised whenever a fingerprint could change for an equal text: an index of other fingerprints finds nothing.
FINGERPRINT_VERSION = f"1+unicode{PINNED_UNICODE}"

WINDOW = 5  # any shared run of GRAM + WINDOW - 1 = 12 characters shares a fingerprint
SKELETON_GRAM = 6
SKELETON_WINDOW = 5  # any shared run of 10 kanji in the skeleton
SKELETON_VERIFY_GRAM = 5

Labelled = tuple[NDArray[np.int64], NDArray[np.int64]]  # hashes, and which text each is of


@dataclass(frozen=True, eq=False)
class Fingerprints:
    """Sorted distinct hashes, int64 so that they fit a PostgreSQL bigint; either may be empty."""

    grams: NDArray[np.int64]
    skeleton: NDArray[np.int64]

    def all(self) -> NDArray[np.int64]:
        """Return both kinds together, sorted: what an index stores and is asked for."""
        return np.union1d(self.grams, self.skeleton)


def fingerprint(text: Normalised) -> Fingerprints:
    """Return the fingerprints of a text.

    A text shorter than a gram has one, of the whole of it: two equal short texts then find each other.
    """
    if 0 < len(text) < GRAM:
        grams = hash_grams(text.codes, len(text), SHORT_SEED)
    else:
        grams = winnow(text_grams(text), WINDOW)
    return Fingerprints(grams=grams, skeleton=winnow(skeleton_grams(text, SKELETON_GRAM)[0], SKELETON_WINDOW))


def fingerprint_all(shelf: Shelf) -> tuple[Labelled, Labelled]:
    """Return the 8-grams and the skeleton grams of all texts of a shelf, thinned: to each text what `fingerprint` gives it.

    Some may be there twice.
    """
    owners = shelf.owners
    hashes = hash_grams(shelf.joined.codes, GRAM, GRAM_SEED)
    grams = _winnow_each(*_within_texts(hashes, owners, GRAM), WINDOW)
    for number in np.flatnonzero((shelf.lengths > 0) & (shelf.lengths < GRAM)).tolist():
        short = fingerprint(shelf[number]).grams
        grams = np.append(grams[0], short), np.append(grams[1], np.full(len(short), number))
    is_part = is_skeleton(shelf.joined.folded)
    hashes, has_kanji = _skeleton_grams(shelf.joined.folded[is_part], SKELETON_GRAM)
    hashes, holders = _within_texts(hashes, owners[is_part], SKELETON_GRAM, has_kanji)
    return grams, _winnow_each(hashes, holders, SKELETON_WINDOW)


def text_grams(text: Normalised) -> NDArray[np.int64]:
    """Return the hash of the 8-gram at each position; shape (n - 7,), or (0,) for shorter texts."""
    return text.grams


def skeleton_grams(text: Normalised, size: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return `grams_with_kanji` of a text's kanji and katakana."""
    return grams_with_kanji(text.folded[is_skeleton(text.folded)], size)


def grams_with_kanji(skeleton: NDArray[np.uint32], size: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the hashes of a skeleton's grams of `size` that have a kanji, in order, and where they start.

    For a skeleton of s characters the second is of shape (max(0, s - size + 1),), true at as many places as
    there are hashes. Grams of katakana alone are pieces of one word, ディレクトリ, and say little.
    """
    hashes, has_kanji = _skeleton_grams(skeleton, size)
    return hashes[has_kanji], has_kanji


def _skeleton_grams(skeleton: NDArray[np.uint32], size: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    kanji = np.append(0, is_kanji(skeleton).cumsum())
    return hash_grams(skeleton, size, SKELETON_SEED), kanji[size:] > kanji[: max(0, len(kanji) - size)]


def _within_texts(
    hashes: NDArray[np.int64], owners: NDArray[np.int64], size: int, kept: NDArray[np.bool_] | bool = True
) -> Labelled:
    """Keep those of the grams of `size` that one text has whole; returns them and which text that is."""
    last = owners[size - 1 :]
    kept = (owners[: len(last)] == last) & kept
    return hashes[kept], last[kept]


def winnow(hashes: NDArray[np.int64], window: int) -> NDArray[np.int64]:
    """Return the sorted distinct minima of every `window` consecutive hashes (Schleimer et al. 2003).

    Two texts that share `window` consecutive hashes share a minimum. Fewer hashes than a window give
    their minimum. Only values are kept, so which of several equal minima was meant does not matter.
    """
    if len(hashes) <= window:
        return hashes.min(keepdims=True) if len(hashes) else hashes
    count = len(hashes) - window + 1
    minima = hashes[:count].copy()
    for offset in range(1, window):
        np.minimum(minima, hashes[offset : offset + count], out=minima)
    return np.unique(minima)


def _winnow_each(hashes: NDArray[np.int64], owners: NDArray[np.int64], window: int) -> Labelled:
    """Winnow the hashes of many texts, `owners` telling which and not descending."""
    if not len(hashes):
        return hashes, owners
    first = np.flatnonzero(np.append(True, owners[1:] != owners[:-1]))
    is_few = np.diff(first, append=len(owners)) < window
    least_of_few = np.minimum.reduceat(hashes, first)[is_few]
    last = owners[window - 1 :]
    minima = hashes[: len(last)].copy()
    for offset in range(1, window):
        np.minimum(minima, hashes[offset : offset + len(last)], out=minima)
    is_whole = owners[: len(last)] == last
    minima, last = without_repeats(minima[is_whole], last[is_whole])
    return np.append(minima, least_of_few), np.append(last, owners[first[is_few]])


def without_repeats(hashes: NDArray[np.int64], owners: NDArray[np.int64]) -> Labelled:
    """Leave out every pair that equals the one before it."""
    if not len(hashes):
        return hashes, owners
    is_new = np.append(True, (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1]))
    return hashes[is_new], owners[is_new]
