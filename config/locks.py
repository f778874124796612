"""Locks of PostgreSQL that last beyond a transaction, for work that one process at a time may do. Who dies holds none."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def alone(number: int, name: str | None = None) -> Iterator[bool]:
    """Give whether nobody else is at this work, and keep others from it until the block ends.

    The number is the work's own, among all of this database; a name is one of many pieces of it.
    """
    key = "%(number)s" if name is None else "%(number)s, hashtext(%(name)s)"
    values = {"number": number, "name": name}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({key})", values)
        is_alone = bool(cursor.fetchone()[0])
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_unlock({key})", values)
