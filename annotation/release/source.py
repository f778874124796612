"""The clean records, read as the role that can read nothing else."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString, NamedTuple

import psycopg
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from annotation.release.record_lines import COUNTED
from config.errors import DomainError

ROWS_A_FETCH = 2000


class CleanRow(NamedTuple):
    """One row of `clean_record`; the fields are those of the view, people as the numbers of their rows."""

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
    salt: bytes
    writer: int
    editor: int | None
    reviewer: int
    written_on: str
    active_seconds: int
    trace: str
    engine: str
    settings: int
    watermark: int
    decision: str
    reference_policy: str
    is_reference_shown: bool
    terms: int | None
    agreement: int
    guideline: int
    family: str
    vendor: str


COLUMNS = ", ".join(f"{name}::text" if name in ("id", "family", "vendor") else name for name in CleanRow._fields)


class SourceUnavailable(DomainError):
    code = "release_source_unavailable"
    status = 503
    message = _(
        "The database does not let the role %(role)s in. "
        "Run `manage.py migrate`, then `manage.py ensure_export_role`, and check %(variable)s."
    )


class SourceLost(DomainError):
    code = "release_source_lost"
    status = 503
    message = _("The database went away while it was read. Nothing was released; run the command again.")


class RoleTooStrong(DomainError):
    code = "release_role_too_strong"
    status = 403
    message = _(
        "%(variable)s signs in as a role that can read more than %(view)s, or become one that can. "
        "Use the role %(role)s; `manage.py ensure_export_role` takes back what it was given too much."
    )


@dataclass(frozen=True)
class Door:
    """A view, the role that may read it and nothing else, and the setting that says how it signs in."""

    role: str
    view: str
    variable: str

    @property
    def url(self) -> str:
        return str(getattr(settings, self.variable))

    def error(self, kind: type[DomainError]) -> DomainError:
        """An error that names this door."""
        return kind(kind.message % {"role": self.role, "view": self.view, "variable": self.variable})


EXPORT = Door("hitode_export", "clean_record", "EXPORT_DATABASE_URL")
SYNTHETIC = Door("hitode_synthetic", "synthetic_record", "SYNTHETIC_DATABASE_URL")


# Anything that the role may read beside the view, by its own rights or by those of a role that it may put on. What
# belongs to an extension, such as its statistics, is open to everybody and holds none of our rows.
READS_MORE = """
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolcreaterole OR rolbypassrls))
    OR EXISTS (SELECT FROM pg_auth_members WHERE member = current_user::regrole)
    OR EXISTS (
        SELECT FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            AND NOT (n.nspname = 'public' AND c.relname = %(view)s)
            AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
            AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))
    )
"""
READS_THE_VIEW = "SELECT COALESCE(has_table_privilege(to_regclass('public.' || %(view)s), 'SELECT'), FALSE)"


@contextmanager
def door_open(door: Door) -> Iterator[psycopg.Connection[Any]]:
    """Open one read-only snapshot of the database as the role of a door.

    Raises `SourceUnavailable` when the role cannot sign in or may not read the view, `SourceLost` when the database goes
    away on the way, and `RoleTooStrong` when the role could read anything else: the promise is checked before the
    first row is read, not assumed.
    """
    try:
        connection = psycopg.connect(door.url, connect_timeout=5)
    except psycopg.OperationalError as error:
        raise door.error(SourceUnavailable) from error
    try:
        with connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            connection.execute("SET LOCAL work_mem = '128MB'")  # so that sorting 52,000 texts needs no file
            if _holds(connection, READS_MORE, door):
                raise door.error(RoleTooStrong)
            if not _holds(connection, READS_THE_VIEW, door):
                raise door.error(SourceUnavailable)
            yield connection
    except psycopg.OperationalError as error:
        raise SourceLost() from error


@contextmanager
def clean_snapshot() -> Iterator["Snapshot"]:
    """Open one snapshot of the clean records as the export role. Raises what `door_open` does."""
    with door_open(EXPORT) as connection:
        connection.execute("SET LOCAL enable_nestloop = off")  # all rows are read: joining by hash takes a third less
        yield Snapshot(connection)


def _holds(connection: psycopg.Connection[Any], question: LiteralString, door: Door) -> bool:
    row = connection.execute(question, {"view": door.view}).fetchone()
    return row is None or bool(row[0])


def rows_read(
    connection: psycopg.Connection[Any], query: LiteralString, values: list[Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query through a server-side cursor; the database fetches the next while the last are used."""
    with connection.cursor(name="rows_read") as cursor, ThreadPoolExecutor(max_workers=1) as beside:
        cursor.execute(query, values)
        coming = beside.submit(cursor.fetchmany, ROWS_A_FETCH)
        while rows := coming.result():
            coming = beside.submit(cursor.fetchmany, ROWS_A_FETCH)
            yield from rows


@dataclass(frozen=True)
class Filters:
    """Which of the clean records are wanted; what is empty does not choose. Days are `YYYY-MM-DD` of UTC, both included."""

    languages: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()  # their public ids
    since: str = ""
    until: str = ""
    is_strict: bool = False  # no flag in the trace, and the gate let it pass without asking anybody

    def listed(self) -> dict[str, Any]:
        """As a manifest lists them: those that choose."""
        found = {"language": self.languages, "category": self.categories, "vendor": self.vendors}
        listed: dict[str, Any] = {name: sorted(values) for name, values in found.items() if values}
        listed |= {name: day for name, day in (("since", self.since), ("until", self.until)) if day}
        return listed | ({"strict": True} if self.is_strict else {})

    def condition(self) -> tuple[LiteralString, list[Any]]:
        """A condition on `clean_record`, and its parameters."""
        chosen: list[tuple[LiteralString, Any]] = [
            ("language = ANY(%s)", list(self.languages)),
            ("category = ANY(%s)", [*self.categories, *([""] if COUNTED["category"] in self.categories else [])]),
            ("vendor = ANY(%s::uuid[])", list(self.vendors)),
            ("written_on >= %s", self.since),
            ("written_on <= %s", self.until),
            ("(trace = 'fits' AND decision = 'pass') = %s", self.is_strict),
        ]
        wanted = [(condition, value) for condition, value in chosen if value]
        return " AND ".join(["TRUE", *(condition for condition, _ in wanted)]), [value for _, value in wanted]


class Snapshot:
    """The clean records as they stood at one moment."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def count(self, filters: Filters = Filters()) -> int:
        """How many records are chosen."""
        condition, values = filters.condition()
        row = self._connection.execute(f"SELECT count(*) FROM clean_record WHERE {condition}", values).fetchone()
        return int(row[0]) if row else 0

    def rows(self, filters: Filters = Filters()) -> Iterator[CleanRow]:
        """Yield the chosen rows ordered by id through a server-side cursor: memory does not grow with their number."""
        condition, values = filters.condition()
        query = f"SELECT {COLUMNS} FROM clean_record WHERE {condition} ORDER BY id"
        yield from map(CleanRow._make, rows_read(self._connection, query, values))
