"""The Merkle tree of RFC 6962, section 2.1: roots, and proofs that a leaf is in a tree and that a tree only grew.

Leaves are given by their hashes. A frontier is a tree reduced to what its growth needs: the roots of its full subtrees,
the largest first, one for each bit of its size.
"""

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32


class BrokenProof(ValueError):
    """The proof does not show what it should, or is not of a proof's form."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf that holds `data`."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def frontier_grow(frontier: Sequence[bytes], size: int, leaves: Iterable[bytes]) -> tuple[list[bytes], int]:
    """Append leaves to a tree of `size`; return its frontier and size afterwards."""
    roots = list(frontier)
    for leaf in leaves:
        node, bit = leaf, size
        while bit & 1:
            node = node_hash(roots.pop(), node)
            bit >>= 1
        roots.append(node)
        size += 1
    return roots, size


def frontier_root(frontier: Sequence[bytes]) -> bytes:
    """Return the root of the tree with this frontier; of an empty one, the hash of nothing."""
    if not frontier:
        return hashlib.sha256().digest()
    root = frontier[-1]
    for node in reversed(frontier[:-1]):
        root = node_hash(node, root)
    return root


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


def inclusion_verify(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that `leaf` stands at `index` of the tree of `size` with `root`. Raises `BrokenProof` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        raise BrokenProof("the index is not in the tree")
    node, last, found = index, size - 1, leaf
    for beside in proof:
        if last == 0:
            raise BrokenProof("the proof is too long")
        if node & 1 or node == last:
            found = node_hash(beside, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, beside)
        node, last = node >> 1, last >> 1
    if last or found != root:
        raise BrokenProof("the leaf is not in the tree with this root")


def consistency_verify(
    *, first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the tree of size `second` begins with the one of size `first`. Raises `BrokenProof` (RFC 9162, 2.1.4.2)."""
    if not 0 < first <= second:
        raise BrokenProof("the sizes are in no order")
    if first == second:
        if proof or first_root != second_root:
            raise BrokenProof("two roots of one size")
        return
    nodes = list(proof)
    if first & (first - 1) == 0:
        nodes.insert(0, first_root)
    if not nodes:
        raise BrokenProof("the proof is empty")
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = nodes[0]
    for beside in nodes[1:]:
        if last == 0:
            raise BrokenProof("the proof is too long")
        if node & 1 or node == last:
            old, new = node_hash(beside, old), node_hash(beside, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, beside)
        node, last = node >> 1, last >> 1
    if last or old != first_root or new != second_root:
        raise BrokenProof("the second tree did not grow from the first")


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
