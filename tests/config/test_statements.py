"""Hand-written statements: planned once, whole transactions by themselves, and harmless inside another."""

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from config.statements import Statement

DOUBLED = Statement("SELECT %(number)s + %(number)s, %(word)s::text")


@pytest.mark.django_db
def test_a_statement_is_planned_once_whatever_the_size_of_its_numbers() -> None:
    assert DOUBLED.rows(number=2, word="二") == [(4, "二")]
    assert DOUBLED.rows(number=70_000, word="七") == [(140_000, "七")]
    assert DOUBLED.rows(number=2**40, word="") == [(2**41, "")]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE '%%::text'"
        )
        assert cursor.fetchall() == [(3,)]


@pytest.mark.django_db
def test_a_statement_is_counted_where_queries_are_counted() -> None:
    with CaptureQueriesContext(connection) as captured:
        assert DOUBLED.rows(number=3, word="a%b") == [(6, "a%b")]
    assert len(captured) == 1


@pytest.mark.django_db
def test_a_refusal_of_the_database_leaves_the_transaction_around_it_usable() -> None:
    narrow = Statement("INSERT INTO django_session (session_key, session_data) VALUES (%(key)s, '') RETURNING 1")
    with pytest.raises(IntegrityError):
        narrow.transact(key="no date of expiry")
    assert DOUBLED.rows(number=1, word="") == [(2, "")]


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_writes_is_there_at_once_and_needs_no_commit() -> None:
    put = Statement(
        "INSERT INTO django_session (session_key, session_data, expire_date)"
        " VALUES (%(key)s, '', now()) RETURNING session_key"
    )
    assert put.transact(key="alone") == [("alone",)]
    assert connection.get_autocommit()
    connection.close()
    assert Statement("SELECT count(*) FROM django_session WHERE session_key = %(key)s").rows(key="alone") == [(1,)]
