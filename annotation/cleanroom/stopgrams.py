"""Grams that so many different instructions' references contain that sharing one proves nothing.

The list has a version, which every report carries. What counts is how many *different instructions* have the
gram in a reference: a hundred answers to one instruction are one vote, so a repeated answer cannot whitelist
itself. Besides 8-grams it has the 16-grams that are as common: eight letters are a word, which many texts have, and a
long passage of such words is still somebody's own. Sequences that everybody writes alike (commonplaces.txt) are
always in. With the list goes how surprising any other passage is (see `surprise`), counted over the same references.
"""

import hashlib
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.fingerprints import Fingerprints, text_grams
from annotation.cleanroom.hashing import GRAM, LONG_GRAM, LONG_SEED, hash_grams
from annotation.cleanroom.normalise import Normalised, normalise
from annotation.cleanroom.surprise import LEAST_SAMPLE, SAMPLE, Surprise, SurpriseCounter
from annotation.cleanroom.tally import Tally

LEAST_INSTRUCTIONS = 50
ONE_IN = 2000  # or a gram in more than one of so many instructions, whichever is more

_MAGIC = b"HITSTOP2"
_MAGIC_LEARNED = b"HITSTOP3"  # surprise after the hashes
_HEADER = struct.Struct("<8sQQ")  # magic, instructions counted, hashes
_LEARNED = struct.Struct("<QQ")  # grams, total
_DIGEST_BYTES = 32


class CorruptStopGrams(ValueError):
    """The bytes are not a stop-gram list, or not whole."""


