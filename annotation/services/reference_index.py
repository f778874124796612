"""The gate's index: the fingerprints of every stored reference, and whether it agrees with what is stored."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from annotation.cleanroom.engine import ENGINE_VERSION
from annotation.models import ReferenceFingerprint
from annotation.services.gate_settings import engine_for, gate_settings_in_force
from collection.models import Reference

Progress = Callable[[int], Any]


@dataclass(frozen=True, slots=True)
class IndexState:
    """Whether the index holds every reference: positions that are missing or were made by another engine."""

    references: int
    indexed: int
    missing: list[int]

    @property
    def agrees(self) -> bool:
        return not self.missing


def reference_index(*, reference: Reference) -> None:
    """Put a reference into the index. Runs inside the transaction that stores its text, so the next check sees it."""
    hashes = engine_for(gate_settings_in_force()).fingerprint(reference.text).all().tolist()
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM annotation_referencehash WHERE reference_id = %s;"
            "INSERT INTO annotation_referencehash (hash, reference_id) SELECT unnest(%s::bigint[]), %s",
            [reference.pk, hashes, reference.pk],
        )
    ReferenceFingerprint.objects.bulk_create(
        [ReferenceFingerprint(reference=reference, engine_version=ENGINE_VERSION, hash_count=len(hashes))],
        update_conflicts=True,
        unique_fields=["reference"],
        update_fields=["engine_version", "hash_count"],
    )


def index_verify() -> IndexState:
    """Compare the index with the references: every stored text is in it, by the engine in force, with all its hashes."""
    stored = Reference.objects.exclude(text="")
    right = stored.filter(fingerprint__engine_version=ENGINE_VERSION)
    counts = _hash_counts()
    missing = list(stored.exclude(fingerprint__engine_version=ENGINE_VERSION).values_list("pk", flat=True))
    missing += [pk for pk, count in right.values_list("pk", "fingerprint__hash_count") if counts.get(pk, 0) != count]
    return IndexState(references=stored.count(), indexed=right.count(), missing=sorted(missing))


def _hash_counts() -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reference_id, count(*) FROM annotation_referencehash GROUP BY reference_id")
        return dict(cursor.fetchall())


def index_mend(*, progress: Progress | None = None) -> int:
    """Index what `index_verify` misses, each reference in a transaction of its own; returns how many. Safe to run twice."""
    missing = index_verify().missing
    for pk in missing:
        with transaction.atomic():
            reference = Reference.objects.select_for_update().get(pk=pk)
            if reference.text:
                reference_index(reference=reference)
        if progress:
            progress(1)
    return len(missing)


def index_rows(hashes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Look the hashes up; returns two int64 arrays of shape (r,): the hashes found and the references that have them."""
    with connection.cursor() as cursor:
        # As bytes, for there may be tens of thousands: as rows of Python's integers they take nine times as long.
        cursor.execute(
            "SELECT string_agg(int8send(hash) || int8send(reference_id), '') "
            "FROM annotation_referencehash WHERE hash = ANY(%s)",
            [hashes.tolist()],
        )
        found = cursor.fetchone()[0] or b""
    rows = np.frombuffer(found, dtype=">i8").astype(np.int64).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]
