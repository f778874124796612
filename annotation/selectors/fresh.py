"""Which tasks are new to a writer, as SQL: the claim decides by it, and the pages explain by it."""

from django.db import connection

from annotation.selectors.open_orders import OPEN_ORDERS, claimant
from vendors.models import User

# Of a task `t`: never an instruction that the writer passed on, wrote for, edited or judged, or saw the reference of; nor one
# that the participant asked whose cookie the writer's browser carries.
# OFFSET 0 keeps the planner from turning these probes of one instruction into joins with everything ever written.
FRESH = """
    NOT EXISTS (
        SELECT FROM annotation_instructionskip skip
        WHERE skip.writer_id = %(writer)s AND skip.instruction_id = t.instruction_id
        OFFSET 0
    )
    AND NOT EXISTS (
        SELECT FROM annotation_task other
        JOIN annotation_submission s ON s.task_id = other.id
        WHERE other.instruction_id = t.instruction_id
            AND (
                s.writer_id = %(writer)s
                OR s.edited_by_id = %(writer)s
                OR EXISTS (
                    SELECT FROM annotation_review r
                    WHERE r.submission_id = s.id AND r.reviewer_id = %(writer)s
                )
            )
        OFFSET 0
    )
    AND NOT EXISTS (
        SELECT FROM annotation_showing shown
        WHERE shown.instruction_id = t.instruction_id
            AND shown.user_id = %(writer)s
            AND (shown.task_id IS DISTINCT FROM t.id OR shown.place <> 'writing')
        OFFSET 0
    )
    AND (
        %(asker)s::bigint IS NULL
        OR NOT EXISTS (
            SELECT FROM collection_instruction asked
            WHERE asked.participant_id = %(asker)s::bigint
                AND (asked.id = t.instruction_id OR asked.duplicate_of_id = t.instruction_id)
            OFFSET 0
        )
    )
"""

_FREE = f"""
SELECT EXISTS (
    SELECT FROM annotation_task t
    WHERE t.work_order_id IN ({OPEN_ORDERS}) AND t.status = 'queued' AND t.is_open AND {FRESH}
)
"""


def has_fresh(writer: User, vendor_id: int) -> bool:
    """Whether any free task that is open to the writer is new to them. One query, which stops at the first."""
    with connection.cursor() as cursor:
        cursor.execute(_FREE, {**claimant(writer, vendor_id), "asker": None})
        return bool(cursor.fetchone()[0])
