"""Writing a release: canonical JSONL and its manifest, under a temporary name until all of it is on the disk."""

import errno
import hashlib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from django.utils.translation import gettext_lazy as _

from annotation.release.source import CleanRow
from config.errors import DomainError

FORMAT_VERSION = 1
DATA_FILE = "data/train-00000-of-00001.jsonl"
MANIFEST_FILE = "MANIFEST.json"
BYTES_A_WRITE = 1 << 20

Progress = Callable[[int], Any]


class ReleaseFolderTaken(DomainError):
    code = "release_folder_taken"
    status = 409
    message = _("The folder is there already and is not empty. Name another; a release is never written over.")


class ReleaseFolderUnusable(DomainError):
    code = "release_folder_unusable"
    status = 400
    message = _("The folder cannot be written to. Check that its parent exists and is yours to write.")


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
    record_count: int
    data_bytes: int
    data_sha256: str
    is_demonstration: bool
    languages: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)

    def manifest(self, name: str) -> dict[str, Any]:
        """Return the manifest: what the release holds, by file and by count. No clock, machine or locale in it."""
        return {
            "format_version": FORMAT_VERSION,
            "name": name,
            "is_demonstration": self.is_demonstration,
            "records": self.record_count,
            "files": [{"path": DATA_FILE, "bytes": self.data_bytes, "sha256": self.data_sha256}],
            "counts": {
                "language": dict(self.languages),
                "category": dict(self.categories),
                "source": dict(self.sources),
                "licence": dict(self.licences),
            },
        }


def canonical(value: dict[str, Any]) -> bytes:
    """Return `value` as canonical JSON: UTF-8, sorted keys, no spaces."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def record(row: CleanRow) -> dict[str, Any]:
    """Return the released fields of a row: an allow-list, so that a new column never leaves by itself."""
    return {
        "id": row.id,
        "instruction": row.instruction,
        "input": row.input,
        "output": row.output,
        "language": row.language,
        "category": row.category,
        "source": row.source,
        "licence": row.licence,
    }


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


def release_build(*, rows: Iterable[CleanRow], folder: Path, name: str, progress: Progress | None = None) -> Built:
    """Write the release `name` to `folder`, which appears only when it is whole.

    Raises `ReleaseFolderTaken`, `ReleaseFolderUnusable`, `DiskFull`, `NothingClean` or `BytesDiffer`; after each of
    them nothing is left behind.
    """
    folder = folder_check(folder)
    partial: Path | None = None
    try:
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))
        built = _write_data(rows, partial, progress)
        built.folder = folder
        _write_manifest(built, partial, name)
        partial.chmod(0o755)
        partial.rename(folder)
        _sync_folder(folder.parent)
    except OSError as error:
        raise _plain_error(error) from error
    finally:
        if partial is not None and partial.exists():
            shutil.rmtree(partial, ignore_errors=True)
    return built


def release_remove(built: Built) -> None:
    """Take a finished folder away again, because it could not be registered."""
    shutil.rmtree(built.folder, ignore_errors=True)


def _write_data(rows: Iterable[CleanRow], folder: Path, progress: Progress | None) -> Built:
    path = folder / DATA_FILE
    path.parent.mkdir()
    built = Built(folder, 0, 0, "", False)
    digest = hashlib.sha256()
    with path.open("wb", buffering=BYTES_A_WRITE) as file:
        for row in rows:
            if hashlib.sha256(row.output.encode()).hexdigest() != row.output_sha256:
                raise BytesDiffer(record=row.id)
            line = canonical(record(row)) + b"\n"
            file.write(line)
            digest.update(line)
            _count(built, row, len(line))
            if progress:
                progress(1)
        file.flush()
        os.fsync(file.fileno())
    if not built.record_count:
        raise NothingClean()
    built.data_sha256 = digest.hexdigest()
    return built


def _count(built: Built, row: CleanRow, size: int) -> None:
    built.record_count += 1
    built.data_bytes += size
    built.is_demonstration = built.is_demonstration or row.is_demonstration
    built.languages[row.language] += 1
    built.categories[row.category or "other"] += 1
    built.sources[row.source] += 1
    built.licences[row.licence or "terms"] += 1


def _write_manifest(built: Built, folder: Path, name: str) -> None:
    text = orjson.dumps(built.manifest(name), option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)
    with (folder / MANIFEST_FILE).open("wb") as file:
        file.write(text + b"\n")
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(folder / "data")
    _sync_folder(folder)


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
