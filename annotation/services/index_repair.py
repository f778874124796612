"""Putting the gate's index right: mending what it misses, and building it anew, in minutes, while texts are compared.

A rebuild reads every text in the order of the positions and keeps fingerprints on the disk as it goes, so that it goes on
where it was when it is started again after a crash. Then they are written, sorted, into a new table, or above
`INDEX_SEGMENT_ABOVE` references into a segment with an empty table beside it; what was stored meanwhile is added, and the
new takes the old one's place: one moment in which checks wait.
"""

import shutil
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from annotation.cleanroom.engine import Engine
from annotation.cleanroom.fingerprints import FINGERPRINT_VERSION, Labelled
from annotation.cleanroom.segments import Segment, Spool
from annotation.cleanroom.stopgrams import StopGrams
from annotation.models import IndexSegment
from annotation.services.reference_index import index_verify, reference_index, segment_folder, segment_open
from collection.models import Reference
from config.errors import Conflict
from config.locks import alone

Watch = Callable[[str, int, int], Any]  # what is being done, how much of it, of how much

MENDED_AT_ONCE = 500
MENDED_AT_MOST = 20_000  # above, everything is built anew: that is quicker
CHUNK = 4000  # references between two marks to go on from
_FINGERPRINTED_AT_ONCE = 100  # what fits the processor's cache
_LOCK = 0x68697478  # any number that nothing else of ours locks
_COPY_HEAD, _COPY_END = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0), struct.pack(">h", -1)
_COPY_ROW = np.dtype([("columns", ">i2"), ("l1", ">i4"), ("hash", ">i8"), ("l2", ">i4"), ("reference", ">i8")])


class RebuildGoesOn(Conflict):
    code = "index_rebuild_goes_on"
    message = _("The index is being built by another process. Wait until it is done.")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What an index was built of: references with a text or fingerprints, rows, and the segment's name, if it is one."""

    references: int
    rows: int
    segment: str | None


def unwatched(stage: str, done: int, total: int) -> None:
    """Watch nothing."""


def index_mend(*, watch: Watch = unwatched) -> int:
    """Index what `index_verify` misses, some hundred references in a transaction; returns how many. Safe to run twice.

    Where much is missing, or what is missing belongs into the segment, all is built anew.
    """
    missing = index_verify().missing
    segment = IndexSegment.objects.order_by("-id").first()
    in_segment = segment and Reference.objects.filter(pk__in=missing, position__lte=segment.position).exists()
    if len(missing) > MENDED_AT_MOST or in_segment:
        index_rebuild(watch=watch)
        return len(missing)
    for first in range(0, len(missing), MENDED_AT_ONCE):
        some = missing[first : first + MENDED_AT_ONCE]
        with transaction.atomic():
            references = Reference.objects.select_for_update().filter(pk__in=some).exclude(text="").order_by("pk")
            with connection.cursor() as cursor:  # one pass over the table: nothing is looked up in it by reference
                cursor.execute("DELETE FROM annotation_referencehash WHERE reference_id = ANY(%s)", [some])
            for reference in references:
                reference_index(reference=reference)
        watch("mend", first + len(some), len(missing))
    return len(missing)


def index_rebuild(*, watch: Watch = unwatched) -> Rebuilt:
    """Build the index anew from the texts; what is left of erased ones is taken over. Raises RebuildGoesOn.

    Texts are compared and stored meanwhile. Goes on where an earlier run was when it was killed. Locks the index for a
    moment at the end.
    """
    with alone(_LOCK) as is_alone:
        if not is_alone:
            raise RebuildGoesOn()
        spool = Spool(settings.INDEX_FOLDER / "rebuild", FINGERPRINT_VERSION)
        _texts_spool(spool, watch)
        _erased_spool(spool)
        rebuilt = _put_in_place(spool, watch)
        spool.discard()
    return rebuilt


def _texts_spool(spool: Spool, watch: Watch) -> None:
    stored = Reference.objects.filter(position__isnull=False)
    total = stored.count()
    done = stored.filter(position__lte=spool.done).count()
    watch("fingerprint", done, total)
    while chunk := _texts_after(spool.done):
        hashes, references = _fingerprint(chunk)
        spool.append(hashes, references, done=chunk[-1][1])
        done += len(chunk)
        watch("fingerprint", done, max(done, total))


def _texts_after(position: int) -> list[tuple[int, int, str]]:
    """The next references by position, with it and their text; erased ones among them, whose text is empty."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, position, text FROM collection_reference WHERE position > %s ORDER BY position LIMIT %s",
            [position, CHUNK],
        )
        rows: list[tuple[int, int, str]] = cursor.fetchall()
    return rows


def _fingerprint(chunk: list[tuple[int, int, str]]) -> Labelled:
    engine = Engine(stops=StopGrams(np.empty(0, dtype=np.uint64)))
    parts = []
    for first in range(0, len(chunk), _FINGERPRINTED_AT_ONCE):
        some = chunk[first : first + _FINGERPRINTED_AT_ONCE]
        hashes, owners = engine.fingerprint_all([text for _pk, _position, text in some])
        parts.append((hashes, np.array([pk for pk, _position, _text in some], dtype=np.int64)[owners]))
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _erased_spool(spool: Spool) -> None:
    """Take over the rows of references that had lost their text before it was their turn."""
    erased = Reference.objects.filter(text="", position__lte=spool.done).values_list("pk", flat=True)
    keys = np.fromiter(erased.iterator(10_000), dtype=np.int64)
    counts = spool.counts()
    left = keys[keys >= len(counts)].tolist() + [key for key in keys.tolist() if key < len(counts) and not counts[key]]
    if left:
        spool.append(*_rows_of(left), done=spool.done)


def _rows_of(references: list[int]) -> Labelled:
    """The rows of some references in the index in force. Reads all of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hash, reference_id FROM annotation_referencehash WHERE reference_id = ANY(%s)", [references]
        )
        pairs = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 2)
    segment = IndexSegment.objects.order_by("-id").first()
    if segment is None:
        return pairs[:, 0], pairs[:, 1]
    hashes, owners = segment_open(segment.name).rows_of(np.array(references, dtype=np.int64))
    return np.append(pairs[:, 0], hashes), np.append(pairs[:, 1], owners)


