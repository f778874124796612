"""Who holds a lock is there; everybody else is missing."""

import psycopg
import pytest
from django.db import connection

from config.presence import PRESENCE_LOCK, presence_missing, presence_number
from tests.races import until

HELD, FREE = 4711, 2**31 - 1


def other() -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(**connection.get_connection_params(), autocommit=True)


@pytest.mark.django_db
def test_who_holds_its_lock_is_there_and_who_lost_its_connection_is_missing() -> None:
    with other() as line:
        line.execute("SELECT pg_advisory_lock(%s, %s)", [PRESENCE_LOCK, HELD])
        line.execute("SELECT pg_advisory_lock(%s, %s)", [PRESENCE_LOCK + 1, FREE])
        assert presence_missing([FREE, HELD]) == [FREE]
        with other() as waiting:  # who only waits for a lock has it not
            waiting.execute("SET lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                waiting.execute("SELECT pg_advisory_lock(%s, %s)", [PRESENCE_LOCK, HELD])
        assert presence_missing([HELD]) == []
    until(lambda: presence_missing([HELD]) == [HELD])  # its end of the line ends a moment later


def test_a_process_that_is_no_web_server_has_no_number() -> None:
    assert presence_number() is None
