"""Which of the web processes live: each holds a lock of PostgreSQL, on a connection of its own, for as long as it does.

A process that was killed has lost it in the same moment; one that is only held up, however long, keeps it. Without the lock a
process may still live: whenever the connection breaks, as with every restart of PostgreSQL, it takes the lock again a moment
later. So whoever asks looks more than once. Redis has no part in this.
"""

import logging
import secrets
from collections.abc import Iterable
from contextlib import suppress
from select import POLLIN, poll
from threading import Thread
from time import sleep
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

from config.statements import Statement, array_text

log = logging.getLogger(__name__)

PRESENCE_LOCK = 0x48455245  # any number that nothing else of ours locks
AGAIN_SECONDS = 1.0
# A machine that is gone closes nothing: both ends find out within some fifteen seconds. No limit for idle sessions ends this one.
_SERVER = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=2 -c idle_session_timeout=0"
_CLIENT = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 2, "connect_timeout": 5}

_ABSENT = Statement(f"""
SELECT wanted.number
FROM unnest(%(numbers)s::bigint[]) AS wanted (number)
WHERE NOT EXISTS (
    SELECT FROM pg_locks held
    WHERE held.locktype = 'advisory' AND held.granted
        AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND held.classid::bigint = {PRESENCE_LOCK} AND held.objid::bigint = wanted.number
)
""")

_own = 1 + secrets.randbelow(2**31 - 1)
_is_held = False


def presence_begin() -> None:
    """Hold this process's lock from now on, in a thread that sleeps until the connection breaks."""
    Thread(target=_hold, name="presence", daemon=True).start()


def presence_number() -> int | None:
    """The number by which others see that this process lives; None while they could not see it."""
    return _own if _is_held else None


def presence_missing(numbers: Iterable[int]) -> list[int]:
    """Those of the numbers whose process does not hold its lock now. Raises when the database is away: then nobody knows."""
    return sorted(number for (number,) in _ABSENT.rows(numbers=array_text(numbers)))


def _hold() -> None:
    while True:
        with suppress(psycopg.Error):  # while the database is away, requests say so
            _hold_once()
        sleep(AGAIN_SECONDS)


def _hold_once() -> None:
    """Take the lock and keep it until the connection breaks. Raises `psycopg.Error` then."""
    global _is_held
    given: dict[str, Any] = connections[DEFAULT_DB_ALIAS].get_connection_params()
    options = f"{given.get('options', '')} {_SERVER}".strip()
    with psycopg.connect(**{**given, **_CLIENT, "options": options}, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s, %s)", [PRESENCE_LOCK, _own])
        waiting = poll()
        waiting.register(connection.fileno(), POLLIN)
        _is_held = True
        try:
            while True:
                waiting.poll()  # the server says nothing until it goes
                connection.execute("SELECT 1")
        finally:
            _is_held = False
            log.warning("The connection by which others see that this process lives has broken.")
