"""The Merkle tree against the vectors of Certificate Transparency, and every way in which a proof can be wrong."""

import random
from itertools import pairwise

import pytest

from annotation.cleanroom.merkle import Tree
from annotation.cleanroom.merkle_proofs import (
    BrokenProof,
    consistency_verify,
    frontier_grow,
    frontier_root,
    inclusion_verify,
    leaf_hash,
)

# The leaves and roots with which implementations of RFC 6962 are tested everywhere.
LEAVES = [
    leaf_hash(bytes.fromhex(data))
    for data in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# Leaf, size, proof; and first size, second size, proof.
INCLUSIONS = [
    (0, 1, []),
    (0, 8, [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]),
    (5, 8, [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (1, 5, [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]),
]  # fmt: skip
CONSISTENCIES = [
    (1, 1, []),
    (1, 8, [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]),
    (6, 8, [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]),
    (2, 5, [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]),
]  # fmt: skip


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_the_vectors(size: int) -> None:
    assert Tree(LEAVES[:size]).root().hex() == Tree(LEAVES).root(size).hex() == ROOTS[size]
    half, count = frontier_grow([], 0, LEAVES[: size // 2])
    grown, count = frontier_grow(half, count, LEAVES[size // 2 : size])
    assert (frontier_root(grown).hex(), count, len(grown)) == (ROOTS[size], size, size.bit_count())


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSIONS)
def test_the_proofs_of_inclusion_are_those_of_the_vectors(index: int, size: int, proof: list[str]) -> None:
    assert [node.hex() for node in Tree(LEAVES).inclusion_proof(index, size)] == proof


@pytest.mark.parametrize(("first", "second", "proof"), CONSISTENCIES)
def test_the_proofs_of_consistency_are_those_of_the_vectors(first: int, second: int, proof: list[str]) -> None:
    assert [node.hex() for node in Tree(LEAVES).consistency_proof(first, second)] == proof


def make_leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 33, 100])
def test_every_leaf_is_proved_and_nothing_else(size: int) -> None:
    leaves = make_leaves(size)
    root = Tree(leaves).root()
    for index, leaf in enumerate(leaves):
        proof = Tree(leaves).inclusion_proof(index)
        inclusion_verify(leaf=leaf, index=index, size=size, proof=proof, root=root)
        wrong = [
            {"leaf": leaf_hash(b"another")},
            {"index": (index + 1) % size} if size > 1 else {"index": 1},
            {"index": -1},
            {"size": index},
            {"root": leaf_hash(b"another")},
            {"proof": [*proof, root]},
            {"proof": proof[:-1]} if proof else {"proof": [root]},
            {"proof": [leaf_hash(b"another"), *proof[1:]]} if proof else {"size": 0},
        ]
        for change in wrong:
            with pytest.raises(BrokenProof):
                inclusion_verify(**{"leaf": leaf, "index": index, "size": size, "proof": proof, "root": root} | change)


@pytest.mark.parametrize("second", [1, 2, 3, 7, 8, 9, 33])
def test_every_growth_is_proved_and_no_rewriting(second: int) -> None:
    leaves = make_leaves(second)
    for first in range(1, second + 1):
        facts = {
            "first": first, "first_root": Tree(leaves[:first]).root(), "second": second, "second_root": Tree(leaves).root(),
            "proof": Tree(leaves).consistency_proof(first),
        }  # fmt: skip
        consistency_verify(**facts)
        proof = facts["proof"]
        rewritten = Tree([leaf_hash(b"another"), *leaves[1:]]).root()
        wrong = [{"second_root": rewritten}, {"first_root": rewritten}, {"first": second + 1}, {"first": 0}]
        wrong += [{"proof": [*proof, rewritten]}, {"proof": proof[:-1]} if proof else {"proof": [rewritten]}]
        for change in wrong:
            if change.get("first_root") == facts["first_root"]:
                continue
            with pytest.raises(BrokenProof):
                consistency_verify(**facts | change)


def test_a_tree_that_forgot_or_changed_a_leaf_does_not_pass_for_grown() -> None:
    leaves = make_leaves(20)
    chance = random.Random(3)
    for _ in range(50):
        first = chance.randrange(1, 20)
        changed = list(leaves)
        changed[chance.randrange(first)] = leaf_hash(b"swapped later")
        with pytest.raises(BrokenProof):
            consistency_verify(
                first=first, first_root=Tree(leaves[:first]).root(), second=20, second_root=Tree(changed).root(),
                proof=Tree(changed).consistency_proof(first),
            )  # fmt: skip


def test_what_is_not_there_cannot_be_proved() -> None:
    for index in (-1, 3):
        with pytest.raises(IndexError):
            Tree(LEAVES).inclusion_proof(index, 3)
    for first in (0, 4):
        with pytest.raises(IndexError):
            Tree(LEAVES).consistency_proof(first, 3)


def test_a_frontier_grows_leaf_by_leaf_as_at_once() -> None:
    leaves = make_leaves(70)
    frontier: list[bytes] = []
    sizes = [0, 1, 2, 5, 5, 64, 65, 70]
    for before, after in pairwise(sizes):
        frontier, size = frontier_grow(frontier, before, leaves[before:after])
        assert size == after and frontier_root(frontier) == Tree(leaves[:after]).root()
