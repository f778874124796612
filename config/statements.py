"""Hand-written statements of the paths that must be quick: PostgreSQL plans each once for a connection.

The ORM's statements carry their values in their text, so that each is parsed and planned anew. That is right where
a person waits for one page, and half of PostgreSQL's work where sixteen writers send a text a second.
"""

import re
from collections.abc import Iterable
from typing import Any, cast

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.types.numeric import Int8

_NAMED = re.compile(r"%\((\w+)\)s")

Row = tuple[Any, ...]
Rows = list[Row]


def array_text(numbers: Iterable[int | None]) -> str:
    """Whole numbers, None for NULL, as PostgreSQL reads an array of them: many times quicker than one by one."""
    return f"{{{','.join(['NULL' if number is None else str(number) for number in numbers])}}}"


class _Prepared(psycopg.RawCursor[tuple[Any, ...]]):
    def execute(self, query: Any, params: Any = None, **options: Any) -> "_Prepared":
        return super().execute(query, params, prepare=True)


class Statement:
    """One statement with parameters written `%(name)s`. PostgreSQL must know their types: cast what it cannot infer."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.names = tuple(dict.fromkeys(_NAMED.findall(sql)))
        self._numbered = _NAMED.sub(lambda found: f"${self.names.index(found[1]) + 1}", sql)

    def rows(self, **values: Any) -> Rows:
        """Run the statement where we are: inside the transaction that is open, or as one by itself."""
        connection = connections[DEFAULT_DB_ALIAS]  # itself: Django's `connection` looks it up anew at each step
        if connection.queries_logged or connection.execute_wrappers:  # a test counts, in Django's own way
            with connection.cursor() as cursor:
                cursor.execute(self.sql, values)
                return cast(Rows, cursor.fetchall())
        connection.ensure_connection()
        # The type of a number is part of a prepared statement: always the same one, however small the number.
        numbered = [Int8(value) if type(value) is int else value for value in map(values.__getitem__, self.names)]
        with CursorWrapper(_Prepared(connection.connection), connection) as cursor:
            cursor.execute(self._numbered, numbered)
            return cast(Rows, cursor.fetchall())

    def transact(self, **values: Any) -> Rows:
        """Run a statement that writes as a transaction by itself: without BEGIN and COMMIT, which are round trips.

        Inside another transaction it gets a savepoint, so that a refusal of the database leaves that one usable.
        """
        if not connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return self.rows(**values)
        with transaction.atomic():
            return self.rows(**values)
