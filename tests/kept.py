"""What a factory writes into a test that has written nothing yet, or nothing but the cast and what other such factories wrote, is
noted, and put back by one statement where another test begins in the same way.

That is so in a test of one transaction that has changed no setting and patched nothing. The rows keep their keys and their
times, which are seconds old: not older than a slow machine would make them.
"""

import pickle
import time
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from itertools import count
from typing import Any, ParamSpec, TypeVar

import pytest
from django.conf import UserSettingsHolder, settings
from django.db import connection
from django.db.models import Model
from django.utils import translation

from tests.database import Rows

Given = ParamSpec("Given")
Made = TypeVar("Made")

OLD_AFTER_SECONDS = 20.0
PLAIN = (str, int, bool, type(None))
ROWS_WRITTEN = """
SELECT sum(pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid) + pg_stat_get_xact_tuples_deleted(oid))
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
"""


class Watch:
    """Knows what the test under way stands on, as long as it has written nothing else."""

    def __init__(self) -> None:
        self._ground: object = None
        self._rows = 0
        self._patches = pytest.MonkeyPatch()

    def test_begins(self, patches: pytest.MonkeyPatch, *, hears_commits: bool) -> None:
        """Forget the test before; `patches` knows what this one patches, and what it hears of commits is never kept."""
        self._ground, self._rows, self._patches = None if hears_commits else "nothing", 0, patches

    def stand(self, ground: object) -> None:
        """From here on the test stands on this: rows that have the same keys whenever it is said."""
        if connection.in_atomic_block and self._ground is not None:
            self._ground, self._rows = ground, self._rows_written()

    @property
    def ground(self) -> object:
        """What a factory finds now; None when that is not known."""
        is_changed = (
            self._patches._setattr or self._patches._setitem or isinstance(settings._wrapped, UserSettingsHolder)
        )
        if self._ground is None or is_changed or not connection.in_atomic_block or connection.queries_logged:
            return None
        if self._rows_written() != self._rows:
            self._ground = None
        return self._ground

    def _rows_written(self) -> int:
        """How many rows this transaction has written, changed or taken away, by whatever way."""
        with connection.cursor() as cursor:
            cursor.execute(ROWS_WRITTEN)
            return int(cursor.fetchone()[0])


watch = Watch()
_number = count()


class Unknown(Exception):
    """An argument that nobody could tell from another."""


def _told(value: object) -> object:
    """What tells an argument from every other, as it is now."""
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, Model):
        columns = [(field.attname, value.__dict__.get(field.attname)) for field in value._meta.concrete_fields]
        return value._meta.label, pickle.dumps(columns)
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(_told(getattr(value, field.name)) for field in fields(value))
    raise Unknown


def kept(factory: Callable[Given, Made]) -> Callable[Given, Made]:
    """Keep the rows of a factory."""
    called: dict[object, float] = {}
    noted: dict[object, tuple[int, Rows[Any]]] = {}

    @wraps(factory)
    def make(*args: Given.args, **named: Given.kwargs) -> Made:
        if (ground := watch.ground) is None:
            return factory(*args, **named)
        given = [*args, *named.values()]
        try:
            key = (ground, translation.get_language(), *map(_told, given), *named)
        except Unknown:
            return factory(*args, **named)
        now = time.monotonic()
        if now - called.get(key, -OLD_AFTER_SECONDS) >= OLD_AFTER_SECONDS:  # whether it is called again nobody knows
            called[key] = now
            noted.pop(key, None)
            return factory(*args, **named)
        if key not in noted:
            called[key] = now
            rows = Rows(lambda: (factory(*args, **named), given))
            rows.note()
            if rows.has_deleted:
                del called[key]
                return factory(*args, **named)
            noted[key] = next(_number), rows
        number, rows = noted[key]
        made, changed = rows.put()
        for one, other in zip(given, changed, strict=True):
            if isinstance(one, Model):
                vars(one).update(vars(other))
        watch.stand((number, ground))
        result: Made = made
        return result

    return make
