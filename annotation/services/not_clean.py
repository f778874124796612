"""Keeps the list of accepted records that are not clean. What clean means the view alone says; this asks it of what has changed.

All that a rule of a record rests on is a row of its own in a log, or one of a few facts for all records alike: the records that new
rows are about are looked at again, and all of them when such a fact is another one.
"""

import time
from collections.abc import Mapping

from django.db import connection

from annotation.models import Task
from annotation.selectors.operations import RULE_FIELDS
from annotation.states import TaskStatus

# Rows of a transaction that began before may be stored late. What is newer than so many minutes is looked at again.
LATE_MINUTES = 5
LOOKED_AT_ONCE = 20_000
NO_END = 2**63 - 1

# For each log the records that its rows from a mark on are about.
CHANGED = {
    "annotation_tasktransition": "SELECT subject_id FROM annotation_tasktransition l WHERE {new}",
    "annotation_submission": "SELECT task_id FROM annotation_submission l WHERE {new}",
    "annotation_gatereport": "SELECT task_id FROM annotation_gatereport l WHERE {new} AND task_id IS NOT NULL",
    "annotation_gateadjudication": """
        SELECT s.task_id FROM annotation_gateadjudication l JOIN annotation_submission s ON s.id = l.submission_id WHERE {new}""",
    "annotation_outputcheck": """
        SELECT s.task_id FROM annotation_outputcheck l JOIN annotation_submission s ON s.id = l.submission_id WHERE {new}""",
    "annotation_review": """
        SELECT s.task_id FROM annotation_review l JOIN annotation_submission s ON s.id = l.submission_id WHERE {new}""",
    "annotation_writingtrace": """
        SELECT s.task_id FROM annotation_writingtrace l JOIN annotation_submission s ON s.id = l.submission_id WHERE {new}""",
    "annotation_traceflagclearance": """
        SELECT s.task_id FROM annotation_traceflagclearance l
        JOIN annotation_writingtrace w ON w.id = l.trace_id JOIN annotation_submission s ON s.id = w.submission_id WHERE {new}""",
    "annotation_showing": """
        SELECT t.id FROM annotation_showing l JOIN annotation_task t ON t.instruction_id = l.instruction_id WHERE {new}""",
    "collection_instructiontransition": """
        SELECT t.id FROM collection_instructiontransition l
        JOIN annotation_task t ON t.instruction_id = l.subject_id WHERE {new}""",
    "collection_consent": """
        SELECT t.id FROM collection_consent l JOIN collection_instruction i ON i.participant_id = l.participant_id
        JOIN annotation_task t ON t.instruction_id = i.id WHERE {new} AND l.kind = 'withdrawn'""",
    "vendors_signaturerevocation": """
        SELECT s.task_id FROM vendors_signaturerevocation l
        JOIN annotation_submission s ON s.signature_id = l.signature_id WHERE {new}""",
    "vendors_workordertransition": """
        SELECT t.id FROM vendors_workordertransition l JOIN annotation_task t ON t.work_order_id = l.subject_id
        WHERE {new} AND (l.from_status IN ('active', 'completed', 'closed')) <> (l.to_status IN ('active', 'completed', 'closed'))""",
}
# What holds for all records alike: of each table what the rules ask of it, the exceptions alone where there are few.
FACTS = {
    "collection_terms": "SELECT id FROM collection_terms WHERE NOT allows_release",
    "collection_importbatch": "SELECT id FROM collection_importbatch WHERE revoked_at IS NOT NULL OR licence = ''",
    "collection_installation": "SELECT is_demonstration FROM collection_installation",
    "vendors_agreement": "SELECT id, version, published_at FROM vendors_agreement WHERE published_at IS NOT NULL",
    "vendors_user": "SELECT id FROM vendors_user WHERE barred_at IS NOT NULL",
    "vendors_membership": """
        SELECT seat.user_id, seat.role, seat.started_at, seat.ended_at
        FROM vendors_membership seat JOIN vendors_organisation house ON house.id = seat.organisation_id
        WHERE house.kind = 'operator'""",
    "annotation_gatesettings": "SELECT version, engine_version FROM annotation_gatesettings ORDER BY version DESC LIMIT 1",
    "annotation_clearance": """
        SELECT id, watermark FROM annotation_clearance WHERE finished_at IS NOT NULL ORDER BY id DESC LIMIT 1""",
}

