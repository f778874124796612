"""The gate's index: the fingerprints of every stored reference. Putting it right is in `index_repair`.

It is a table; above `INDEX_SEGMENT_ABOVE` references it is a folder of files, the segment, and a table of what came after
that was made. A reference is in one of the two. Stop-grams are in the index and are never asked for, so that a new list of
them needs no new index.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from annotation.cleanroom.engine import ENGINE_VERSION, Engine
from annotation.cleanroom.fingerprints import FINGERPRINT_VERSION, Labelled, fingerprint_all, without_repeats
from annotation.cleanroom.index import rows_in
from annotation.cleanroom.normalise import normalise_all
from annotation.cleanroom.segments import Segment, SegmentDamaged
from annotation.models import IndexSegment
from annotation.services.gate_settings import IN_FORCE, InForce, engine_for, gate_settings_in_force
from collection.models import Reference
from config.errors import DomainError
from config.statements import Statement, array_text

# Nothing of a new reference can be in the index already, so that its hashes, nearly all there ever are to add, are stored
# without looking for each; by hash, so that neighbours in the table's key go in together.
_ADD = Statement("""
WITH own AS MATERIALIZED (
    SELECT hash, owner, owner IN (
        SELECT reference_id FROM annotation_referencefingerprint WHERE reference_id = ANY(%(references)s::bigint[])
    ) AS is_known
    FROM unnest(%(hashes)s::bigint[], %(owners)s::bigint[]) AS own (hash, owner)
    ORDER BY hash
), added AS (
    INSERT INTO annotation_referencehash (hash, reference_id)
    SELECT hash, owner FROM own WHERE NOT is_known
), added_again AS (
    INSERT INTO annotation_referencehash (hash, reference_id)
    SELECT hash, owner FROM own WHERE is_known
    ON CONFLICT DO NOTHING
)
INSERT INTO annotation_referencefingerprint (reference_id, fingerprint_version, hash_count)
SELECT reference, %(version)s, hashes
FROM unnest(%(references)s::bigint[], %(counts)s::int[]) AS counted (reference, hashes)
ON CONFLICT (reference_id) DO UPDATE
    SET (fingerprint_version, hash_count) = (excluded.fingerprint_version, excluded.hash_count)
RETURNING reference_id
""")

# All from one moment. Rows come as bytes, for there may be tens of thousands: as rows of Python's integers they take nine
# times as long. The hashes are joined, not compared with an array, which PostgreSQL would weigh one by one as it plans.
_LOOK_UP = Statement(f"""
SELECT
    (
        SELECT string_agg(int8send(held.hash) || int8send(held.reference_id), '')
        FROM unnest(%(hashes)s::bigint[]) AS wanted (hash)
        JOIN annotation_referencehash held ON held.hash = wanted.hash
    ),
    (SELECT string_agg(int8send(id), '') FROM collection_reference WHERE text = '' AND position IS NOT NULL),
    (SELECT coalesce(max(position), 0) FROM collection_reference),
    (SELECT name FROM annotation_indexsegment ORDER BY id DESC LIMIT 1),
    {IN_FORCE}
