"""What the role hitode_export can reach: `clean_record`, and nothing else. The lists come from the catalogue of the
database, so that a table of tomorrow is tried too.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql

from annotation.release.source import CleanRow, RoleTooStrong, SourceUnavailable, clean_snapshot
from tests.cast import cast
from tests.factories.collection import make_reference
from tests.factories.records import make_record, make_task

pytestmark = pytest.mark.django_db
with_rows = pytest.mark.django_db(transaction=True)  # the role sees only what is committed

ROLE = "hitode_export"
USER_SCHEMAS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
Export = psycopg.Connection[Any]


@pytest.fixture
def export() -> Iterator[Export]:
    """A connection as the export role which asks to write: only its rights stand in its way."""
    with psycopg.connect(settings.EXPORT_DATABASE_URL, autocommit=True) as connected:
        connected.execute("SET default_transaction_read_only = off")
        yield connected


@pytest.fixture
def owner() -> Iterator[Any]:
    """The database's owner, on a connection whose every statement is committed at once."""
    with (
        psycopg.connect(**connection.get_connection_params(), autocommit=True) as connected,
        connected.cursor() as cursor,
    ):
        yield cursor


def relations(kinds: str) -> list[tuple[str, str]]:
    """Schema and name of every relation of these kinds outside the system's own schemas."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            f"WHERE c.relkind = ANY(%s) AND {USER_SCHEMAS} ORDER BY 1, 2",
            [list(kinds)],
        )
        return cursor.fetchall()


def readable() -> list[tuple[str, str]]:
    return [name for name in relations("rpvmf") if name != ("public", "clean_record")]


def columns_of(relation: tuple[str, str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [".".join(f'"{part}"' for part in relation)],
        )
        return [row[0] for row in cursor.fetchall()]


def refused(export: Export, statement: sql.Composable | str, *also: type[psycopg.Error]) -> None:
    query = sql.SQL(statement) if isinstance(statement, str) else statement
    with pytest.raises((psycopg.errors.InsufficientPrivilege, *also)):
        export.execute(query)


@with_rows
def test_the_role_signs_in_as_itself_and_reads_the_clean_records(export: Export) -> None:
    task = make_record(cast())
    assert export.execute("SELECT session_user, current_user").fetchone() == (ROLE, ROLE)
    rows = export.execute(
        sql.SQL("SELECT {} FROM clean_record").format(sql.SQL(", ").join(map(sql.Identifier, CleanRow._fields)))
    )
    assert [str(row[0]) for row in rows] == [str(task.public_id)]
    assert set(columns_of(("public", "clean_record"))) == set(CleanRow._fields)


def test_no_other_table_or_view_can_be_read_whole_counted_or_by_any_column(export: Export) -> None:
    names = readable()
    assert {("public", "collection_reference"), ("public", "annotation_draft"), ("public", "clean_rule")} <= set(names)
    for name in names:
        relation = sql.Identifier(*name)
        refused(export, sql.SQL("SELECT * FROM {}").format(relation))
        refused(export, sql.SQL("SELECT count(*) FROM {}").format(relation))
        refused(export, sql.SQL("COPY {} TO STDOUT").format(relation)) if name in relations("rp") else None
        for column in columns_of(name):
            refused(export, sql.SQL("SELECT {} FROM {}").format(sql.Identifier(column), relation))


def test_no_relation_can_be_written(export: Export) -> None:
    for name in [*readable(), ("public", "clean_record")]:
        relation = sql.Identifier(*name)
        column = sql.Identifier(columns_of(name)[0])
        for statement in (
            sql.SQL("INSERT INTO {} DEFAULT VALUES").format(relation),
            sql.SQL("UPDATE {} SET {} = NULL").format(relation, column),
            sql.SQL("DELETE FROM {}").format(relation),
        ):
            refused(export, statement, psycopg.errors.ObjectNotInPrerequisiteState)  # a view that nobody can write
    for name in relations("rp"):
        refused(export, sql.SQL("TRUNCATE {}").format(sql.Identifier(*name)))


def test_no_sequence_tells_or_moves(export: Export) -> None:
    names = relations("S")
    assert names
    for schema, name in names:
        refused(export, sql.SQL("SELECT last_value FROM {}").format(sql.Identifier(schema, name)))
        literal = sql.Literal(f'"{schema}"."{name}"')
        refused(export, sql.SQL("SELECT nextval({})").format(literal))
        refused(export, sql.SQL("SELECT setval({}, 1)").format(literal))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE leak (text text)",
        "CREATE TEMPORARY TABLE leak (text text)",
        "CREATE VIEW leak AS SELECT * FROM clean_record",
        "CREATE FUNCTION leak() RETURNS text LANGUAGE sql AS 'SELECT text FROM collection_reference'",
        "CREATE SCHEMA leak",
        "CREATE ROLE leak",
        "CREATE DATABASE leak",
        "CREATE EXTENSION dblink",
        "ALTER ROLE hitode_export SUPERUSER",
        "GRANT SELECT ON collection_reference TO hitode_export",
        "SET ROLE hitode",
        "SET SESSION AUTHORIZATION hitode",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "COPY (SELECT 1) TO '/tmp/hitode-leak'",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT pg_read_binary_file('PG_VERSION')",
        "SELECT * FROM pg_ls_dir('.')",
        "SELECT lo_import('/etc/hostname')",
        "SELECT * FROM pg_largeobject",
        "SELECT rolpassword FROM pg_authid",
        "SELECT * FROM pg_user_mapping",
        "SELECT * FROM pg_statistic",
        "DROP VIEW clean_record",
        "CREATE OR REPLACE VIEW clean_record AS SELECT * FROM collection_reference",
        "ALTER SYSTEM SET log_statement = 'all'",
    ],
)
def test_no_way_around_is_open(export: Export, owner: Any, statement: str) -> None:
    owner.execute("SELECT session_user")
    refused(export, statement.replace("ROLE hitode", f"ROLE {owner.fetchone()[0]}")
            if statement == "SET ROLE hitode" else statement)  # fmt: skip


def test_no_large_object_of_others_can_be_read(export: Export, owner: Any) -> None:
    owner.execute("SELECT lo_from_bytea(0, 'model text')")
    number = owner.fetchone()[0]
    try:
        refused(export, sql.SQL("SELECT lo_get({})").format(sql.Literal(number)))
        refused(export, sql.SQL("SELECT lo_unlink({})").format(sql.Literal(number)))
    finally:
        owner.execute("SELECT lo_unlink(%s)", [number])


@with_rows
def test_the_planners_statistics_tell_nothing(export: Export, owner: Any) -> None:
    make_reference(make_record(cast()).instruction, text="これは統計にも出てはならない文です。")
    owner.execute("ANALYZE collection_reference")
    row = export.execute("SELECT count(*) FROM pg_stats WHERE schemaname = 'public'").fetchone()
    assert row == (0,)
    queries = export.execute("SELECT query FROM pg_stat_activity WHERE usename <> current_user").fetchall()
    assert {query for (query,) in queries} <= {"<insufficient privilege>", "", None}


@with_rows
def test_a_function_of_the_callers_sees_only_rows_that_are_clean(export: Export) -> None:
    """The view is a security barrier: a condition that fails aloud is not asked of rows that the rules keep out."""
    people = cast()
    clean = make_record(people, task=make_task(people))
    hidden = make_record(
        people, task=make_task(people), text="まだ誰も承知していない、ひとりごとの長い長い下書きです。鴨が飛んだ。"
    )
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM annotation_review WHERE submission_id = %s", [hidden.current_submission_id])
        cursor.execute("SET session_replication_role = origin")
    found = export.execute(
        "SELECT id::text FROM clean_record WHERE length(output) / (position('下書き' in output) - 12) > -999"
    )
    assert [row[0] for row in found] == [str(clean.public_id)]


def test_no_function_runs_with_its_owners_rights(owner: Any) -> None:
    """Functions are open to everybody by default; one that runs as its caller reads no more than the caller may."""
    owner.execute(
        "SELECT p.oid::regprocedure::text, p.prosecdef FROM pg_proc p "
        f"JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {USER_SCHEMAS}"
    )
    functions = owner.fetchall()
    assert functions
    assert [name for name, runs_as_owner in functions if runs_as_owner] == []


def test_the_role_is_nobodys_member_and_has_no_power(owner: Any) -> None:
    owner.execute("SELECT count(*) FROM pg_auth_members WHERE member = %s::regrole", [ROLE])
    assert owner.fetchone() == (0,)
    owner.execute(
        "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolinherit FROM pg_roles "
        "WHERE rolname = %s",
        [ROLE],
    )
    assert owner.fetchone() == (False,) * 6


# --- the product's own connection ------------------------------------------------------------------------------------


def test_the_snapshot_cannot_even_try_to_write() -> None:
    with clean_snapshot() as snapshot, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        snapshot._connection.execute("SELECT lo_creat(-1)")


@with_rows
def test_the_snapshot_stands_still_while_records_come_in() -> None:
    people = cast()
    make_record(people)
    with clean_snapshot() as snapshot:
        assert snapshot.count() == 1
        make_record(people)
        assert snapshot.count() == 1
        assert len(list(snapshot.rows())) == 1


def url_as(user: str, password: str = "") -> str:
    location = settings.EXPORT_DATABASE_URL.rpartition("@")[2]
    return f"postgresql://{user}{':' + quote(password) if password else ''}@{location}"


@pytest.fixture
def rival_role(owner: Any) -> Iterator[str]:
    """Another role that may read the view; the tests give it a little more."""
    owner.execute("CREATE ROLE hitode_rival LOGIN NOINHERIT")
    owner.execute("GRANT SELECT ON clean_record TO hitode_rival")
    yield "hitode_rival"
    owner.execute("DROP OWNED BY hitode_rival")
    owner.execute("DROP ROLE hitode_rival")


def test_the_owner_of_the_database_is_refused_as_too_strong(settings, owner: Any) -> None:
    owner.execute("SELECT session_user")
    settings.EXPORT_DATABASE_URL = url_as(owner.fetchone()[0])
    with pytest.raises(RoleTooStrong), clean_snapshot():
        pass


@pytest.mark.parametrize(
    "grant",
    [
        "GRANT SELECT ON collection_reference TO hitode_rival",
        "GRANT SELECT (text) ON collection_reference TO hitode_rival",
        "GRANT SELECT ON annotation_draft TO hitode_rival",
        "GRANT SELECT ON clean_rule TO hitode_rival",
        "GRANT pg_read_all_data TO hitode_rival",
        "GRANT pg_read_server_files TO hitode_rival",
    ],
)
def test_a_role_with_one_right_too_many_is_refused(settings, owner: Any, rival_role: str, grant: str) -> None:
    settings.EXPORT_DATABASE_URL = url_as(rival_role)
    with clean_snapshot() as snapshot:
        assert snapshot.count() == 0
    owner.execute(grant)
    with pytest.raises(RoleTooStrong), clean_snapshot():
        pass


def test_a_role_that_is_not_there_is_said_with_what_to_do(settings) -> None:
    settings.EXPORT_DATABASE_URL = url_as("hitode_nobody")
    with pytest.raises(SourceUnavailable, match="ensure_export_role"), clean_snapshot():
        pass


def test_a_role_that_was_never_let_in_is_said_with_what_to_do(settings, owner: Any, rival_role: str) -> None:
    owner.execute("REVOKE ALL ON clean_record FROM hitode_rival")
    settings.EXPORT_DATABASE_URL = url_as(rival_role)
    with pytest.raises(SourceUnavailable, match="ensure_export_role"), clean_snapshot():
        pass


# --- ensure_export_role ----------------------------------------------------------------------------------------------


@with_rows
def test_the_command_takes_back_what_was_given_too_much(owner: Any) -> None:
    owner.execute("GRANT SELECT ON collection_reference TO hitode_export")
    owner.execute("GRANT SELECT (text) ON annotation_draft TO hitode_export")
    owner.execute("GRANT USAGE ON SEQUENCE annotation_task_id_seq TO hitode_export")
    owner.execute("REVOKE ALL ON clean_record FROM hitode_export")
    owner.execute("GRANT pg_read_all_data TO hitode_export")
    try:
        call_command("ensure_export_role")
        with clean_snapshot() as snapshot:
            assert snapshot.count() == 0
        owner.execute("SELECT has_sequence_privilege('hitode_export', 'annotation_task_id_seq', 'USAGE')")
        assert owner.fetchone() == (False,)
        owner.execute("SELECT count(*) FROM pg_auth_members WHERE member = 'hitode_export'::regrole")
        assert owner.fetchone() == (0,)
    finally:
        owner.execute("REVOKE pg_read_all_data FROM hitode_export")
        owner.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM hitode_export")
        owner.execute("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM hitode_export")
        owner.execute("REVOKE ALL (text) ON annotation_draft FROM hitode_export")
        owner.execute("GRANT SELECT ON clean_record TO hitode_export")


@with_rows
def test_the_command_works_twice(owner: Any) -> None:
    call_command("ensure_export_role")
    call_command("ensure_export_role")


def test_the_command_refuses_an_address_of_another_role(settings) -> None:
    settings.EXPORT_DATABASE_URL = url_as("hitode_nobody")
    with pytest.raises(CommandError, match="must sign in as hitode_export") as refusal:
        call_command("ensure_export_role")
    assert refusal.value.returncode == 1