@dataclass(frozen=True, eq=False)
class StopGrams:
    """Sorted distinct gram hashes, uint64 of shape (k,), and the number of instructions they were counted over."""

    hashes: NDArray[np.uint64]
    instructions: int = 0
    surprise: Surprise = field(default_factory=Surprise.unlearned)

    @classmethod
    def commonplaces(cls) -> "StopGrams":
        """Return the list that is in force before anything was counted."""
        return cls(hashes=_commonplace_hashes())

    @classmethod
    def load(cls, data: bytes) -> "StopGrams":
        """Read a list from its bytes. Raises CorruptStopGrams on any byte that is not as `dump` writes it."""
        if len(data) < _HEADER.size + _DIGEST_BYTES or data[:8] not in {_MAGIC, _MAGIC_LEARNED}:
            raise CorruptStopGrams("not a stop-gram list")
        magic, instructions, count = _HEADER.unpack_from(data)
        body, digest = data[:-_DIGEST_BYTES], data[-_DIGEST_BYTES:]
        end = _HEADER.size + 8 * count
        if len(body) < end or hashlib.sha256(body).digest() != digest:
            raise CorruptStopGrams("the stop-gram list is damaged")
        hashes = np.frombuffer(body, dtype="<u8", count=count, offset=_HEADER.size).astype(np.uint64)
        if not bool((hashes[1:] > hashes[:-1]).all()):
            raise CorruptStopGrams("the stop-gram list is not sorted")
        learned = body[end:]
        if (magic == _MAGIC) == bool(learned):
            raise CorruptStopGrams("the stop-gram list is damaged")
        surprise = _load_surprise(learned) if learned else Surprise.unlearned()
        return cls(hashes=hashes, instructions=instructions, surprise=surprise)

    def dump(self) -> bytes:
        """Return the list's bytes: header, sorted little-endian uint64, what was learned if anything was, SHA-256 of it all."""
        learned = _dump_surprise(self.surprise) if len(self.surprise.grams) else b""
        header = _HEADER.pack(_MAGIC_LEARNED if learned else _MAGIC, self.instructions, len(self.hashes))
        body = header + self.hashes.astype("<u8").tobytes() + learned
        return body + hashlib.sha256(body).digest()

    @cached_property
    def version(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 in the list's bytes."""
        return self.dump()[-_DIGEST_BYTES:].hex()[:16]

    def contains(self, grams: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which gram hashes are stop-grams; the same shape."""
        if not len(self.hashes):
            return np.zeros(len(grams), dtype=np.bool_)
        wanted = grams.view(np.uint64)
        at = np.searchsorted(self.hashes, wanted)
        at[at == len(self.hashes)] = 0
        return np.equal(self.hashes[at], wanted)

    def without_stops(self, fingerprints: Fingerprints) -> Fingerprints:
        """Return the fingerprints less those that are stop-grams. Skeleton grams stay.

        Stops leave after winnowing, not before: which grams winnowing picks then does not depend on the
        list, and a reference fingerprinted under an older list is still found.
        """
        return Fingerprints(
            grams=fingerprints.grams[~self.contains(fingerprints.grams)], skeleton=fingerprints.skeleton
        )


def _dump_surprise(surprise: Surprise) -> bytes:
    grams = surprise.grams.astype("<u4").tobytes()
    return _LEARNED.pack(len(surprise.grams), surprise.total) + grams + surprise.counts.tobytes()


def _load_surprise(data: bytes) -> Surprise:
    count, total = _LEARNED.unpack_from(data) if len(data) >= _LEARNED.size else (-1, 0)
    if not 0 < count == (len(data) - _LEARNED.size) / 5:
        raise CorruptStopGrams("what was learned of surprise is damaged")
    grams = np.frombuffer(data, dtype="<u4", count=count, offset=_LEARNED.size).astype(np.uint32)
    if not bool((grams[1:] > grams[:-1]).all()):
        raise CorruptStopGrams("what was learned of surprise is not sorted")
    return Surprise(grams, np.frombuffer(data, dtype=np.uint8, offset=_LEARNED.size + 4 * count), total)


Read = Callable[[], Iterable[tuple[str, Iterable[str]]]]


def count_stop_grams(read: Read, *, threshold: int | None = None, partitions: int = 1) -> StopGrams:
    """Return the list for the pairs (instruction, its references) that `read` gives: as often as it is called, the same.

    Called once for each partition and once more: half a million references counted at once take gigabytes. The
    result does not depend on `partitions`. `threshold` is max(50, N / 2000) by default. Raises ValueError when an
    instruction comes twice: its grams would have two votes.
    """
    parts = []
    keys: set[bytes] = set()
    for partition in range(partitions):
        counter = StopGramCounter(partition=partition, partitions=partitions)
        for instruction, references in read():
            keys.add(counter.add(instruction, references))
        parts.append(counter.build(threshold=threshold))
    hashes = np.unique(np.concatenate([part.hashes for part in parts]))
    shorter = StopGrams(hashes=hashes, instructions=parts[0].instructions)
    counter = StopGramCounter(shorter=shorter)
    sample = set(sorted(keys)[:SAMPLE]) if len(keys) >= LEAST_SAMPLE else set()
    learner = SurpriseCounter()
    for instruction, references in read():
        texts = list(references)
        if counter.add(instruction, texts) in sample:
            learner.add([normalise(text, lenient=True) for text in texts])
    return replace(counter.build(threshold=threshold), surprise=learner.build())


class StopGramCounter:
    """Counts in how many instructions' references each 8-gram stands; or, given a list of those, each 16-gram.

    A 16-gram is at most as common as the 8-grams in it: only those whose halves are in `shorter` are counted.
    `partitions` greater than one counts only the hashes whose remainder is `partition`.
    """

    def __init__(self, *, shorter: StopGrams | None = None, partition: int = 0, partitions: int = 1) -> None:
        if not 0 <= partition < partitions:
            raise ValueError("partition must be one of range(partitions)")
        self._shorter = shorter
        self._partition = partition
        self._partitions = partitions
        self._seen: set[bytes] = set()
        self._tally = Tally()

    def add(self, instruction: str, references: Iterable[str]) -> bytes:
        """Count one instruction, once, with all its references; returns 16 bytes by which it is known.

        Instructions that differ only in what normalising takes away are the same. Raises ValueError when the
        same one comes again: its grams would have two votes.
        """
        key = hashlib.sha256(normalise(instruction, lenient=True).text.encode()).digest()[:16]
        if key in self._seen:
            raise ValueError("this instruction was counted before; add all its references at once")
        self._seen.add(key)
        grams = [self._grams(normalise(reference, lenient=True)) for reference in references]
        if grams:
            distinct = np.unique(np.concatenate(grams).view(np.uint64))
            if self._partitions > 1:
                distinct = distinct[distinct % np.uint64(self._partitions) == self._partition]
            self._tally.add(distinct)
        return key

    @property
    def instructions(self) -> int:
        """The number of instructions counted so far."""
        return len(self._seen)

    def build(self, *, threshold: int | None = None) -> StopGrams:
        """Return what is always in, and the grams of more than `threshold` instructions (by default max(50, N / 2000))."""
        hashes, counts = self._tally.counted()
        limit = max(LEAST_INSTRUCTIONS, self.instructions // ONE_IN) if threshold is None else threshold
        always = _commonplace_hashes() if self._shorter is None else self._shorter.hashes
        frequent = hashes[counts > limit]
        return StopGrams(hashes=np.union1d(frequent, always), instructions=self.instructions)

    def _grams(self, text: Normalised) -> NDArray[np.int64]:
        grams = text_grams(text)
        if self._shorter is None:
            return grams
        is_stop = self._shorter.contains(grams)
        return _long_grams(text)[is_stop[:-GRAM] & is_stop[GRAM:]] if len(grams) > GRAM else grams[:0]


def _long_grams(text: Normalised) -> NDArray[np.int64]:
    return hash_grams(text.codes, LONG_GRAM, LONG_SEED)


@cache
def _commonplace_hashes() -> NDArray[np.uint64]:
    lines = Path(__file__).with_name("commonplaces.txt").read_text(encoding="utf-8").splitlines()
    grams = []
    for line in lines:
        if line.startswith("#"):
            continue
        items = line.split()
        numbered = [f"{number}{item}" for number, item in enumerate(items, start=1)]
        for form in ("".join(items), "".join(numbered)):
            sequence = normalise(form)
            grams += [text_grams(sequence), _long_grams(sequence)]
    return np.unique(np.concatenate(grams).view(np.uint64))
