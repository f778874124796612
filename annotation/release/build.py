"""Writing a release: canonical JSONL and all that vouches for it, under a temporary name until all of it is on the disk."""

import errno
import fcntl
import glob
import hashlib
import inspect
import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotation.cleanroom.merkle_proofs import frontier_grow, frontier_root
from annotation.cleanroom.tiles import TileFiles
from annotation.release.card import card
from annotation.release.datasheet import datasheet
from annotation.release.figures import Figures
from annotation.release.forms import HashedFile, SideFiles, parquet_write
from annotation.release.keys import ReleaseKey
from annotation.release.papers import papers
from annotation.release.plots import plots
from annotation.release.provenance import provenance
from annotation.release.record_lines import COUNTED, SIDES, data_path, side_of
from annotation.release.seal import MANIFEST_FILE, canonical, seal
from annotation.release.source import CleanRow
from annotation.release.tile_build import TileScan
from annotation.release.verify_release import Uncheckable, Unsound, verify
from config.errors import DomainError

FORMAT_VERSION = 6
DATA_FILE = data_path("train")
PROVENANCE_FILE = "provenance/records.jsonl"
TOMBSTONES_FILE = "tombstones.jsonl"
CHECKPOINT_FILE = "checkpoint"
VERIFIER_FILE = "verify_release.py"
CARD_FILE = "README.md"
DATASHEET_FILE = "DATASHEET.md"
VERIFIER = Path(__file__).with_name(VERIFIER_FILE)
OUR_IMPORT = re.compile(r"^from (annotation\.\S+) import (?:\([^)]*\)|.*)\n", re.MULTILINE)
PARTIAL = ".partial"  # ends the name of a folder that is not whole yet
SYNTHETIC_SUFFIX = "-synthetic"  # ends the name of a folder of text that a model wrote, and of no other
LEAVES_TOGETHER = 2000

Progress = Callable[[int], Any]


class ReleaseFolderTaken(DomainError):
    code = "release_folder_taken"
    status = 409
    message = _("The folder is there already and is not empty. Name another; a release is never written over.")


class ReleaseFolderUnusable(DomainError):
    code = "release_folder_unusable"
    status = 400
    message = _("The folder cannot be written to. Check that its parent exists and is yours to write.")


class MarkedSynthetic(DomainError):
    code = "release_marked_synthetic"
    status = 400
    message = _(
        "A name that ends in -synthetic is for text that a model wrote. Name the folder and the release otherwise."
    )


class DiskFull(DomainError):
    code = "release_disk_full"
    status = 507
    message = _("The disk is full. Nothing was released; free some space and run the command again.")


class NothingClean(DomainError):
    code = "release_empty"
    status = 409
    message = _("No record is clean yet, so there is nothing to release. `manage.py explain_record` says why.")


class BytesDiffer(DomainError):
    code = "release_bytes_differ"
    status = 500
    message = _("A text is not the one that was accepted: its hash differs. Nothing was released.")


@dataclass
class Built:
    """What a build wrote: sizes in bytes, hashes as lower-case hexadecimal SHA-256."""

    folder: Path
    name: str
    public_key: str
    record_count: int = 0
    root: str = ""
    is_demonstration: bool = False
    files: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in COUNTED})
    split: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(SIDES, 0)))
    withdrawals: int = 0
    checkpoint: dict[str, Any] | None = None
    tiles: dict[str, Any] | None = None
    filters: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    _figures: Figures = field(default_factory=Figures)

    @property
    def data_sha256(self) -> str:
        return str(self._data["sha256"])

    @property
    def data_bytes(self) -> int:
        return int(self._data["bytes"])

    @property
    def _data(self) -> dict[str, Any]:
        return next(one for one in self.files if one["path"] == DATA_FILE)

    def manifest(self) -> dict[str, Any]:
        """Return the manifest: what the release holds, by file and by count. No clock, machine or locale in it."""
        return {
            "format_version": FORMAT_VERSION,
            "name": self.name,
            "is_demonstration": self.is_demonstration,
            "records": self.record_count,
            "merkle_root": self.root,
            "public_key": self.public_key,
            "files": sorted(self.files, key=lambda one: str(one["path"])),
            "counts": {name: dict(counter) for name, counter in self.counts.items()},
            "split": dict(self.split),
            "withdrawals": self.withdrawals,
            "checkpoint": self.checkpoint,
            "tiles": self.tiles,
            "filters": self.filters,
            "figures": self.figures,
        }

    def told(self, operation: dict[str, Any]) -> dict[str, Any]:
        """The figures of the records, and of the operation that made them."""
        return {"records": self._figures.told(), "operation": operation}

    def count(self, row: CleanRow, side: str) -> None:
        self.record_count += 1
        self.is_demonstration = self.is_demonstration or row.is_demonstration
        self.split[side] += 1
        for name, empty in COUNTED.items():
            self.counts[name][getattr(row, name) or empty] += 1
        self._figures.count(row)


