"""A stock of accepted records ten times over: every row again under other ids, handed in and accepted over a year.

Copied inside the database, with the triggers asleep; the indexes of pairs are made anew afterwards. The desk's index of likenesses
has the first ones alone: of what so many share it reads no more than a few hundred rows anyway.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection, models

# The ids of the copies: those of the first beside this many times the number of the copy.
APART = 10_000_000
PAIRS = ("instruction_pairs", "submission_pairs")
# When the records were handed in: the whole year before now, in the order of their ids.
_YEAR = """
CREATE TEMP TABLE bench_year AS
SELECT id, now() - interval '365 days' * (1 - (row_number() OVER (ORDER BY id))::float / (SELECT count(*) FROM annotation_task)) AS at
FROM annotation_task;
UPDATE annotation_task t SET created_at = y.at - interval '1 day', claimed_at = y.at - interval '1 hour', submitted_at = y.at,
    decided_at = y.at FROM bench_year y WHERE y.id = t.id;
UPDATE annotation_review r SET at = y.at FROM bench_year y WHERE y.id = r.submission_id;
INSERT INTO annotation_tasktransition (subject_id, from_status, to_status, at, actor_kind, actor_id, why)
SELECT y.id, step.before, step.after, y.at, 'user', '1', '' FROM bench_year y,
    (VALUES (1, 'claimed', 'submitted'), (2, 'in_review', 'accepted')) step (place, before, after) ORDER BY y.at, step.place;
DROP TABLE bench_year;
"""


def multiply(times: int) -> None:
    """Make the stock of the database so many times as large. Takes minutes."""
    from annotation.models import GateReport, OutputCheck, RecordSalt, Review, Submission, Task, WritingTrace
    from annotation.services.likenesses import likenesses_mend
    from collection.models import Instruction

    likenesses_mend()
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = ANY(%s)", [list(PAIRS)])
        indexes = [definition for (definition,) in cursor.fetchall()]
        cursor.execute(f"DROP INDEX {', '.join(PAIRS)}")
        for model, own in (
            (Instruction, ["id"]),
            (Task, ["id", "instruction_id", "current_submission_id"]),
            (Submission, ["id", "task_id"]),
            (WritingTrace, ["id", "submission_id"]),
            (GateReport, ["id", "submission_id", "task_id"]),
            (Review, ["id", "submission_id"]),
            (OutputCheck, ["id", "submission_id"]),
            (RecordSalt, ["task_id"]),
        ):
            cursor.execute(_again(model, own), [times - 1])
        cursor.execute(_YEAR)
        for definition in indexes:
            cursor.execute(definition)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("RESET maintenance_work_mem")


def _again(model: type[models.Model], own: Iterable[str]) -> str:
    """The statement that copies every row so many times; the keys in `own` become those of the copies."""
    instead = {column: f"t.{column} + n.n * {APART}" for column in own}
    if any(field.column == "public_id" for field in model._meta.concrete_fields):
        instead["public_id"] = "gen_random_uuid()"
    table = model._meta.db_table
    return f"INSERT INTO {table} {copied(model, 't', **instead)} FROM generate_series(1, %s) n (n), {table} t ORDER BY n.n, t.{next(iter(own))}"


def copied(model: Any, row: str, **instead: str) -> str:
    """The columns of a table, and the SELECT that copies them with others in their place."""
    columns = [field.column for field in model._meta.concrete_fields]
    values = [instead.get(column, f"{row}.{column}") for column in columns]
    return f"({', '.join(columns)}) SELECT {', '.join(values)}"