_MARKS = " UNION ALL ".join(
    f"SELECT '{table}', (SELECT id FROM {table} WHERE at < now() - make_interval(mins => %(late)s) ORDER BY id DESC LIMIT 1)"
    for table in CHANGED
)
_FACTS = "SELECT md5(concat_ws('|', {}))".format(
    ", ".join(
        f"COALESCE((SELECT string_agg(fact::text, ';' ORDER BY fact::text) FROM ({query}) fact), '')"
        for query in FACTS.values()
    )
)
_CLEAN = " AND ".join(f"rule.{field}" for field in RULE_FIELDS)
# What a record was in the list for may be over, whether it is accepted still or not.
_LOOK = f"""
WITH looked AS MATERIALIZED (
    SELECT t.id, t.decided_at, t.status = 'accepted' AND ({_CLEAN}) IS NOT TRUE AS is_kept_out
    FROM clean_rule rule JOIN annotation_task t ON t.id = rule.task_id
    WHERE (t.status = 'accepted' OR EXISTS (SELECT FROM annotation_notclean known WHERE known.task_id = t.id)) {{which}}
), gone AS (
    DELETE FROM annotation_notclean known USING looked WHERE known.task_id = looked.id AND NOT looked.is_kept_out
)
INSERT INTO annotation_notclean (task_id, decided_at)
SELECT id, decided_at FROM looked WHERE is_kept_out
ON CONFLICT (task_id) DO UPDATE SET decided_at = excluded.decided_at
WHERE annotation_notclean.decided_at IS DISTINCT FROM excluded.decided_at
"""


def marks_now(known: Mapping[str, int]) -> dict[str, int]:
    """For each log the id up to which everything is stored; never less than was known before."""
    with connection.cursor() as cursor:
        cursor.execute(_MARKS, {"late": LATE_MINUTES})
        return {table: max(mark or 0, known.get(table, 0)) for table, mark in cursor.fetchall()}


def facts_now() -> str:
    """A digest of what holds for all records alike."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS)
        return str(cursor.fetchone()[0])


def not_clean_follow(marks: Mapping[str, int]) -> None:
    """Ask the view again about the records that something was stored about since the marks of an earlier time."""
    if changed := _changed(marks):
        with connection.cursor() as cursor:
            cursor.execute(_LOOK.format(which="AND rule.task_id = ANY(%s)"), [changed])


def not_clean_look_again(after: int, *, seconds: float) -> int | None:
    """Ask the view again about all records from an id on, in the order of their ids, for about so many seconds.

    Returns the last id that it was asked about, None when there is none left.
    """
    until = time.monotonic() + seconds
    while True:
        accepted = Task.objects.filter(status=TaskStatus.ACCEPTED, pk__gt=after).order_by("pk")
        last = accepted.values_list("pk", flat=True)[LOOKED_AT_ONCE - 1 : LOOKED_AT_ONCE].first()
        with connection.cursor() as cursor:
            cursor.execute(_LOOK.format(which="AND rule.task_id > %s AND rule.task_id <= %s"), [after, last or NO_END])
        if last is None or time.monotonic() > until:
            return last
        after = last


def _changed(marks: Mapping[str, int]) -> list[int]:
    """The records that something was stored about since."""
    query = " UNION ".join(query.format(new=f"l.id > %({table})s") for table, query in CHANGED.items())
    with connection.cursor() as cursor:
        cursor.execute(query, {table: marks.get(table, 0) for table in CHANGED})
        return [pk for (pk,) in cursor.fetchall()]
