"""Gives accepted tasks a salt, and `clean_record` the facts that a release says of how a record was made."""

from importlib import import_module

from django.db import migrations

CLEAN_RECORD = """
CREATE VIEW clean_record WITH (security_barrier = true) AS
SELECT
    t.public_id AS id,
    i.instruction,
    i.input,
    s.text AS output,
    i.language,
    i.category,
    CASE WHEN i.import_batch_id IS NULL THEN 'participant' ELSE 'import' END AS source,
    COALESCE(batch.licence, '') AS licence,
    s.text_sha256 AS output_sha256,
    i.is_practice OR COALESCE(installation.is_demonstration, FALSE) AS is_demonstration,
    salt.value AS salt,
    s.writer_id AS writer,
    s.edited_by_id AS editor,
    accepted.reviewer_id AS reviewer,
    to_char(s.at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS written_on,
    COALESCE(own.active_seconds, s.active_seconds) AS active_seconds,
    CASE
        WHEN trace.flags = '[]'::jsonb AND COALESCE(own_trace.flags, '[]'::jsonb) = '[]'::jsonb THEN 'fits'
        ELSE 'cleared_by_reviewer'
    END AS trace,
    report.engine_version AS engine,
    report.settings_version AS settings,
    report.watermark,
    report.decision,
    work_order.reference_policy,
    EXISTS (
        SELECT 1 FROM annotation_showing shown
        WHERE shown.instruction_id = t.instruction_id AND shown.user_id = s.writer_id
            AND shown.at <= COALESCE(own.at, s.at)
    ) AS is_reference_shown,
    terms.version AS terms,
    agreement.version AS agreement,
    guideline.version AS guideline
FROM clean_rule rule
JOIN annotation_task t ON t.id = rule.task_id
JOIN annotation_recordsalt salt ON salt.task_id = t.id
JOIN annotation_submission s ON s.id = t.current_submission_id
JOIN collection_instruction i ON i.id = t.instruction_id
JOIN vendors_workorder work_order ON work_order.id = t.work_order_id
JOIN vendors_guidelineversion guideline ON guideline.id = work_order.guideline_version_id
JOIN vendors_signature signature ON signature.id = s.signature_id
JOIN vendors_agreement agreement ON agreement.id = signature.agreement_id
LEFT JOIN annotation_submission own ON own.id = s.edited_from_id
LEFT JOIN annotation_writingtrace trace ON trace.submission_id = s.id
LEFT JOIN annotation_writingtrace own_trace ON own_trace.submission_id = own.id
LEFT JOIN collection_importbatch batch ON batch.id = i.import_batch_id
LEFT JOIN collection_consent consent ON consent.id = i.consent_id
LEFT JOIN collection_terms terms ON terms.id = consent.terms_id
LEFT JOIN collection_installation installation ON installation.id = 1
JOIN LATERAL (
    SELECT r.engine_version, r.settings_version, r.watermark, r.decision
    FROM annotation_gatereport r WHERE r.submission_id = s.id ORDER BY r.id DESC LIMIT 1
) report ON TRUE
JOIN LATERAL (
    SELECT review.reviewer_id
    FROM annotation_review review
    WHERE review.submission_id = s.id
        AND review.verdict = 'accept'
        AND review.text_sha256 = s.text_sha256
        AND review.reviewer_id <> s.writer_id
        AND review.reviewer_id IS DISTINCT FROM s.edited_by_id
    ORDER BY review.id DESC LIMIT 1
) accepted ON TRUE
WHERE rule.is_consented
    AND rule.is_screened
    AND rule.is_signed
    AND rule.is_written_by_hand
    AND rule.is_accepted
    AND rule.is_gated
    AND rule.is_checked
    AND rule.is_unrevoked
    AND rule.is_allowed_here
"""

before = import_module("annotation.migrations.0002_clean_views")
DROPPED = "DROP VIEW clean_record"
GRANTED = "GRANT SELECT ON clean_record TO hitode_export"
SALTS_DRAWN = """
INSERT INTO annotation_recordsalt (task_id, value)
SELECT id, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
FROM annotation_task WHERE status = 'accepted'
"""


class Migration(migrations.Migration):
    dependencies = [("annotation", "0016_record_salts")]

    operations = [
        migrations.RunSQL(SALTS_DRAWN, migrations.RunSQL.noop),
        migrations.RunSQL(DROPPED, f"{before.CLEAN_RECORD}; {GRANTED}"),
        migrations.RunSQL(f"{CLEAN_RECORD}; {GRANTED}", DROPPED),
    ]
