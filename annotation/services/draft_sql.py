"""The statements that keep a draft; what surrounds them is in `drafts.py`."""

from annotation.selectors.shown import KEPT_DRAFT
from config.statements import Statement

DRAFT_READ = Statement(
    f"""
SELECT {KEPT_DRAFT}
FROM (SELECT) one
LEFT JOIN annotation_draft d ON d.task_id = %(task)s AND d.writer_id = %(writer)s
"""
)

# Of a task in hand, `held`: its draft, the copy of this revision, and the buckets that came with it. The draft is
# written only if it is still what these were worked out from; no row of `draft`, and nothing else is written either.
DRAFT_PARTS = """
draft AS (
    INSERT INTO annotation_draft AS kept (
        task_id, writer_id, text, revision, started_at, opened_at, is_recorded, saved_at, trace_number, trace_hash,
        trace_length
    )
    SELECT held.id, held.writer_id, %(text)s, %(revision)s::integer, statement_timestamp(), %(opened_at)s,
        %(is_recorded)s, statement_timestamp(), %(trace_number)s::integer, %(trace_hash)s, %(trace_length)s::integer
    FROM held
    ON CONFLICT (task_id, writer_id) DO UPDATE
    SET text = EXCLUDED.text, revision = EXCLUDED.revision, saved_at = EXCLUDED.saved_at,
        trace_number = EXCLUDED.trace_number, trace_hash = EXCLUDED.trace_hash, trace_length = EXCLUDED.trace_length
    WHERE kept.revision = %(kept_revision)s::integer AND kept.trace_number = %(kept_trace_number)s::integer
        AND kept.is_recorded = %(is_recorded)s
    RETURNING kept.id, kept.task_id, kept.started_at, kept.saved_at
), copied AS (
    INSERT INTO annotation_draftrevision (draft_id, revision, text, text_sha256, length, bucket_number, at)
    SELECT draft.id, %(revision)s::integer, %(text)s, %(text_sha256)s, %(length)s::integer, %(trace_number)s::integer,
        statement_timestamp()
    FROM draft
    WHERE %(revision)s::integer <> %(kept_revision)s::integer
), traced AS (
    INSERT INTO annotation_tracebucket (draft_id, number, counts, previous_hash, bucket_hash, received_at)
    SELECT draft.id, bucket.number, bucket.counts, bucket.previous_hash, bucket.bucket_hash, statement_timestamp()
    FROM draft
    CROSS JOIN jsonb_to_recordset(%(buckets)s::jsonb)
        AS bucket (number integer, counts jsonb, previous_hash text, bucket_hash text)
)"""

# The lease is renewed along with the draft when it is due.
DRAFT_SAVE = Statement(
    f"""
WITH held AS (
    SELECT t.id, t.writer_id
    FROM annotation_task t
    WHERE t.id = %(task)s AND t.writer_id = %(writer)s AND t.status = 'claimed'
), {DRAFT_PARTS}, renewed AS (
    UPDATE annotation_task t
    SET lease_expires_at = statement_timestamp() + make_interval(secs => %(lease_seconds)s::integer)
    FROM draft
    WHERE t.id = draft.task_id AND t.writer_id = %(writer)s AND t.status = 'claimed' AND %(is_lease_due)s
    RETURNING t.lease_expires_at
)
SELECT draft.id, draft.started_at, draft.saved_at, (SELECT lease_expires_at FROM renewed)
FROM draft
"""
)
