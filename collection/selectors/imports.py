"""Imports of instructions, for those who manage: the caller has made sure of that."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Count, QuerySet

from collection.models import ImportBatch, Instruction
from config.errors import NotFound


def import_list() -> QuerySet[ImportBatch]:
    """Every import, newest first."""
    return ImportBatch.objects.order_by("-created_at")


def import_get(public_id: UUID) -> ImportBatch:
    """One import. Raises `NotFound`."""
    found = ImportBatch.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound()
    return found


def import_statuses(batches: Collection[int]) -> dict[int, dict[str, int]]:
    """How many instructions of each import have which status, by the import's key. One query."""
    rows = Instruction.objects.filter(import_batch__in=batches).order_by().values("import_batch", "status")
    counts: dict[int, dict[str, int]] = {}
    for row in rows.annotate(count=Count("pk")):
        counts.setdefault(row["import_batch"], {})[row["status"]] = row["count"]
    return counts
