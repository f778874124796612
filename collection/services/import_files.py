"""Reads files of instructions line by line, in bounded memory: each line becomes a record or a refusal with its number."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from collection.errors import ImportRefused

Reason = str | Promise

# A line longer than this is no instruction; reading it whole would only fill the memory.
LINE_LIMIT_BYTES = 8 * 1024 * 1024
# A few kilobytes of Parquet can unfold into gigabytes: of a cell no more is read than it takes to refuse it.
CELL_LIMIT_CHARACTERS = 120_000
MOST_ROWS = 5_000_000
_FETCH_ROWS = 100
# How a column of outputs may be called; what to do with one is for the importer to say.
OUTPUT_FIELDS = frozenset({"output", "human_output"})
_TEXTS = OUTPUT_FIELDS | {"instruction", "input", "language", "category", "reference_text", "reference_model"}
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK\x03\x04": "ZIP"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line that could be read: its fields as they stand there, and how many bytes of the file that took so far."""

    number: int
    fields: dict[str, Any]
    bytes_read: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that was left out, and why."""

    number: int
    reason: Reason
    bytes_read: int = field(default=0, compare=False)


def file_format(path: Path, wanted: str = "auto") -> str:
    """ "jsonl", "csv" or "parquet": as wanted, or by the name, or by the first bytes. Raises `ImportRefused`."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        message = _("The file %(path)s cannot be read: %(reason)s")
        raise ImportRefused(message % {"path": path, "reason": error.strerror}) from None
    if not start:
        raise ImportRefused(_("The file %(path)s is empty.") % {"path": path})
    found = wanted
    if wanted == "auto":
        by_name = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "parquet"}
        found = "parquet" if start == b"PAR1" else by_name.get(path.suffix.lower(), "jsonl")
    mark = next((name for sign, name in _MARKS.items() if start.startswith(sign)), None)
    if mark and found != "parquet":
        encoding = _("The file is %(mark)s, not UTF-8 text. Please save it as UTF-8 and import it again.")
        raise ImportRefused(encoding % {"mark": mark})
    return found


def lines_read(path: Path, format: str) -> Iterator[Line | Refusal]:
    """The lines of a file in the given format. Raises `ImportRefused` when nothing of it can be read."""
    if format == "jsonl":
        with path.open("rb") as file:
            yield from _jsonl_read(file)
    elif format == "csv":
        yield from _csv_read(path)
    else:
        yield from _parquet_read(path)


def _jsonl_read(file: BinaryIO) -> Iterator[Line | Refusal]:
    number = 0
    while raw := file.readline(LINE_LIMIT_BYTES + 1):
        number += 1
        if len(raw) > LINE_LIMIT_BYTES and not raw.endswith(b"\n"):
            while (rest := file.readline(LINE_LIMIT_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield Refusal(number, _("The line is too long."), file.tell())
            continue
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if raw.strip():
            yield _json_line(number, raw, file.tell())


def _json_line(number: int, raw: bytes, bytes_read: int) -> Line | Refusal:
    try:
        fields = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        reason = _("This is not UTF-8, from byte %(place)s of the line on.") % {"place": error.start + 1}
        return Refusal(number, reason, bytes_read)
    except json.JSONDecodeError as error:
        malformed = _("This is not JSON: %(reason)s, at character %(place)s.")
        return Refusal(number, malformed % {"reason": error.msg, "place": error.colno}, bytes_read)
    except (RecursionError, ValueError):
        return Refusal(
            number, _("This is not JSON that can be read: it is nested too deeply, or a number is too long.")
        )
    if not isinstance(fields, dict):
        return Refusal(number, _("The line is not a JSON object ({…})."), bytes_read)
    return Line(number, fields, bytes_read)


def _csv_read(path: Path) -> Iterator[Line | Refusal]:
    """Bytes that are not UTF-8 come through as surrogates, so that only their own row is refused for them."""
    csv.field_size_limit(LINE_LIMIT_BYTES)
    with path.open("rb") as raw:
        file = TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="")
        reader = csv.reader(file)
        try:
            header = [name.strip() for name in next(reader, [])]
        except csv.Error:
            header = []
        if "instruction" not in header:
            raise ImportRefused(_("The first line of the CSV file must name its columns, “instruction” among them."))
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Refusal(number, _("This is not CSV: %(reason)s.") % {"reason": error})
                continue
            if cells:
                yield _csv_row(number, header, cells, raw.tell())


def _csv_row(number: int, header: list[str], cells: list[str], bytes_read: int) -> Line | Refusal:
    if len(cells) > len(header):
        reason = _("The row has %(cells)s cells, but the file has %(columns)s columns.")
        return Refusal(number, reason % {"cells": len(cells), "columns": len(header)}, bytes_read)
    if any("\udc80" <= character <= "\udcff" for cell in cells for character in cell):
        return Refusal(number, _("The row is not UTF-8."), bytes_read)
    return Line(number, _nested(dict(zip(header, cells, strict=False))), bytes_read)


def _nested(fields: dict[str, Any]) -> dict[str, Any]:
    """A table's columns `reference_text` and `reference_model` as the field `reference`."""
    text, model = fields.pop("reference_text", None), fields.pop("reference_model", None)
    if text:
        fields["reference"] = {"text": text, "model": model or ""}
    return {name: value for name, value in fields.items() if value not in ("", None)}


def _parquet_read(path: Path) -> Iterator[Line | Refusal]:
    """Through DuckDB, which reads row group after row group; it may load nothing and reach nowhere else."""
    import duckdb

    limits: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": "512MB",
        "threads": 1,
        "autoinstall_known_extensions": False,
    }
    try:
        with duckdb.connect(":memory:", config=limits) as database:
            counted = database.execute("SELECT sum(num_rows) FROM parquet_file_metadata(?)", [str(path)]).fetchone()
            if counted is not None and (counted[0] or 0) > MOST_ROWS:
                raise ImportRefused(_("The Parquet file has more rows than can be imported at once. Split it."))
            table = database.read_parquet(str(path))
            names = list(table.columns)
            if "instruction" not in names:
                raise ImportRefused(_("The Parquet file has no column “instruction”."))
            cells = ", ".join(_cell(name, kind) for name, kind in zip(names, table.types, strict=True))
            rows = database.execute(f"SELECT {cells} FROM read_parquet(?)", [str(path)])
            number = 0
            while batch := rows.fetchmany(_FETCH_ROWS):
                for values in batch:
                    number += 1
                    yield Line(number, _nested(dict(zip(names, values, strict=True))))
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise ImportRefused(_("The Parquet file cannot be read: %(reason)s") % {"reason": reason}) from None


def _cell(name: str, kind: Any) -> str:
    """The SQL for a column: texts as far as they can be of use; of anything else, only that it is there.

    What should be a text and is none comes as a number, which is refused like any other.
    """
    column = '"' + name.replace('"', '""') + '"'
    if name == "reference" and kind.id == "struct":
        parts = [part for part, inner in kind.children if part in {"model", "text"} and str(inner) == "VARCHAR"]
        inside = ", ".join(f"{part} := left({column}.{part}, {CELL_LIMIT_CHARACTERS})" for part in parts)
        if inside:
            return f"CASE WHEN {column} IS NOT NULL THEN struct_pack({inside}) END AS {column}"
    if name in _TEXTS and str(kind) == "VARCHAR":
        return f"left({column}, {CELL_LIMIT_CHARACTERS}) AS {column}"
    return f"CASE WHEN {column} IS NOT NULL THEN 0 END AS {column}"
