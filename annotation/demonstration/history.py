"""Spreads what the story did in a minute over the month before today, so that figures and plots have something to show.

Rows keep their order and their distances make sense; nothing is added or removed. Only a demonstration may do this:
its append-only tables are opened for the length of one transaction. Parameters are positional: what opens
the tables puts one of its own before them.
"""

from datetime import datetime, timedelta

import pgtrigger
from django.db import connection, transaction
from django.utils import timezone

DAYS = 30
FOUNDED = timedelta(days=DAYS + 5)
ASKED = (timedelta(days=DAYS), timedelta(days=3))
WRITTEN = (timedelta(days=20), timedelta(hours=3))
SCREENED = timedelta(hours=20)  # from a question to the first writer who takes it up

# Everything that was there before the first question; (table, column).
BEFORE = (
    ("vendors_organisation", "created_at"),
    ("vendors_user", "date_joined"),
    ("vendors_membership", "started_at"),
    ("vendors_agreement", "published_at"),
    ("vendors_signature", "at"),
    ("vendors_guidelineversion", "published_at"),
    ("collection_terms", "published_at"),
    ("collection_participant", "created_at"),
    ("collection_consent", "at"),
)


def history_spread() -> None:
    """Move the rows of the demonstration into the past. Raises nothing of its own; one transaction."""
    now = timezone.now()
    with transaction.atomic(), pgtrigger.ignore(), connection.cursor() as cursor:
        for table, column in BEFORE:
            cursor.execute(
                f"UPDATE {table} SET {column} = {column} - make_interval(days => %s) WHERE {column} IS NOT NULL",
                [FOUNDED.days],
            )
        _spread_instructions(cursor, now)
        _date_orders(cursor)
        _spread_tasks(cursor, now)


def _spread_instructions(cursor: object, now: datetime) -> None:
    """Give the instructions evenly spread times, with more by day than by night, and what belongs to them the same shift."""
    execute = cursor.execute  # type: ignore[attr-defined]
    execute(
        """
        CREATE TEMPORARY TABLE moved ON COMMIT DROP AS
        SELECT id, %s - %s
            + (row_number() OVER (ORDER BY id) - 1) * (%s - %s) / count(*) OVER ()
            + ((id * 7919) %% 240) * interval '1 minute' - created_at AS shift
        FROM collection_instruction
        """,
        [now, ASKED[0], ASKED[0], ASKED[1]],
    )
    execute(
        "UPDATE collection_instruction i SET created_at = created_at + shift, screened_at = screened_at + shift, "
        "withdrawn_at = withdrawn_at + shift + interval '2 days' FROM moved WHERE moved.id = i.id"
    )
    execute(
        "UPDATE collection_reference r SET created_at = created_at + shift, first_token_at = first_token_at + shift, "
        "finished_at = finished_at + shift FROM moved WHERE moved.id = r.instruction_id"
    )
    execute(
        "UPDATE annotation_commitment c SET at = at + shift FROM moved, collection_reference r "
        "WHERE moved.id = r.instruction_id AND c.reference_id = r.id"
    )
    execute("UPDATE collection_instructiontransition t SET at = at + shift FROM moved WHERE moved.id = t.subject_id")
    execute("UPDATE collection_screeningfinding f SET at = at + shift FROM moved WHERE moved.id = f.instruction_id")
    execute(
        "UPDATE collection_ledgerentry l SET at = at + shift FROM moved, collection_reference r "
        "WHERE moved.id = r.instruction_id AND l.reference_id = r.id"
    )
    execute(
        "UPDATE collection_referencetransition t SET at = at + shift FROM moved, collection_reference r "
        "WHERE moved.id = r.instruction_id AND t.subject_id = r.id"
    )


def _date_orders(cursor: object) -> None:
    execute = cursor.execute  # type: ignore[attr-defined]
    shift = WRITTEN[0] + timedelta(days=1)
    execute(
        "UPDATE vendors_workorder SET created_at = created_at - %s, issued_at = issued_at - %s, "
        "answered_at = answered_at - %s, due_on = due_on - 12 WHERE status = 'active'",
        [shift, shift, shift],
    )
    execute(
        "UPDATE vendors_workordertransition t SET at = at - %s FROM vendors_workorder o "
        "WHERE o.id = t.subject_id AND o.status = 'active'",
        [shift],
    )
    execute("UPDATE annotation_task t SET due_on = o.due_on FROM vendors_workorder o WHERE o.id = t.work_order_id")
    execute("UPDATE annotation_task SET created_at = created_at - %s", [shift])


