"""The one statement that hands a text in; what surrounds it is in `submissions.py`."""

from annotation.services.draft_sql import DRAFT_PARTS
from config.statements import Statement

# The task is locked first, and the signature found that stood when the writing began: a newer agreement binds what is
# begun after it. Then the last words of the draft are kept, and what follows exists only if they were: the
# submission, the task's move and its line in the log, and the three judgements. One part begins only on the row that
# the part before it returns, so that the draft is written while the task is still in hand, as its trigger demands.
SUBMISSION_SEND = Statement(
    f"""
WITH held AS MATERIALIZED (
    SELECT t.id, t.writer_id, t.claimed_at, coalesce(earlier.version, 0) + 1 AS version, (
        SELECT s.id
        FROM vendors_signature s
        JOIN vendors_agreement a ON a.id = s.agreement_id
        WHERE s.user_id = t.writer_id AND s.at <= t.claimed_at AND a.published_at <= t.claimed_at
            AND NOT EXISTS (SELECT FROM vendors_signaturerevocation ended WHERE ended.signature_id = s.id)
        ORDER BY a.version DESC
        LIMIT 1
    ) AS signature_id
    FROM annotation_task t
    LEFT JOIN annotation_submission earlier ON earlier.id = t.current_submission_id
    WHERE t.id = %(task)s AND t.writer_id = %(writer)s AND t.status = 'claimed'
    FOR UPDATE OF t
), {DRAFT_PARTS}, submission AS (
    INSERT INTO annotation_submission (
        public_id, task_id, version, writer_id, origin, signature_id, text, text_sha256, character_count,
        active_seconds, is_attested, started_at, at
    )
    SELECT gen_random_uuid(), held.id, held.version, held.writer_id, 'editor', held.signature_id, %(output)s,
        %(output_sha256)s, %(characters)s::integer, %(active_seconds)s::integer, true, held.claimed_at,
        statement_timestamp()
    FROM held
    JOIN draft ON draft.task_id = held.id
    WHERE held.signature_id IS NOT NULL
    RETURNING id, public_id, task_id, version, signature_id, active_seconds, started_at, at
), moved AS (
    UPDATE annotation_task t
    SET status = 'submitted', current_submission_id = submission.id, submitted_at = submission.at,
        lease_expires_at = NULL, review_rank = %(review_rank)s::smallint
    FROM submission
    WHERE t.id = submission.task_id
    RETURNING t.id
), logged AS (
    INSERT INTO annotation_tasktransition (subject_id, from_status, to_status, actor_kind, actor_id, why, at)
    SELECT moved.id, 'claimed', 'submitted', 'user', %(writer)s::text, '', statement_timestamp()
    FROM moved
), reported AS (
    INSERT INTO annotation_gatereport (
        public_id, task_id, submission_id, occasion, decision, engine_version, settings_version, watermark,
        text_sha256, scores, reasons, reasons_sha256, passages, at
    )
    SELECT gen_random_uuid(), submission.task_id, submission.id, 'submit', report.decision, report.engine_version,
        report.settings_version, report.watermark, report.text_sha256, report.scores, report.reasons,
        report.reasons_sha256, report.passages, statement_timestamp()
    FROM submission
    CROSS JOIN jsonb_to_record(%(report)s::jsonb) AS report (
        decision text, engine_version text, settings_version integer, watermark bigint, text_sha256 text,
        scores jsonb, reasons jsonb, reasons_sha256 text, passages jsonb
    )
), judged AS (
    INSERT INTO annotation_writingtrace (submission_id, is_complete, flags, totals, last_hash, at)
    SELECT submission.id, %(is_complete)s, %(flags)s::jsonb, %(totals)s::jsonb, %(last_hash)s, statement_timestamp()
    FROM submission
), checked AS (
    INSERT INTO annotation_outputcheck (submission_id, check_id, check_version, outcome, findings, why, at)
    SELECT submission.id, %(check_id)s, %(check_version)s::smallint, %(outcome)s, %(findings)s::jsonb, '',
        statement_timestamp()
    FROM submission
)
SELECT submission.id, submission.public_id, submission.version, submission.signature_id, submission.active_seconds,
    submission.started_at, submission.at
FROM submission
JOIN moved ON moved.id = submission.task_id
"""
)
