"""The test database: copied from a template that is migrated once for a schema, and put back as it was between tests.

The templates stay in the tests' own cluster under `var/test`, so that only the first run after a change of the schema
migrates. What undoes a test that commits is the command `flush`, which Django calls: see `management/commands/flush.py`.
"""

import fcntl
import hashlib
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import psycopg
from django.core.management import call_command
from django.db import OperationalError, connection, connections, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql
from psycopg.errors import DeadlockDetected

from config.migrating import quick_states

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = "hitode_template_"
# What a migrated database depends on: the migrations, the models (for the permissions), and the libraries'.
SCHEMA_FILES = ("*/migrations/**/*.py", "*/models/**/*.py", "*/models.py", "*/apps.py", "requirements/dev.txt")

TABLES = """
SELECT quote_ident(relname) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'django_migrations' ORDER BY relname
"""
# In which this transaction has written.
TOUCHED = """
SELECT quote_ident(relname) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'django_migrations'
    AND pg_stat_get_xact_tuples_inserted(oid) > 0
ORDER BY relname
"""
RIGHTS = """
SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(grantee::regrole::text) END, string_agg(privilege_type, ', ')
FROM pg_database, aclexplode(datacl) WHERE datname = %s GROUP BY grantee
"""


# Rows that may never be deleted are, and references are not followed.
NO_TRIGGERS = "SET LOCAL session_replication_role = replica"


def database_make() -> None:
    """Make the database of this process anew, and let Django and the export role use it."""
    name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]
    connections.close_all()
    with _alone(), _server() as server:
        template = _template_ready(server)
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        _rights_copy(server, template, name)
    _use(name)
    _remember()


def database_drop() -> None:
    """Drop the database of this process."""
    name = str(connection.settings_dict["NAME"])
    connections.close_all()
    with _server() as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


DEADLOCKS_AT_MOST = 20

# Set when the database is made: one statement that puts every table back as the migrations left it.
_tables: list[str] = []
_restoring = ""


def database_restore() -> None:
    """Put every row back as the migrations left it. Waits for whoever is writing; sequences go on.

    A site that is still at work may hold a row that this wants, and want a table that this holds: then it starts anew.
    """
    for _attempt in range(DEADLOCKS_AT_MOST):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_restoring)
            return
        except OperationalError as refused:
            if not isinstance(refused.__cause__, DeadlockDetected):
                raise
    raise RuntimeError("The site does not come to rest: the tables could not be emptied.")


class Rows(Generic[T]):
    """Rows that many tests begin with: written by the services once, and by one statement in every test after that."""

    def __init__(self, write: Callable[[], T]) -> None:
        self._write = write
        self._written = b""
        self._statement = ""

    def put(self) -> T:
        """Write the rows, which keep their keys and their times; returns a new copy of what the writing returned."""
        self._statement = self._statement or self._noted()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(self._statement)
        written: T = pickle.loads(self._written)
        return written

    def _noted(self) -> str:
        with transaction.atomic(), connection.cursor() as cursor:
            # Its one row has our savepoint's number; what this test wrote before has smaller ones.
            cursor.execute("CREATE TEMP TABLE noted ON COMMIT DROP AS SELECT")
            cursor.execute("SELECT xmin::text::bigint FROM noted")
            first = cursor.fetchone()[0]
            cursor.execute("DROP TABLE noted")  # what is written now may note rows of its own
            self._written = pickle.dumps(self._write())
            cursor.execute(TOUCHED)
            tables = [table for (table,) in cursor.fetchall()]
            statement = _insertions(cursor, tables, f"xmin::text::bigint >= {first}")
            transaction.set_rollback(True)
        return statement


def _remember() -> None:
    """Note the tables and the rows in them, which are the migrations'."""
    global _restoring
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        _tables[:] = [table for (table,) in cursor.fetchall()]
        lock = f"LOCK TABLE {', '.join(_tables)} IN SHARE ROW EXCLUSIVE MODE"
        emptying = "; ".join(f"DELETE FROM {table}" for table in _tables)
        _restoring = f"{lock}; {NO_TRIGGERS}; {emptying}; {_insertions(cursor, _tables, 'true')}"


def _insertions(cursor: CursorWrapper, tables: Sequence[str], condition: str) -> str:
    """The statement that inserts what is now in the tables."""
    statements = [NO_TRIGGERS]
    for table in tables:
        cursor.execute(f"SELECT json_agg(row)::text FROM {table} row WHERE {condition}")
        if (rows := cursor.fetchone()[0]) is not None:
            recordset = f"json_populate_recordset(NULL::{table}, {_literal(rows)})"
            statements.append(f"INSERT INTO {table} SELECT * FROM {recordset}")
    return "; ".join([*statements, "SET LOCAL session_replication_role = origin"])


def _literal(value: str) -> str:
    return sql.Literal(value).as_string()


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time: the second one finds the template that the first has made."""
    with (Path(os.environ["HITODE_VAR"]) / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _server() -> Iterator[psycopg.Connection[Any]]:
    """A connection that can make and drop databases."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres").geturl()
    with psycopg.connect(url, autocommit=True) as server:
        yield server


def _template_ready(server: psycopg.Connection[Any]) -> str:
    """Return the name of the migrated template; make it, and drop those of other schemas, if it is not there."""
    name = TEMPLATES + _schema_digest()
    found = server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [TEMPLATES])
    others = [other for (other,) in found]
    if name in others:
        return name
    for other in others:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(other)))
    half_made = f"{TEMPLATES}half_made"
    server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(half_made)))
    _use(half_made)
    with quick_states():
        call_command("migrate", interactive=False, verbosity=0)
    connections.close_all()
    server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(half_made), sql.Identifier(name)))
    return name


def _schema_digest() -> str:
    digest = hashlib.sha256()
    for pattern in SCHEMA_FILES:
        for file in sorted(ROOT.glob(pattern)):
            if ".venv" not in file.parts:
                digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _rights_copy(server: psycopg.Connection[Any], source: str, target: str) -> None:
    """Who may do what with the database itself: the one thing that a copy does not take along."""
    rights = server.execute(RIGHTS, [source]).fetchall()
    if rights:
        server.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(target)))
    for grantee, names in rights:
        server.execute(
            sql.SQL("GRANT {} ON DATABASE {} TO {}").format(sql.SQL(names), sql.Identifier(target), sql.SQL(grantee))
        )


def _use(name: str) -> None:
    """Point Django, and the roles that read one view each, at a database."""
    from django.conf import settings

    connections.close_all()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    for address in ("EXPORT_DATABASE_URL", "SYNTHETIC_DATABASE_URL"):
        setattr(settings, address, urlsplit(getattr(settings, address))._replace(path=f"/{name}").geturl())
