"""The hashes by which a text's likely sources are found among half a million references.

Character 8-grams, thinned by winnowing (Schleimer, Wilkerson and Aiken, "Winnowing:
Local Algorithms for Document Fingerprinting", SIGMOD 2003), and 6-grams of the skeleton,
the kanji and katakana alone, which stay when です becomes だ and kana are edited.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.normalise import Normalised, is_kanji, is_skeleton

GRAM = 8
WINDOW = 5  # any shared run of GRAM + WINDOW - 1 = 12 characters shares a fingerprint
SKELETON_GRAM = 6
SKELETON_WINDOW = 5  # any shared run of 10 kanji in the skeleton
SKELETON_VERIFY_GRAM = 5

# One seed for each kind of hash: a gram and a skeleton gram of the same characters must differ.
_GRAM_SEED = 0x9E3779B97F4A7C15
_SKELETON_SEED = 0xC2B2AE3D27D4EB4F
_SHORT_SEED = 0x165667B19E3779F9
_STEP = np.uint64(0xFF51AFD7ED558CCD)
_FINISH = np.uint64(0xC4CEB9FE1A85EC53)
_HALF = np.uint64(32)


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
        grams = hash_grams(text.codes, len(text), _SHORT_SEED)
    else:
        grams = winnow(text_grams(text), WINDOW)
    return Fingerprints(grams=grams, skeleton=winnow(skeleton_grams(text, SKELETON_GRAM)[0], SKELETON_WINDOW))


def text_grams(text: Normalised) -> NDArray[np.int64]:
    """Return the hash of the 8-gram at each position; shape (n - 7,), or (0,) for shorter texts."""
    return hash_grams(text.codes, GRAM, _GRAM_SEED)


def skeleton_grams(text: Normalised, size: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the hashes of the skeleton's grams of `size` that have a kanji, in order, and where they start.

    For a skeleton of s characters the second is of shape (max(0, s - size + 1),), true at as many places as
    there are hashes. Grams of katakana alone are pieces of one word, ディレクトリ, and say little.
    """
    skeleton = text.folded[is_skeleton(text.folded)]
    kanji = np.append(0, is_kanji(skeleton).cumsum())
    has_kanji = kanji[size:] > kanji[: max(0, len(kanji) - size)]
    return hash_grams(skeleton, size, _SKELETON_SEED)[has_kanji], has_kanji


def hash_grams(codes: NDArray[np.uint32], size: int, seed: int) -> NDArray[np.int64]:
    """Hash every run of `size` code points; shape (n,) gives int64 of shape (max(0, n - size + 1),).

    Each character is mixed in by a multiplication and a shift, with Murmur3's constants; 64 bits
    make a chance collision among ten billion grams' pairs with one text's about one in a million.
    """
    count = max(0, len(codes) - size + 1)
    hashes = np.full(count, seed, dtype=np.uint64)
    wide = codes.astype(np.uint64)
    for offset in range(size):
        hashes ^= wide[offset : offset + count]
        hashes *= _STEP
        hashes ^= hashes >> _HALF
    hashes *= _FINISH
    hashes ^= hashes >> _HALF
    return hashes.view(np.int64)


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
