"""Rows (hash, reference) by the hundred million: collected on disk in parts, and sorted into files mapped into memory.

A `Spool` collects rows for an index of any kind and can go on after it was killed. A `Segment` is the kind that needs
no database: two sorted columns, 12 bytes a row, of which a lookup reads a few pages.
"""

import json
import mmap
import os
import shutil
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.fingerprints import Labelled
from annotation.cleanroom.index import rows_in

PARTS = 64  # of a spool, by the highest bits of the hash: at 77 million rows, 20 MB each
_PART_SHIFT = np.int64(58)
_ROW = np.dtype([("hash", "<i8"), ("reference", "<u4")])
_BLOCK = 1 << 22  # rows looked at together where all are
_STATE = "state.json"
_ABOUT = "segment.json"


class SegmentDamaged(ValueError):
    """The files of a segment are not there, or not what was written."""


class Spool:
    """Rows on their way into an index, appended in chunks; each chunk is on the disk, whole, or was never there.

    `purpose` says what the rows are of, such as the fingerprints' version: a folder left by another purpose is emptied.
    `done` is the caller's own mark of how far the last chunk went.
    """

    def __init__(self, folder: Path, purpose: str) -> None:
        self._folder = folder
        self._purpose = purpose
        self.done = 0
        self._rows = [0] * PARTS
        if not self._resume():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)

    def __len__(self) -> int:
        return sum(self._rows)

    def append(self, hashes: NDArray[np.int64], references: NDArray[np.int64], *, done: int) -> None:
        """Keep rows, in any order. Raises ValueError on a reference above 4,294,967,295."""
        rows = np.empty(len(hashes), dtype=_ROW)
        part = ((hashes >> _PART_SHIFT) + PARTS // 2).astype(np.uint8)
        order = np.argsort(part, kind="stable")
        rows["hash"] = hashes[order]
        rows["reference"] = _narrow(references[order])
        bounds = np.searchsorted(part[order], np.arange(PARTS + 1)).tolist()
        for number, (first, last) in enumerate(pairwise(bounds)):
            if first < last:
                with self._part(number).open("ab") as file:
                    file.write(rows[first:last].tobytes())
                self._rows[number] += last - first
        self.done = done
        self._keep_state()

    def sorted_parts(self) -> Iterator[Labelled]:
        """Yield all rows by hash, in parts: hashes and their references, both int64."""
        for rows in map(self._read, range(PARTS)):
            order = np.argsort(rows["hash"], kind="stable")
            yield rows["hash"][order], rows["reference"][order].astype(np.int64)

    def counts(self) -> NDArray[np.int64]:
        """Return how many rows each reference has; shape (highest reference + 1,)."""
        return _counts(rows["reference"] for rows in map(self._read, range(PARTS)))

    def discard(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _read(self, number: int) -> NDArray[Any]:
        return np.fromfile(self._part(number), dtype=_ROW) if self._rows[number] else np.empty(0, dtype=_ROW)

    def _part(self, number: int) -> Path:
        return self._folder / f"part-{number:02d}"

    def _resume(self) -> bool:
        """Go back to the end of the last chunk; False when there is nothing to go on from."""
        try:
            state = json.loads((self._folder / _STATE).read_text())
        except (OSError, ValueError):
            return False
        if state["purpose"] != self._purpose:
            return False
        for number, count in enumerate(state["rows"]):
            part = self._part(number)
            if part.exists() or count:
                if part.stat().st_size < count * _ROW.itemsize:
                    return False
                os.truncate(part, count * _ROW.itemsize)
        self._rows, self.done = state["rows"], state["done"]
        return True

    def _keep_state(self) -> None:
        state = {"purpose": self._purpose, "done": self.done, "rows": self._rows}
        new = self._folder / f"{_STATE}.new"
        new.write_text(json.dumps(state))
        new.replace(self._folder / _STATE)


class Segment:
    """A sorted index in a folder, mapped into memory and read-only. Raises SegmentDamaged when it cannot be opened."""

    def __init__(self, folder: Path) -> None:
        try:
            about = json.loads((folder / _ABOUT).read_text())
            self._hashes = _mapped(folder / "hashes", "<i8", about["rows"])
            self._references = _mapped(folder / "references", "<u4", about["rows"])
        except (OSError, ValueError, KeyError) as error:
            raise SegmentDamaged(f"the segment {folder.name} cannot be read: {error}") from error

    @classmethod
    def write(cls, folder: Path, spool: Spool) -> "Segment":
        """Write the rows of a spool into a new folder, which appears whole or not at all."""
        new = folder.with_name(f"{folder.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        with (new / "hashes").open("wb") as hashes_file, (new / "references").open("wb") as references_file:
            for hashes, references in spool.sorted_parts():
                hashes_file.write(hashes.astype("<i8").tobytes())
                references_file.write(references.astype("<u4").tobytes())
            for file in (hashes_file, references_file):
                file.flush()
                os.fsync(file.fileno())
        (new / _ABOUT).write_text(json.dumps({"rows": len(spool)}))
        new.rename(folder)
        return cls(folder)

    def __len__(self) -> int:
        return len(self._hashes)

    def rows(self, wanted: NDArray[np.int64]) -> Labelled:
        """Return the rows whose hash is wanted; `wanted` holds distinct hashes."""
        hashes, references = rows_in(self._hashes, self._references, wanted)
        return hashes, references.astype(np.int64)

    def rows_of(self, references: NDArray[np.int64]) -> Labelled:
        """Return the rows of some references. Reads the whole segment."""
        found = [first + np.flatnonzero(np.isin(block, references)) for first, block in self._blocks()]
        at = np.concatenate(found) if found else np.empty(0, dtype=np.int64)
        return self._hashes[at], self._references[at].astype(np.int64)

    def counts(self) -> NDArray[np.int64]:
        """Return how many rows each reference has; shape (highest reference + 1,). Reads the whole segment."""
        return _counts(block for _, block in self._blocks())

    def _blocks(self) -> Iterator[tuple[int, NDArray[np.uint32]]]:
        for first in range(0, len(self), _BLOCK):
            yield first, self._references[first : first + _BLOCK]


def _counts(blocks: Iterable[NDArray[np.uint32]]) -> NDArray[np.int64]:
    counts = np.zeros(0, dtype=np.int64)
    for block in blocks:
        more = np.bincount(block, minlength=len(counts))
        more[: len(counts)] += counts
        counts = more
    return counts


def _narrow(references: NDArray[np.int64]) -> NDArray[np.uint32]:
    if len(references) and not 0 <= references.min() <= references.max() <= np.iinfo(np.uint32).max:
        raise ValueError("a segment holds references from 0 to 4,294,967,295")
    return references.astype(np.uint32)


def _mapped(path: Path, kind: str, rows: int) -> NDArray[Any]:
    if path.stat().st_size != rows * np.dtype(kind).itemsize:
        raise ValueError(f"{path.name} is not as long as it was written")
    if not rows:
        return np.empty(0, dtype=kind)
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    mapped.madvise(mmap.MADV_RANDOM)  # lookups jump: what stands around a page is not worth reading
    return np.frombuffer(mapped, dtype=kind)
