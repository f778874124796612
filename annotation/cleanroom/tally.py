"""How often each of many hashes was given, in arrays: half a million references have more grams than a dictionary can hold."""

import numpy as np
from numpy.typing import NDArray

_MERGE_AT = 1 << 22  # hashes held back before they are merged into the counts


class Tally:
    """Counts unsigned whole numbers."""

    def __init__(self) -> None:
        self._waiting: list[NDArray[np.uint64]] = []
        self._waiting_size = 0
        self._hashes = np.empty(0, dtype=np.uint64)
        self._counts = np.empty(0, dtype=np.int64)

    def add(self, hashes: NDArray[np.uint64]) -> None:
        """Count each of some hashes once more."""
        self._waiting.append(hashes)
        self._waiting_size += len(hashes)
        if self._waiting_size >= _MERGE_AT:
            self._merge()

    def counted(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """Return the distinct hashes, sorted, and how often each was given."""
        self._merge()
        return self._hashes, self._counts

    def _merge(self) -> None:
        hashes = np.concatenate([self._hashes, *self._waiting])
        waiting = np.ones(self._waiting_size, dtype=np.int64)
        distinct, inverse = np.unique(hashes, return_inverse=True)
        weights = np.concatenate([self._counts, waiting])
        self._counts = np.bincount(inverse, weights=weights, minlength=len(distinct)).astype(np.int64)
        self._hashes = distinct
        self._waiting = []
        self._waiting_size = 0