def _put_in_place(spool: Spool, watch: Watch) -> Rebuilt:
    counts = spool.counts()
    references = int(np.count_nonzero(counts))
    name = None
    if references > settings.INDEX_SEGMENT_ABOVE:
        name = f"{spool.done}-{uuid4().hex[:8]}"
        Segment.write(segment_folder(name), spool)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE annotation_referencehash_new (LIKE annotation_referencehash INCLUDING DEFAULTS)")
        if name is None:
            _table_fill(cursor, spool, watch)
        cursor.execute(
            "ALTER TABLE annotation_referencehash_new ADD CONSTRAINT annotation_referencehash_new_pkey"
            " PRIMARY KEY (hash, reference_id)"
        )
        # The strongest lock at once: taking a weaker one first would end in a deadlock with whoever stores a reference.
        cursor.execute("LOCK TABLE annotation_referencehash IN ACCESS EXCLUSIVE MODE")
        counts = _late_ones_add(cursor, spool.done, counts)
        cursor.execute(
            "DROP TABLE annotation_referencehash;"
            "ALTER TABLE annotation_referencehash_new RENAME TO annotation_referencehash;"
            "ALTER INDEX annotation_referencehash_new_pkey RENAME TO annotation_referencehash_pkey"
        )
        _fingerprints_write(cursor, counts)
        _segment_change(name, spool, references)
        cursor.execute("ANALYZE annotation_referencehash")
    return Rebuilt(references=references, rows=len(spool), segment=name)


def _table_fill(cursor: Any, spool: Spool, watch: Watch) -> None:
    """Copy the spool into the new table. Frozen, as only a table of the same transaction can be: lookups then read the key alone."""
    done = 0
    with cursor.copy(
        "COPY annotation_referencehash_new (hash, reference_id) FROM STDIN (FORMAT binary, FREEZE)"
    ) as copy:
        copy.write(_COPY_HEAD)
        for hashes, references in spool.sorted_parts():
            copy.write(_binary_rows(hashes, references))
            done += len(hashes)
            watch("load", done, len(spool))
        copy.write(_COPY_END)


def _binary_rows(hashes: NDArray[np.int64], references: NDArray[np.int64]) -> bytes:
    rows = np.empty(len(hashes), dtype=_COPY_ROW)
    rows["columns"], rows["l1"], rows["l2"] = 2, 8, 8
    rows["hash"], rows["reference"] = hashes, references
    return rows.tobytes()


def _late_ones_add(cursor: Any, position: int, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Put what was stored after `position` into the new table; returns the counts of all."""
    while chunk := _texts_after(position):
        hashes, references = _fingerprint(chunk)
        erased = [pk for pk, _position, text in chunk if not text]
        if erased:
            of_erased = _rows_of(erased)
            hashes, references = np.append(hashes, of_erased[0]), np.append(references, of_erased[1])
        with cursor.copy("COPY annotation_referencehash_new (hash, reference_id) FROM STDIN (FORMAT binary)") as copy:
            copy.write(_COPY_HEAD + _binary_rows(hashes, references) + _COPY_END)
        more = np.bincount(references, minlength=len(counts))
        more[: len(counts)] += counts
        position, counts = chunk[-1][1], more
    return counts


def _fingerprints_write(cursor: Any, counts: NDArray[np.int64]) -> None:
    """Note how many hashes every stored reference has, and that they are of the fingerprints in force."""
    keys = np.flatnonzero(counts)
    cursor.execute(
        """
        INSERT INTO annotation_referencefingerprint AS held (reference_id, fingerprint_version, hash_count)
        SELECT reference.id, %s, coalesce(counted.hash_count, 0)
        FROM collection_reference reference
        LEFT JOIN unnest(%s::bigint[], %s::integer[]) AS counted (reference_id, hash_count)
            ON counted.reference_id = reference.id
        WHERE reference.position IS NOT NULL
        ON CONFLICT (reference_id) DO UPDATE
        SET (fingerprint_version, hash_count) = (excluded.fingerprint_version, excluded.hash_count)
        WHERE (held.fingerprint_version, held.hash_count) <> (excluded.fingerprint_version, excluded.hash_count)
        """,
        [FINGERPRINT_VERSION, keys.tolist(), counts[keys].tolist()],
    )


def _segment_change(name: str | None, spool: Spool, references: int) -> None:
    """Put the new segment in force, or none; the files of earlier ones go when that is certain."""
    earlier = list(IndexSegment.objects.values_list("name", flat=True))
    IndexSegment.objects.all().delete()
    if name is not None:
        IndexSegment.objects.create(name=name, position=spool.done, reference_count=references, row_count=len(spool))
    transaction.on_commit(partial(_segments_delete, earlier))


def _segments_delete(names: list[str]) -> None:
    for name in names:
        shutil.rmtree(segment_folder(name), ignore_errors=True)
