"""Writing a synthetic release: a folder, a card and a statement of its own, which nobody can take for the human-written data."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from django.utils.translation import gettext_lazy as _

from annotation.release.build import (
    CARD_FILE,
    DATA_FILE,
    PROVENANCE_FILE,
    SYNTHETIC_SUFFIX,
    BytesDiffer,
    NothingClean,
    Progress,
    folder_check,
    release_folder,
)
from annotation.release.forms import HashedFile
from annotation.release.keys import ReleaseKey
from annotation.release.record_lines import COUNTED
from annotation.release.seal import SYNTHETIC_PREDICATE_TYPE, canonical, seal
from annotation.release.source import SYNTHETIC, door_open, rows_read
from annotation.release.synthetic_card import synthetic_card
from config.errors import BadInput

FORMAT_VERSION = 1
ORIGIN = "synthetic"
TOLD = ("language", "category", "licence", "server_host")


class FolderUnmarked(BadInput):
    code = "synthetic_folder_unmarked"
    message = _("The name of the folder must end in -synthetic, so that it is never mistaken for text by people.")


class NothingSynthetic(NothingClean):
    code = "synthetic_empty"
    message = _("There is no output of this model to release. Nothing was written.")


class SyntheticRow(NamedTuple):
    """One row of `synthetic_record`; the fields are those of the view."""

    id: str
    instruction: str
    input: str
    output: str
    language: str
    category: str
    source: str
    licence: str
    output_sha256: str
    is_demonstration: bool
    model: str
    model_licence: str
    model_source: str
    server_host: str
    generated_on: str


class SyntheticSnapshot:
    """The synthetic records of one model as they stood at one moment."""

    def __init__(self, connection: psycopg.Connection[Any], model: str) -> None:
        self._connection = connection
        self._model = model

    def rows(self) -> Iterator[SyntheticRow]:
        """Yield the rows ordered by id through a server-side cursor: memory does not grow with their number."""
        query = (
            f"SELECT id::text, {', '.join(SyntheticRow._fields[1:])} FROM synthetic_record WHERE model = %s ORDER BY id"
        )
        yield from map(SyntheticRow._make, rows_read(self._connection, query, [self._model]))


@contextmanager
def synthetic_snapshot(model: str) -> Iterator[SyntheticSnapshot]:
    """Open one snapshot as the role hitode_synthetic. Raises what `door_open` does."""
    with door_open(SYNTHETIC) as connection:
        yield SyntheticSnapshot(connection, model)


def synthetic_folder_check(folder: Path) -> Path:
    """Return the folder as an absolute path if a synthetic release can be written there.

    Raises `FolderUnmarked`, `ReleaseFolderTaken` or `ReleaseFolderUnusable`.
    """
    if not folder.name.endswith(SYNTHETIC_SUFFIX) or folder.name == SYNTHETIC_SUFFIX:
        raise FolderUnmarked()
    return folder_check(folder)


def synthetic_record(row: SyntheticRow) -> dict[str, Any]:
    """Return the released fields of a row; each line says by itself what it is."""
    names = ("id", "instruction", "input", "output", "language", "category", "source", "licence", "model")
    return {"origin": ORIGIN, **{name: getattr(row, name) for name in names}}


def synthetic_provenance(row: SyntheticRow, *, line: bytes) -> dict[str, Any]:
    """Return how a record was made; `line` is the record as it is released, without its line end."""
    names = ("id", "model", "model_licence", "model_source", "server_host", "generated_on", "output_sha256")
    return {
        "origin": ORIGIN,
        **{name: getattr(row, name) for name in names},
        "record_sha256": hashlib.sha256(line).hexdigest(),
    }


def synthetic_build(
    *, snapshot: SyntheticSnapshot, folder: Path, key: ReleaseKey, progress: Progress | None = None
) -> dict[str, Any]:
    """Write the synthetic release of a snapshot to `folder`, signed with `key`, and return its manifest.

    Raises `NothingSynthetic`, `BytesDiffer`, `DiskFull` or what `synthetic_folder_check` does; nothing is left behind then.
    """
    folder = synthetic_folder_check(folder)
    counts: dict[str, Counter[str]] = {name: Counter() for name in TOLD}
    first: SyntheticRow | None = None
    records = 0
    is_demonstration = False
    with release_folder(folder) as partial:
        with HashedFile(partial, DATA_FILE) as data, HashedFile(partial, PROVENANCE_FILE) as making:
            for row in snapshot.rows():
                if hashlib.sha256(row.output.encode()).hexdigest() != row.output_sha256:
                    raise BytesDiffer(record=row.id)
                line = canonical(synthetic_record(row))
                data.write(line + b"\n")
                making.write(canonical(synthetic_provenance(row, line=line)) + b"\n")
                first, records = first or row, records + 1
                is_demonstration = is_demonstration or row.is_demonstration
                for name, counter in counts.items():
                    counter[getattr(row, name) or COUNTED[name]] += 1
                if progress:
                    progress(1)
        if first is None:
            raise NothingSynthetic()
        manifest: dict[str, Any] = {
            "format_version": FORMAT_VERSION,
            "origin": ORIGIN,
            "name": folder.name,
            "is_demonstration": is_demonstration,
            "records": records,
            "model": {"name": first.model, "licence": first.model_licence, "source": first.model_source},
            "public_key": key.public_bytes.hex(),
            "counts": {name: dict(counter) for name, counter in counts.items()},
        }
        with HashedFile(partial, CARD_FILE) as card:
            card.write(synthetic_card(manifest).encode())
        manifest["files"] = [file.listed() for file in (card, data, making)]
        predicate = ("origin", "name", "records", "model", "is_demonstration")
        seal(manifest, partial, key, predicate_type=SYNTHETIC_PREDICATE_TYPE, predicate=predicate)
    return manifest