""")

T = TypeVar("T")

# What was in force when this process last looked something up: nearly always still so, and each look-up tells.
_assumed = InForce()


class IndexUnavailable(DomainError):
    """A text that cannot be compared waits: it never passes."""

    code = "index_unavailable"
    status = 503
    message = _("Texts cannot be compared at the moment. Yours is kept; please send it again in a few minutes.")


@dataclass(frozen=True)
class Found:
    """What the index held of some hashes at one moment: rows (hash, reference), the references without a text, and more."""

    hashes: NDArray[np.int64]
    references: NDArray[np.int64]
    erased: NDArray[np.int64]
    watermark: int
    in_force: InForce

    def of(self, hashes: NDArray[np.int64]) -> "Found":
        """Return the rows of some of the hashes alone."""
        found, references = rows_in(*self._by_hash, hashes)
        return replace(self, hashes=found, references=references)

    @cached_property
    def _by_hash(self) -> Labelled:
        order = np.argsort(self.hashes, kind="stable")
        return self.hashes[order], self.references[order]


@dataclass(frozen=True, slots=True)
class IndexState:
    """Whether the index holds every reference: the keys of those that are missing or have other fingerprints."""

    references: int
    indexed: int
    missing: list[int]

    @property
    def agrees(self) -> bool:
        return not self.missing


def reference_index(*, reference: Reference) -> None:
    """Put a reference into the index. Runs inside the transaction that stores its text, so the next check sees it."""
    references_index(references=[reference])


def references_index(*, references: Sequence[Reference]) -> None:
    """As `reference_index`, for some dozens at once: one pass over their texts and one statement."""
    hashes, numbers = _hashes([reference.text for reference in references])
    keys = np.array([reference.pk for reference in references], dtype=np.int64)
    _ADD.rows(
        hashes=array_text(hashes.tolist()),
        owners=array_text(keys[numbers].tolist()),
        references=array_text(keys.tolist()),
        counts=array_text(np.bincount(numbers, minlength=len(keys)).tolist()),
        version=FINGERPRINT_VERSION,
    )


def _hashes(texts: Sequence[str]) -> Labelled:
    """The fingerprints of texts, and by number which text each is of; by hash, as the table has them, each once."""
    parts = fingerprint_all(normalise_all(texts))
    hashes, numbers = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((numbers, hashes))
    return without_repeats(hashes[order], numbers[order])


def index_look_up(hashes: NDArray[np.int64]) -> Found:
    """Return the rows of distinct hashes, each once. Raises IndexUnavailable when a part of the index cannot be read."""
    for is_last in (False, True):
        ((rows, erased, watermark, segment, *in_force),) = _LOOK_UP.rows(hashes=array_text(hashes.tolist()))
        pairs = _integers(rows).reshape(-1, 2)
        found = [(pairs[:, 0], pairs[:, 1])]
        if segment is not None:
            try:
                found.append(segment_open(segment).rows(hashes))
            except SegmentDamaged as error:
                if not is_last:  # another may have taken its place since the statement
                    continue
                raise IndexUnavailable from error
        return Found(
            hashes=np.concatenate([part[0] for part in found]),
            references=np.concatenate([part[1] for part in found]),
            erased=_integers(erased),
            watermark=watermark,
            in_force=InForce(*in_force),
        )
    raise AssertionError


def index_ask(read: Callable[[Engine], tuple[T, NDArray[np.int64]]]) -> tuple[T, Engine, Found]:
    """Look up what `read` makes of texts with the engine in force; returns that, the engine, and the rows, all of one moment.

    `read` returns distinct hashes beside what it wants back, and is asked again when another engine came into force.
    Raises IndexUnavailable.
    """
    global _assumed
    while True:
        engine = engine_for(_assumed)
        texts, hashes = read(engine)
        found = index_look_up(hashes)
        if found.in_force.engine_version != ENGINE_VERSION:
            gate_settings_in_force()  # writes them
        elif found.in_force != _assumed:
            engine_for(found.in_force)  # what it refuses is not assumed by those who ask next
            _assumed = found.in_force
        else:
            return texts, engine, found


def hashes_together(hashes: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the distinct hashes of some texts, each of which has distinct ones."""
    if len(hashes) == 1:
        return hashes[0]
    return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *hashes]))


def _integers(sent: bytes | None) -> NDArray[np.int64]:
    return np.frombuffer(sent or b"", dtype=">i8").astype(np.int64)


def segment_folder(name: str) -> Path:
    """Where a segment's files are."""
    folder: Path = settings.INDEX_FOLDER / name
    return folder


@lru_cache(maxsize=2)
def segment_open(name: str) -> Segment:
    """Return a segment, opened once for this process. Raises SegmentDamaged."""
    return Segment(segment_folder(name))


def index_verify() -> IndexState:
    """Compare the index with the references: every stored text is in it, by the fingerprints in force, with all its hashes.

    Reads all of the index. Raises SegmentDamaged.
    """
    stored = Reference.objects.exclude(text="")
    right = stored.filter(fingerprint__fingerprint_version=FINGERPRINT_VERSION)
    missing = list(stored.exclude(fingerprint__fingerprint_version=FINGERPRINT_VERSION).values_list("pk", flat=True))
    keys, expected = _columns(right.values_list("pk", "fingerprint__hash_count").iterator(10_000))
    return IndexState(
        references=stored.count(),
        indexed=len(keys),
        missing=sorted(missing + keys[_held(keys) != expected].tolist()),
    )


def _held(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many rows the index has of each reference."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reference_id, count(*) FROM annotation_referencehash GROUP BY reference_id")
        of_table, counts = _columns(cursor)
    highest = int(max(keys.max(initial=0), of_table.max(initial=0)))
    held = np.zeros(highest + 1, dtype=np.int64)
    held[of_table] = counts
    segment = IndexSegment.objects.order_by("-id").first()
    if segment is not None:
        of_segment = segment_open(segment.name).counts()[: highest + 1]
        held[: len(of_segment)] += of_segment
    return held[keys]


def _columns(rows: object) -> Labelled:
    pairs = np.array(list(rows), dtype=np.int64).reshape(-1, 2)  # type: ignore[call-overload]
    return pairs[:, 0], pairs[:, 1]
