"""The Merkle tree of RFC 6962 for whoever checks: hashes, roots of growing trees, and proofs. The verifier of each release carries this.

A frontier is a tree reduced to what its growth needs: the roots of its full subtrees, the largest first, one for each bit of its size.
"""

import hashlib
from collections.abc import Iterable, Sequence


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
