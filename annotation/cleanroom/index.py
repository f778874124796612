"""From fingerprints to the references worth comparing: ranking, and an index in memory.

The service's index is a PostgreSQL table; this one serves benches, the release verifier and an
auditor, and states what any index must answer.
"""

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.fingerprints import Fingerprints

HIT_UNIT = 1 << 20  # what a hash that a single reference has is worth; one that k have is worth HIT_UNIT // k
_COMPACT_AT = 200_000


class Retriever(Protocol):
    """An index of references by fingerprint. What was added is found by the next call."""

    def add(self, reference_id: int, fingerprints: Fingerprints) -> None:
        """Put a reference in, once."""

    def candidates(self, fingerprints: Fingerprints, *, limit: int) -> list[int]:
        """Return the ids of the likeliest sources, best first, as `rank_candidates` orders them."""


def rank_candidates(hits: Iterable[tuple[int, int]], *, limit: int = 20) -> list[int]:
    """Return the ids with the most hits, best first, the lower id first among equals.

    `hits` are pairs (reference id, hits or summed worth): whole numbers, so that the order is the same everywhere.
    """
    ranked = sorted(hits, key=lambda hit: (-hit[1], hit[0]))
    return [reference_id for reference_id, _ in ranked[:limit]]


def rank_rows(hashes: NDArray[np.int64], references: NDArray[np.int64], *, limit: int = 20) -> list[int]:
    """Rank the rows (hash, reference) that a lookup found, rarer hashes being worth more.

    Both of shape (r,), each row once. By plain counts, twenty long references full of common phrases push
    the one that a passage was taken from off the list; by rarity they do not. In SQL: `sum(1048576 / count(*)
    over (partition by hash))` by reference.
    """
    if not len(hashes):
        return []
    _, which, holders = np.unique(hashes, return_inverse=True, return_counts=True)
    ids, owner = np.unique(references, return_inverse=True)
    worth = np.zeros(len(ids), dtype=np.int64)
    np.add.at(worth, owner, (HIT_UNIT // holders)[which])
    order = np.lexsort((ids, -worth))[:limit]
    return [int(reference_id) for reference_id in ids[order]]


def rows_in(
    hashes: NDArray[np.int64], references: NDArray[Any], wanted: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return the rows whose hash is wanted, of rows sorted by hash; `wanted` holds distinct hashes."""
    first = np.searchsorted(hashes, wanted, side="left")
    counts = np.searchsorted(hashes, wanted, side="right") - first
    at = np.repeat(first - (counts.cumsum() - counts), counts) + np.arange(int(counts.sum()))
    return np.repeat(wanted, counts), references[at]


class MemoryIndex:
    """A Retriever of sorted arrays, 16 bytes a fingerprint, with a small unsorted part for what is new."""

    def __init__(self) -> None:
        self._hashes = np.empty(0, dtype=np.int64)
        self._references = np.empty(0, dtype=np.int64)
        self._recent: dict[int, list[int]] = {}
        self._recent_size = 0

    @property
    def size(self) -> int:
        """The number of rows (hash, reference)."""
        return len(self._hashes) + self._recent_size

    def add(self, reference_id: int, fingerprints: Fingerprints) -> None:
        """Put a reference in, once; merges the small part into the sorted one when it has grown."""
        for value in fingerprints.all().tolist():
            self._recent.setdefault(value, []).append(reference_id)
            self._recent_size += 1
        if self._recent_size >= _COMPACT_AT:
            self.compact()

    def add_rows(self, hashes: NDArray[np.int64], references: NDArray[np.int64]) -> None:
        """Put many rows (hash, reference) in at once; both of shape (r,), in any order."""
        hashes = np.concatenate((self._hashes, hashes))
        references = np.concatenate((self._references, references))
        order = np.lexsort((references, hashes))
        self._hashes, self._references = hashes[order], references[order]

    def compact(self) -> None:
        """Merge what is new into the sorted part."""
        counts = [len(references) for references in self._recent.values()]
        hashes = np.repeat(np.fromiter(self._recent, dtype=np.int64, count=len(counts)), counts)
        references = [reference for references in self._recent.values() for reference in references]
        self._recent, self._recent_size = {}, 0
        self.add_rows(hashes, np.array(references, dtype=np.int64))

    def candidates(self, fingerprints: Fingerprints, *, limit: int = 20) -> list[int]:
        """Return the ids of the likeliest sources, best first."""
        return rank_rows(*self.rows(fingerprints.all()), limit=limit)

    def rows(self, wanted: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows (hashes, references) whose hash is wanted; `wanted` holds distinct hashes."""
        hashes, references = rows_in(self._hashes, self._references, wanted)
        found_hashes, found_references = [hashes], [references]
        for value in wanted.tolist() if self._recent else ():
            if recent := self._recent.get(value):
                found_hashes.append(np.full(len(recent), value, dtype=np.int64))
                found_references.append(np.array(recent, dtype=np.int64))
        return np.concatenate(found_hashes), np.concatenate(found_references)