def folder_check(folder: Path) -> Path:
    """Return the folder as an absolute path if a release can be written there; before anything long is begun.

    Raises `ReleaseFolderTaken` or `ReleaseFolderUnusable`.
    """
    try:
        folder = folder.expanduser().absolute()
        if os.path.lexists(folder) and not (folder.is_dir() and not any(folder.iterdir())):
            raise ReleaseFolderTaken()
        if "\0" in str(folder) or not os.access(folder.parent, os.W_OK | os.X_OK):
            raise ReleaseFolderUnusable()
    except (OSError, RuntimeError) as error:  # not to be looked into; no such home
        raise ReleaseFolderUnusable() from error
    return folder


def clean_folder_check(folder: Path, name: str) -> Path:
    """Return the folder of a clean release `name`; neither may be called what a synthetic one is called.

    Raises `MarkedSynthetic` and what `folder_check` does.
    """
    if any(one.strip().casefold().endswith(SYNTHETIC_SUFFIX) for one in (folder.name, name)):
        raise MarkedSynthetic()
    return folder_check(folder)


def release_build(
    *,
    rows: Iterable[CleanRow],
    folder: Path,
    name: str,
    key: ReleaseKey,
    tombstones: Iterable[dict[str, Any]] = (),
    filters: dict[str, Any] | None = None,
    operation: dict[str, Any] | None = None,
    checkpoint: dict[str, Any] | None = None,
    tiles: TileFiles | None = None,
    progress: Progress | None = None,
) -> Built:
    """Write the release `name` to `folder`, signed with `key`; the folder appears only when it is whole.

    `filters` says what the rows were chosen by, `operation` what the card tells of all the work behind them;
    `checkpoint` is that of the log of commitments, as `checkpoint_for_release` gives it; `tiles` are those of the references
    in it, for a release that carries them.

    Raises `MarkedSynthetic`, `ReleaseFolderTaken`, `ReleaseFolderUnusable`, `DiskFull`, `NothingClean` or `BytesDiffer`;
    after each of them nothing is left behind.
    """
    folder = clean_folder_check(folder, name)
    with release_folder(folder) as partial:
        built = Built(folder, name, key.public_bytes.hex(), filters=filters or {}, checkpoint=checkpoint)
        scan = TileScan(tiles) if tiles else None
        _write_records(built, scan.watched(rows) if scan else rows, partial, key, progress)
        if scan:
            built.tiles = scan.told()
            for path, content in scan.files().items():
                _write(built, partial, path, content)
        built.figures = built.told(operation or {})
        taken_back = [canonical(one) + b"\n" for one in tombstones]
        built.withdrawals = len(taken_back)
        _write(built, partial, TOMBSTONES_FILE, b"".join(taken_back))
        if checkpoint:
            _write(built, partial, CHECKPOINT_FILE, canonical(checkpoint) + b"\n")
        _write(built, partial, VERIFIER_FILE, verifier().encode())
        for path, content in {**plots(built.manifest()), **papers(built.manifest())}.items():
            _write(built, partial, path, content)
        _write(built, partial, DATASHEET_FILE, datasheet(built.manifest()).encode())
        _write(built, partial, CARD_FILE, card(built.manifest()).encode())
        seal(built.manifest(), partial, key)
    return built


def verifier() -> str:
    """Return the program that goes into each release: one file, which needs nothing of ours."""

    there: set[str] = set()

    def whole(imported: re.Match[str]) -> str:
        if imported[1] in there:
            return ""
        there.add(imported[1])
        source = inspect.getsource(import_module(imported[1]))
        return OUR_IMPORT.sub(whole, source.partition('"""\n\n')[2])

    return OUR_IMPORT.sub(whole, VERIFIER.read_text(encoding="utf-8"))


