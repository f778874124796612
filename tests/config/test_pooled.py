"""The web server's pool lends no dead connection, and does not ask the server about those that live."""

from collections.abc import Iterator

import pytest
from django.db import connection

from config.pooled.base import DatabaseWrapper


@pytest.fixture
def pooled(db: None) -> Iterator[DatabaseWrapper]:
    settings = {**connection.settings_dict, "OPTIONS": {**connection.settings_dict["OPTIONS"]}}
    settings["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 1, "timeout": 10}
    wrapper = DatabaseWrapper(settings, alias=connection.alias)
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def backend(wrapper: DatabaseWrapper) -> int:
    """The process of the server that answers; the connection goes back into the pool."""
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid: int = cursor.fetchone()[0]
    wrapper.close()
    return pid


def test_a_connection_that_lives_is_lent_again_without_a_word_to_the_server(pooled: DatabaseWrapper) -> None:
    first = backend(pooled)
    with connection.cursor() as cursor:
        said = "SELECT query FROM pg_stat_activity WHERE pid = %s"
        cursor.execute(said, [first])
        assert cursor.fetchone() == ("SELECT pg_backend_pid()",)
        pooled.ensure_connection()
        cursor.execute(said, [first])
        assert cursor.fetchone() == ("SELECT pg_backend_pid()",)
    assert backend(pooled) == first


def test_a_connection_that_the_server_ended_is_replaced_before_anybody_gets_it(pooled: DatabaseWrapper) -> None:
    first = backend(pooled)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
        assert cursor.fetchone() == (True,)
    assert backend(pooled) != first