def _spread_tasks(cursor: object, now: datetime) -> None:
    """Spread what was decided over the weeks of writing, after its question: each task with its drafts, verdicts and earnings."""
    execute = cursor.execute  # type: ignore[attr-defined]
    execute(
        """
        CREATE TEMPORARY TABLE written ON COMMIT DROP AS
        SELECT t.id, greatest(
            %s - %s + (row_number() OVER (ORDER BY t.decided_at, t.id) - 1) * (%s - %s) / count(*) OVER ()
                + ((t.id * 104729) %% 90) * interval '1 minute',
            i.created_at + %s
        ) - t.claimed_at AS shift
        FROM annotation_task t JOIN collection_instruction i ON i.id = t.instruction_id
        WHERE t.status IN ('accepted', 'rejected', 'returned')
        UNION ALL
        SELECT id, -((id * 7907) %% 900 + 100) * interval '1 minute' FROM annotation_task
        WHERE status IN ('submitted', 'in_review')
        """,
        [now, WRITTEN[0], WRITTEN[0], WRITTEN[1], SCREENED],
    )
    of_task = "FROM written w WHERE w.id = x.task_id"
    for statement in (
        "UPDATE annotation_task x SET claimed_at = claimed_at + shift, "
        "submitted_at = submitted_at + shift + interval '18 minutes', "
        "decided_at = decided_at + shift + interval '5 hours' FROM written w WHERE w.id = x.id",
        "UPDATE annotation_tasktransition x SET at = at + shift + CASE to_status "
        "WHEN 'claimed' THEN interval '0' "
        "WHEN 'submitted' THEN CASE from_status WHEN 'claimed' THEN interval '18 minutes' ELSE interval '4 hours 59 minutes' END "
        "WHEN 'in_review' THEN interval '4 hours 59 minutes' ELSE interval '5 hours' END "
        "FROM written w WHERE w.id = x.subject_id",
        f"UPDATE annotation_draft x SET started_at = started_at + shift, saved_at = saved_at + shift {of_task}",
        f"UPDATE annotation_submission x SET started_at = started_at + shift, "
        f"at = at + shift + interval '18 minutes' {of_task}",
        f"UPDATE annotation_gatereport x SET at = at + shift "
        f"+ CASE decision WHEN 'block' THEN interval '11 minutes' ELSE interval '18 minutes' END {of_task}",
    ):
        execute(statement)
    of_submission = "FROM written w, annotation_submission s WHERE s.id = x.submission_id AND w.id = s.task_id"
    for table, late in (
        ("annotation_writingtrace", "18 minutes"),
        ("annotation_outputcheck", "19 minutes"),
        ("annotation_review", "5 hours"),
        ("annotation_blindverdict", "4 hours 59 minutes"),
        ("annotation_gateadjudication", "5 hours"),
    ):
        execute(f"UPDATE {table} x SET at = x.at + shift + interval '{late}' {of_submission}")
    execute(
        "UPDATE vendors_earning x SET at = x.at + shift + interval '5 hours', "
        "received_at = received_at + shift + interval '18 minutes', month = date_trunc("
        "'month', (received_at + shift + interval '18 minutes') AT TIME ZONE 'Asia/Tokyo')::date "
        "FROM written w, annotation_submission s WHERE s.public_id = x.submission_id AND w.id = s.task_id"
    )
    execute(
        "UPDATE annotation_draftrevision x SET at = at + shift FROM written w, annotation_draft d "
        "WHERE d.id = x.draft_id AND w.id = d.task_id"
    )
    execute(
        "UPDATE annotation_tracebucket x SET received_at = received_at + shift FROM written w, annotation_draft d "
        "WHERE d.id = x.draft_id AND w.id = d.task_id"
    )
