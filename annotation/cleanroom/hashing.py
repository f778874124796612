"""Hashes of character n-grams: one seed for each kind, so that grams of the same characters differ by kind."""

import numpy as np
from numpy.typing import NDArray

GRAM = 8
LONG_GRAM = 16
GRAM_SEED = 0x9E3779B97F4A7C15
LONG_SEED = 0x27D4EB2F165667C5
SKELETON_SEED = 0xC2B2AE3D27D4EB4F
SHORT_SEED = 0x165667B19E3779F9
SURPRISE_SEED = 0x2545F4914F6CDD1D
_STEP = np.uint64(0xFF51AFD7ED558CCD)
_FINISH = np.uint64(0xC4CEB9FE1A85EC53)
_HALF = np.uint64(32)


def hash_grams(codes: NDArray[np.uint32], size: int, seed: int) -> NDArray[np.int64]:
    """Hash every run of `size` code points; shape (n,) gives int64 of shape (max(0, n - size + 1),).

    Each character is mixed in by a multiplication and a shift, with Murmur3's constants; 64 bits
    make a chance collision among ten billion grams' pairs with one text's about one in a million.
    """
    count = max(0, len(codes) - size + 1)
    hashes = np.full(count, seed, dtype=np.uint64)
    high = np.empty(count, dtype=np.uint64)
    wide = codes.astype(np.uint64)
    for offset in range(size):
        hashes ^= wide[offset : offset + count]
        hashes *= _STEP
        hashes ^= np.right_shift(hashes, _HALF, out=high)
    hashes *= _FINISH
    hashes ^= np.right_shift(hashes, _HALF, out=high)
    return hashes.view(np.int64)
