"""The Merkle tree of RFC 6962, section 2.1, for whoever keeps it: roots, and proofs that a leaf is in it and that it only grew.

Leaves are given by their hashes. How proofs are checked is in `merkle_proofs.py`.
"""

import hashlib
from collections.abc import Iterable

from annotation.cleanroom.merkle_proofs import node_hash


class Tree:
    """A tree with all its full subtrees, for roots and proofs of any of its sizes in logarithmic time."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        self._levels = [list(leaves)]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            self._levels.append([node_hash(*below[at : at + 2]) for at in range(0, len(below) - 1, 2)])

    def __len__(self) -> int:
        return len(self._levels[0])

    def root(self, size: int | None = None) -> bytes:
        """Return the root, or that of the first `size` leaves."""
        size = self._size(size)
        return self._root(0, size) if size else hashlib.sha256().digest()

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the proof that leaf `index`, from 0, is in the tree: the nodes beside its way up, the lowest first."""
        start, end = 0, self._size(size)
        if not 0 <= index < end:
            raise IndexError(index)
        proof: list[bytes] = []
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                proof.append(self._root(middle, end))
                end = middle
            else:
                proof.append(self._root(start, middle))
                start = middle
        return proof[::-1]

    def consistency_proof(self, first: int, second: int | None = None) -> list[bytes]:
        """Return the proof that the tree of `second` leaves grew from that of the first `first`."""
        start, end = 0, self._size(second)
        if not 0 < first <= end:
            raise IndexError(first)
        proof: list[bytes] = []
        while first != end:
            middle = start + _split(end - start)
            if first <= middle:
                proof.append(self._root(middle, end))
                end = middle
            else:
                proof.append(self._root(start, middle))
                start = middle
        if start:  # the older tree is not one of the full subtrees on the left edge, whose root is known already
            proof.append(self._root(start, end))
        return proof[::-1]

    def _size(self, size: int | None) -> int:
        if size is None:
            return len(self)
        if not 0 <= size <= len(self):
            raise IndexError(size)
        return size

    def _root(self, start: int, end: int) -> bytes:
        """The root over leaves start to end, where start is a multiple of the largest power of two in the range."""
        level = (end - start).bit_length() - 1
        if end - start == 1 << level:
            return self._levels[level][start >> level]
        middle = start + _split(end - start)
        return node_hash(self._root(start, middle), self._root(middle, end))


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
