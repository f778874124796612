"""The one statement that hands out work; what surrounds it is in `queue.py`."""

from annotation.selectors.fresh import FRESH
from annotation.selectors.open_orders import OPEN_ORDERS
from annotation.selectors.shown import SHOWN, SHOWN_JOINS
from annotation.selectors.traces import IS_RECORDED
from config.statements import Statement

# In this order: the task already in hand, a task returned to this writer, and the most pressing one that is free: the first
# of the first order that is open to the writer and has one (the lateral runs order by order, and ends at the first row),
# where a lease that ended frees a task even before any sweep has noticed. The rows are locked as they are found,
# and rows that somebody else is about to take are passed over. Every branch that is not needed costs nothing:
# its condition on `held` is decided once, before the branch is run.
TASK_CLAIM = Statement(
    f"""
WITH held AS MATERIALIZED (
    SELECT t.id, t.status, t.writer_id, t.work_order_id, t.priority, t.due_on
    FROM annotation_task t
    WHERE t.writer_id = %(writer)s AND t.vendor_id = %(vendor)s AND t.status IN ('claimed', 'returned')
    ORDER BY t.status, t.decided_at, t.id
    LIMIT 1
    FOR UPDATE
), open_order AS MATERIALIZED ({OPEN_ORDERS}), queued AS MATERIALIZED (
    SELECT found.*
    FROM open_order
    CROSS JOIN LATERAL (
        SELECT t.id, t.status, t.writer_id, t.work_order_id, t.priority, t.due_on
        FROM annotation_task t
        WHERE t.work_order_id = open_order.id AND t.status = 'queued' AND t.is_open
            AND {FRESH}
        ORDER BY t.priority DESC, t.due_on, t.id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    ) found
    WHERE NOT EXISTS (SELECT FROM held)
    LIMIT 1
), lapsed AS MATERIALIZED (
    SELECT t.id, t.status, t.writer_id, t.work_order_id, t.priority, t.due_on
    FROM annotation_task t
    WHERE t.vendor_id = %(vendor)s AND t.status = 'claimed' AND t.is_open AND t.rework_round = 0
        AND t.lease_expires_at < statement_timestamp()
        AND t.work_order_id IN (SELECT id FROM open_order)
        AND NOT EXISTS (SELECT FROM held)
        AND {FRESH}
    ORDER BY t.priority DESC, t.due_on, t.id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
), chosen AS (
    SELECT free.*
    FROM (SELECT * FROM held UNION ALL SELECT * FROM queued UNION ALL SELECT * FROM lapsed) free
    ORDER BY free.priority DESC, free.due_on, free.id
    LIMIT 1
), taken AS (
    UPDATE annotation_task t
    SET status = 'claimed',
        writer_id = %(writer)s,
        claimed_at = CASE
            WHEN chosen.status = 'claimed' AND chosen.writer_id = %(writer)s THEN t.claimed_at
            ELSE statement_timestamp()
        END,
        lease_expires_at = statement_timestamp() + make_interval(secs => work_order.lease_seconds)
    FROM chosen
    JOIN vendors_workorder work_order ON work_order.id = chosen.work_order_id
    WHERE t.id = chosen.id
    RETURNING t.*, chosen.status AS old_status, chosen.writer_id AS old_writer_id
), logged AS (
    INSERT INTO annotation_tasktransition (subject_id, from_status, to_status, actor_kind, actor_id, why, at)
    SELECT id, 'claimed', 'queued', 'system', 'lease', 'lease_ended', statement_timestamp()
    FROM taken
    WHERE old_status = 'claimed' AND old_writer_id <> %(writer)s
    UNION ALL
    SELECT id, CASE old_status WHEN 'returned' THEN 'returned' ELSE 'queued' END, 'claimed',
        'user', %(writer)s::text, '', statement_timestamp()
    FROM taken
    WHERE old_status <> 'claimed' OR old_writer_id <> %(writer)s
)
SELECT {SHOWN},
    EXISTS (SELECT FROM annotation_draft d WHERE d.task_id = t.id AND d.writer_id = %(writer)s) AS is_begun,
    {IS_RECORDED} AS has_agreed
FROM taken t {SHOWN_JOINS}
"""
)
