"""Spools and segments: what goes in comes out sorted, whatever killed the writer, and damage is noticed."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from annotation.cleanroom.index import MemoryIndex
from annotation.cleanroom.segments import Segment, SegmentDamaged, Spool

CHANCE = np.random.default_rng(11)


def rows(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Hashes from the whole range, some of them often, and references."""
    hashes = CHANCE.integers(-(2**63), 2**63 - 1, count)
    hashes[: count // 3] = CHANCE.choice(hashes[:7], count // 3)
    return hashes, CHANCE.integers(0, 50, count)


def pairs(hashes: NDArray[np.int64], references: NDArray[np.int64]) -> list[tuple[int, int]]:
    return sorted(zip(hashes.tolist(), references.tolist(), strict=True))


def spooled(folder: Path, *chunks: tuple[NDArray[np.int64], NDArray[np.int64]]) -> Spool:
    spool = Spool(folder, "test")
    for done, chunk in enumerate(chunks, start=1):
        spool.append(*chunk, done=done)
    return spool


def content(spool: Spool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    parts = list(spool.sorted_parts())
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def test_a_spool_gives_back_all_rows_by_hash(tmp_path: Path) -> None:
    first, second = rows(500), rows(300)
    spool = spooled(tmp_path / "spool", first, second, rows(0))
    hashes, references = content(spool)
    assert len(spool) == len(hashes) == 800
    assert (hashes[1:] >= hashes[:-1]).all()
    assert pairs(hashes, references) == sorted(pairs(*first) + pairs(*second))
    assert spool.counts().tolist() == np.bincount(references).tolist()


def test_a_spool_goes_on_after_its_last_whole_chunk(tmp_path: Path) -> None:
    first, second = rows(500), rows(300)
    spool = spooled(tmp_path / "spool", first)
    expected = pairs(*content(spool))
    for part in (tmp_path / "spool").glob("part-*"):  # killed while it wrote the next one
        with part.open("ab") as file:
            file.write(b"half a row")
    again = Spool(tmp_path / "spool", "test")
    assert (again.done, pairs(*content(again))) == (1, expected)
    again.append(*second, done=2)
    assert pairs(*content(Spool(tmp_path / "spool", "test"))) == sorted(expected + pairs(*second))


def test_a_spool_of_another_purpose_or_with_a_part_lost_begins_anew(tmp_path: Path) -> None:
    spooled(tmp_path / "spool", rows(500))
    other = Spool(tmp_path / "spool", "other fingerprints")
    assert (len(other), other.done) == (0, 0)
    other.append(*rows(500), done=5)
    part = next((tmp_path / "spool").glob("part-*"))
    os.truncate(part, part.stat().st_size - 1)
    assert Spool(tmp_path / "spool", "other fingerprints").done == 0
    other.discard()
    assert not (tmp_path / "spool").exists()


@pytest.mark.parametrize("reference", [-1, 2**32])
def test_a_reference_that_does_not_fit_is_refused(tmp_path: Path, reference: int) -> None:
    with pytest.raises(ValueError, match="4,294,967,295"):
        spooled(tmp_path / "spool", (np.array([1]), np.array([reference])))


def test_a_segment_finds_what_an_index_in_memory_finds(tmp_path: Path) -> None:
    chunks = [rows(2000), rows(1000)]
    memory = MemoryIndex()
    for chunk in chunks:
        memory.add_rows(*chunk)
    segment = Segment.write(tmp_path / "one", spooled(tmp_path / "spool", *chunks))
    wanted = np.unique(np.concatenate((chunks[0][0][:900:5], CHANCE.integers(-(2**63), 2**63 - 1, 50))))
    assert pairs(*segment.rows(wanted)) == pairs(*memory.rows(wanted)) != []
    assert pairs(*Segment(tmp_path / "one").rows(wanted)) == pairs(*segment.rows(wanted))
    assert segment.counts().tolist() == np.bincount(np.concatenate([chunk[1] for chunk in chunks])).tolist()
    of_two = [(value, owner) for chunk in chunks for value, owner in pairs(*chunk) if owner in (3, 7)]
    assert pairs(*segment.rows_of(np.array([3, 7]))) == sorted(of_two)


def test_an_empty_segment_finds_nothing(tmp_path: Path) -> None:
    segment = Segment.write(tmp_path / "none", Spool(tmp_path / "spool", "test"))
    assert [len(part) for part in segment.rows(np.array([1, 2]))] == [0, 0]
    assert (len(segment), len(segment.counts()), len(segment.rows_of(np.array([1]))[0])) == (0, 0, 0)


@pytest.mark.parametrize("name", ["hashes", "references", "segment.json"])
def test_a_segment_without_all_of_its_files_cannot_be_opened(tmp_path: Path, name: str) -> None:
    Segment.write(tmp_path / "one", spooled(tmp_path / "spool", rows(100)))
    path = tmp_path / "one" / name
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(SegmentDamaged):
        Segment(tmp_path / "one")
    path.unlink()
    with pytest.raises(SegmentDamaged):
        Segment(tmp_path / "one")
