"""Keeping the audit: an act written down, the chain continued from the tables it is made of, the chain verified."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone

from annotation.models import AuditEntry, AuditNote
from annotation.selectors.audit_sources import SOURCES, Source
from vendors.models import User

# Any number of our own: one process continues the chain at a time.
CHAIN_LOCK = "hashtextextended('audit chain', 0)"
BEGINNING = bytes(32)
BATCH = 2000
# A row may be committed after one with a higher key: so many keys before the last are looked at again.
LOOKED_AT_AGAIN = 2000
# What is in no entry after so long was overlooked, or kept from the chain.
LATE = timedelta(hours=1)
PROBLEMS_AT_MOST = 20

# What a table's row gives its entry, in the order of the statement.
SAID = ("source", "source_id", "at", "act", "actor_kind", "actor_id", "subject_kind", "subject_id", "digest")
Found = tuple[str, int, datetime, str, str, str, str, str, bytes]


def note_write(
    *, by: User | None, act: str, subject_kind: str, subject_id: str, why: str, details: dict[str, Any]
) -> AuditNote:
    """Write down an act that has no row of its own. Call in the transaction of the act."""
    return AuditNote.objects.create(
        user=by, act=act, subject_kind=subject_kind, subject_id=subject_id, why=why.strip()[:500], details=details
    )


@transaction.atomic
def chain_continue(*, at_most: int = BATCH) -> int | None:
    """Add an entry for each row that has none, oldest first, `at_most` of a table; returns how many.

    Takes the chain's lock and none on the tables it reads. None while another process does it.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_xact_lock({CHAIN_LOCK})")
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        rows = [row for source in SOURCES for row in _unchained(cursor, source, at_most)]
    rows.sort(key=lambda row: (row[2], row[0], row[1]))
    last = AuditEntry.objects.order_by("-position").values_list("position", "entry_hash").first()
    position, previous = (last[0], bytes(last[1])) if last else (0, BEGINNING)
    entries = []
    for row in rows:
        position += 1
        entry = AuditEntry(position=position, previous_hash=previous, **dict(zip(SAID, row, strict=True)))
        entry.entry_hash = previous = entry_hash(entry)
        entries.append(entry)
    AuditEntry.objects.bulk_create(entries, batch_size=BATCH)
    return len(entries)


def chain_catch_up() -> int:
    """Continue the chain until nothing is left, each batch a transaction of its own; returns how many entries it made."""
    made = 0
    while added := chain_continue():
        made += added
    return made


def entry_hash(entry: AuditEntry) -> bytes:
    """The hash of an entry: SHA-256 of the hash before it and of everything else it says, as canonical JSON."""
    said = [
        entry.position, entry.source, entry.source_id, entry.at.astimezone(UTC).isoformat(), entry.act, entry.actor_kind,
        entry.actor_id, entry.subject_kind, entry.subject_id, bytes(entry.digest).hex(),
    ]  # fmt: skip
    return hashlib.sha256(bytes(entry.previous_hash) + orjson.dumps(said)).digest()


def _unchained(cursor: Any, source: Source, at_most: int) -> list[Found]:
    kind, actor = source.actor
    cursor.execute(
        f"""
        SELECT %s, t.id, t.at, {source.act}, {kind}, {actor}, {source.subject_kind}, {source.subject}, {source.digest}
        FROM {source.table} t {source.joins}
        WHERE t.id > (SELECT COALESCE(max(source_id), 0) FROM annotation_auditentry WHERE source = %s) - %s
            AND NOT EXISTS (SELECT 1 FROM annotation_auditentry e WHERE e.source = %s AND e.source_id = t.id)
        ORDER BY t.id LIMIT %s
        """,
        [source.code, source.code, LOOKED_AT_AGAIN, source.code, at_most],
    )
    return [(*row[:8], bytes(row[8])) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Broken:
    """What is wrong, with the position of the entry, or of a row that has none its table and key."""

    code: str
    position: int | None
    source: str = ""
    source_id: int | None = None


@dataclass(slots=True)
class AuditState:
    """How many entries there are, the hash of the last, and what is wrong, the first of the chain first."""

    count: int = 0
    head: str = ""
    problems: list[Broken] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.problems


def chain_verify(
    *, known: tuple[int, str] | None = None, progress: Callable[[int], object] | None = None
) -> AuditState:
    """Read the whole chain and the rows it is made of.

    `known` is a position and the hash that was noted of it elsewhere, without which an end cut off would not be noticed.
    The chain is read up to its first broken entry: after it, nothing can be said.
    """
    state = AuditState()
    position, previous, known_hash = 0, BEGINNING, None
    entries = AuditEntry.objects.order_by("position").iterator(BATCH)
    for position, entry in enumerate(entries, start=1):
        if entry.position != position:
            state.problems.append(Broken("missing", position))
            break
        if bytes(entry.previous_hash) != previous or entry_hash(entry) != bytes(entry.entry_hash):
            state.problems.append(Broken("changed", position, entry.source, entry.source_id))
            break
        previous = bytes(entry.entry_hash)
        if known and position == known[0]:
            known_hash = previous.hex()
        if progress and position % BATCH == 0:
            progress(BATCH)
    else:
        state.count, state.head = position, previous.hex() if position else ""
        if known and known_hash != known[1]:
            state.problems.append(Broken("not_as_noted", known[0]))
    state.problems += list(_rows_wrong())[:PROBLEMS_AT_MOST]
    return state


def _rows_wrong() -> Iterator[Broken]:
    """Rows that are gone or say something else than when they were entered, and rows that nobody entered."""
    late = timezone.now() - LATE
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        for source in SOURCES:
            yield from _compared(cursor, source)
            cursor.execute(
                f"""
                SELECT t.id FROM {source.table} t {source.joins} WHERE t.at < %s
                    AND NOT EXISTS (SELECT 1 FROM annotation_auditentry e WHERE e.source = %s AND e.source_id = t.id)
                ORDER BY t.id LIMIT %s
                """,
                [late, source.code, PROBLEMS_AT_MOST],
            )
            yield from (Broken("not_entered", None, source.code, pk) for (pk,) in cursor.fetchall())


def _compared(cursor: Any, source: Source) -> Iterator[Broken]:
    cursor.execute(
        f"""
        SELECT e.position, e.source_id, t.id IS NULL FROM annotation_auditentry e
        LEFT JOIN {source.table} t ON t.id = e.source_id
        WHERE e.source = %s AND (t.id IS NULL OR e.digest <> {source.digest}) ORDER BY e.position LIMIT %s
        """,
        [source.code, PROBLEMS_AT_MOST],
    )
    rows: Sequence[tuple[int, int, bool]] = cursor.fetchall()
    for position, pk, is_gone in rows:
        yield Broken("row_gone" if is_gone else "row_changed", position, source.code, pk)
