"""The files of a release: each hashed while it is written, and every form that a record takes on its side of the split."""

import hashlib
import os
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from annotation.release.record_lines import FORMS, RECORD, RECORD_FIELDS, data_path, line_made, other_forms
from annotation.release.source import CleanRow

BYTES_A_WRITE = 1 << 20
PARQUET = "parquet/{}-00000-of-00001.parquet"
ROWS_A_GROUP = 2048  # held at once: the memory does not grow with the release


def record(row: CleanRow) -> dict[str, str]:
    """Return the released fields of a row: an allow-list, so that a new column never leaves by itself."""
    return {name: getattr(row, name) for name in RECORD_FIELDS}


class HashedFile:
    """A file that is hashed while it is written, and on the disk when it is closed."""

    def __init__(self, folder: Path, path: str) -> None:
        self._path = path
        self._bytes = 0
        self._digest = hashlib.sha256()
        (folder / path).parent.mkdir(exist_ok=True)
        self._file = (folder / path).open("wb", buffering=BYTES_A_WRITE)

    def __enter__(self) -> "HashedFile":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if error is None:
                self._file.flush()
                os.fsync(self._file.fileno())
        finally:
            with suppress(OSError):  # of a full disk we know already
                self._file.close()

    def write(self, part: bytes) -> None:
        self._file.write(part)
        self._digest.update(part)
        self._bytes += len(part)

    def listed(self) -> dict[str, Any]:
        """The file as a manifest lists it."""
        return {"path": self._path, "bytes": self._bytes, "sha256": self._digest.hexdigest()}


class SideFiles:
    """The files of one side of the split, a line for each record in each."""

    def __init__(self, folder: Path, side: str) -> None:
        self._stack = ExitStack()
        self._data, *self._forms = (
            self._stack.enter_context(HashedFile(folder, path))
            for path in (data_path(side), *(form.path(side) for form in FORMS.values()))
        )
        for file, form in zip(self._forms, FORMS.values(), strict=True):
            file.write(form.head)

    def __enter__(self) -> "SideFiles":
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._stack.__exit__(kind, error, trace)

    def write(self, row: CleanRow) -> bytes:
        """Write a record in every form; returns its canonical line without the line end."""
        fields = line_made(record(row))
        line = RECORD % fields
        self._data.write(line + b"\n")
        for file, part in zip(self._forms, other_forms(fields), strict=True):
            file.write(part)
        return line

    def listed(self) -> list[dict[str, Any]]:
        return [file.listed() for file in (self._data, *self._forms)]


def parquet_write(folder: Path, side: str) -> dict[str, Any]:
    """Write the records of a side as Parquet, from their canonical lines; returns the file as a manifest lists it.

    One thread, so that the same records give the same bytes.
    """
    import duckdb  # takes a twentieth of a program's start, and few programs write releases

    path = PARQUET.format(side)
    target = folder / path
    target.parent.mkdir(exist_ok=True)
    columns = ", ".join(f"{name}: 'VARCHAR'" for name in RECORD_FIELDS)
    with duckdb.connect(config={"threads": 1, "temp_directory": ""}) as database:
        database.execute(
            f"CREATE VIEW lines AS SELECT * FROM read_json({_quoted(folder / data_path(side))},"
            f" columns = {{{columns}}}, format = 'newline_delimited')"
        )
        database.execute(
            f"COPY lines TO {_quoted(target)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROWS_A_GROUP})"
        )
    with target.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"path": path, "bytes": target.stat().st_size, "sha256": digest}


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
