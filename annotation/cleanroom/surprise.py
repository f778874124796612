"""How improbable a passage is, in bits, under what the references themselves say.

Names and set phrases of a subject are long, and whoever writes on it has them; but each of their characters follows from
those before. How often one follows another is counted over the references, an instruction one vote, less the one whose
passage it may be: what a single one has, nobody else says.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.hashing import SURPRISE_SEED, hash_grams
from annotation.cleanroom.normalise import Normalised
from annotation.cleanroom.tally import Tally

ORDER = 5  # characters of the longest gram: a character, and those that it is expected after
PARTS = 8  # of a bit, in which everything is counted: whole numbers are the same everywhere
UNKNOWN = 16 * PARTS  # what a character that no other instruction's reference has is worth, and the most that any is
NOT_AFTER = 11  # what it is worth more for each context that is known, but not before it
MOST_GRAMS = 400_000  # two megabytes
SAMPLE = 8192  # instructions that are counted of a larger store, always the same ones
LEAST_SAMPLE = 1000  # of fewer nothing can be learned


@dataclass(frozen=True, eq=False)
class Surprise:
    """Sorted distinct gram hashes, uint32 of shape (g,), and in how many other instructions' references each stands.

    `counts`, uint8 of shape (g,), and `total`, that of all characters together, are logarithms, in parts of a bit.
    """

    grams: NDArray[np.uint32]
    counts: NDArray[np.uint8]
    total: int

    @classmethod
    def unlearned(cls) -> "Surprise":
        """Return what is in force before anything was counted: no passage has any bits."""
        return cls(np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.uint8), 0)

    @property
    def is_learned(self) -> bool:
        """Whether anything was counted."""
        return len(self.grams) > 0

    def parts(self, passages: Sequence[NDArray[np.uint32]]) -> list[NDArray[np.int64]]:
        """Return for each passage, code points of shape (n,), what its characters are worth after those before them.

        In parts of a bit, of the same shapes.
        """
        lengths = np.fromiter(map(len, passages), dtype=np.int64, count=len(passages))
        starts = lengths.cumsum() - lengths
        place = np.arange(int(lengths.sum())) - np.repeat(starts, lengths)
        result = np.zeros(len(place), dtype=np.int64)
        if len(place) and self.is_learned:
            result = self._parts(np.concatenate(passages), place)
        return np.split(result, starts[1:])[: len(passages)]

    def _parts(self, codes: NDArray[np.uint32], place: NDArray[np.int64]) -> NDArray[np.int64]:
        """`place`: how many characters of its passage stand before each."""
        result = np.full(len(codes), UNKNOWN, dtype=np.int64)
        is_found = np.zeros(len(codes), dtype=np.bool_)
        more = np.zeros(len(codes), dtype=np.int64)
        common = [self._how_common(codes, place, order) for order in range(ORDER + 1)]
        for order in range(ORDER, 0, -1):
            before = np.append(-1, common[order - 1][:-1])
            before[place < order - 1] = -1
            if order == 1:
                before = common[0]
            here = ~is_found & (common[order] >= 0)
            result[here] = np.maximum(before[here] - common[order][here], 0) + more[here]
            is_found |= here
            more[~is_found & (before >= 0)] += NOT_AFTER
        return np.minimum(result, UNKNOWN)

    def _how_common(self, codes: NDArray[np.uint32], place: NDArray[np.int64], order: int) -> NDArray[np.int64]:
        """Return for each place the count of the gram that ends there, -1 where it has none; of order 0, the total."""
        if not order:
            return np.full(len(codes), self.total, dtype=np.int64)
        hashes = _short(hash_grams(codes, order, SURPRISE_SEED))
        at = np.searchsorted(self.grams, hashes)
        at[at == len(self.grams)] = 0
        is_known = (self.grams[at] == hashes) & (place[order - 1 :] >= order - 1)
        result = np.full(len(codes), -1, dtype=np.int64)
        result[order - 1 :] = np.where(is_known, self.counts[at].astype(np.int64), -1)
        return result


class SurpriseCounter:
    """Counts in how many instructions' references each gram of one to five characters stands."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._characters = 0

    def add(self, references: Iterable[Normalised]) -> None:
        """Count one instruction with all its references."""
        codes = [reference.codes for reference in references]
        for order in range(1, ORDER + 1):
            grams = [_short(hash_grams(each, order, SURPRISE_SEED)) for each in codes]
            distinct = np.unique(np.concatenate(grams)) if grams else np.empty(0, dtype=np.uint32)
            self._tally.add(distinct.astype(np.uint64))
            self._characters += len(distinct) if order == 1 else 0

    def build(self) -> Surprise:
        """Return the grams that more than one instruction has, the commonest if there are too many."""
        grams, counts = self._tally.counted()
        common = np.sort(counts[counts > 1])
        kept = counts > (common[-MOST_GRAMS - 1] if len(common) > MOST_GRAMS else 1)
        return Surprise(
            grams=grams[kept].astype(np.uint32),
            counts=_parts_of(counts[kept] - 1).astype(np.uint8),
            total=int(_parts_of(np.array([max(1, self._characters)]))[0]),
        )


def _short(hashes: NDArray[np.int64]) -> NDArray[np.uint32]:
    return hashes.view(np.uint64).astype(np.uint32)


def _parts_of(numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.rint(PARTS * np.log2(numbers))
    return result