def release_finished(*, folder: Path, name: str, key: ReleaseKey) -> Built | None:
    """Return what an earlier run wrote to `folder`, if that is the whole release `name`, signed with `key`.

    So a run that was killed after its last file is taken up again instead of being in the way.
    """
    try:
        manifest = json.loads((folder / MANIFEST_FILE).read_bytes())
        for _line in verify(folder, key.public_bytes.hex()):
            pass
    except (Unsound, Uncheckable, OSError, ValueError, RecursionError):
        return None
    if manifest["name"] != name:
        return None
    return Built(
        folder.absolute(),
        name,
        manifest["public_key"],
        record_count=manifest["records"],
        root=manifest["merkle_root"],
        is_demonstration=manifest["is_demonstration"],
        files=manifest["files"],
        counts={name: Counter(counts) for name, counts in manifest["counts"].items()},
        split=Counter(manifest["split"]),
        withdrawals=manifest["withdrawals"],
        checkpoint=manifest.get("checkpoint"),
        tiles=manifest.get("tiles"),
        filters=manifest["filters"],
        figures=manifest["figures"],
    )


@contextmanager
def release_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to fill under a temporary name; once filled it becomes `folder`, and after any error nothing is left.

    Raises `ReleaseFolderTaken`, `ReleaseFolderUnusable` or `DiskFull`.
    """
    partial: Path | None = None
    held: int | None = None
    try:
        _remove_abandoned(folder)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=PARTIAL, dir=folder.parent))
        held = os.open(partial, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        yield partial
        for inside in [*(path for path in partial.iterdir() if path.is_dir()), partial]:
            _sync_folder(inside)
        partial.chmod(0o755)
        partial.rename(folder)
        _sync_folder(folder.parent)
    except OSError as error:
        raise _plain_error(error) from error
    finally:
        if partial is not None and partial.exists():
            shutil.rmtree(partial, ignore_errors=True)
        if held is not None:
            os.close(held)


def release_remove(built: Built) -> None:
    """Take a finished folder away again, because it could not be registered."""
    shutil.rmtree(built.folder, ignore_errors=True)


def _remove_abandoned(folder: Path) -> None:
    """Remove what builds of this folder left that were killed: a living one holds a lock on its own."""
    for left in folder.parent.glob(f".{glob.escape(folder.name)}.*{PARTIAL}"):
        with suppress(OSError):
            descriptor = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(descriptor)


def _write_records(
    built: Built, rows: Iterable[CleanRow], folder: Path, key: ReleaseKey, progress: Progress | None
) -> None:
    """Write each record, on its side and in every form, and in the same order how it was made; the root of their tree is
    the manifest's."""
    named = cache(partial(key.pseudonym, built.name))
    frontier: list[bytes] = []
    leaves: list[bytes] = []
    size = 0
    sides: dict[str, SideFiles] = {}
    with ExitStack() as opened:
        making = opened.enter_context(HashedFile(folder, PROVENANCE_FILE))
        sides["train"] = opened.enter_context(SideFiles(folder, "train"))
        for row in rows:
            if hashlib.sha256(row.output.encode()).hexdigest() != row.output_sha256:
                raise BytesDiffer(record=row.id)
            side = side_of(row.family)
            if side not in sides:
                sides[side] = opened.enter_context(SideFiles(folder, side))
            line = sides[side].write(row)
            told = provenance(row, line=line, named=named)
            making.write(canonical(told) + b"\n")
            leaves.append(bytes.fromhex(told["leaf"]))
            if len(leaves) == LEAVES_TOGETHER:
                frontier, size = frontier_grow(frontier, size, leaves)
                leaves.clear()
            built.count(row, side)
            if progress:
                progress(1)
        frontier, size = frontier_grow(frontier, size, leaves)
    if not built.record_count:
        raise NothingClean()
    built.root = frontier_root(frontier).hex()
    built.files += [making.listed(), *(file for side in sides.values() for file in side.listed())]
    for side in sides:
        built.files.append(parquet_write(folder, side))


def _write(built: Built, folder: Path, path: str, content: bytes) -> None:
    with HashedFile(folder, path) as file:
        file.write(content)
    built.files.append(file.listed())


def _sync_folder(folder: Path) -> None:
    with suppress(PermissionError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _plain_error(error: OSError) -> DomainError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFull()
    if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
        return ReleaseFolderTaken()
    return ReleaseFolderUnusable()
