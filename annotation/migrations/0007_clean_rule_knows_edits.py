"""Lets `clean_rule` know of texts that a reviewer edited and of who has seen the reference; `clean_record` is as it was."""

from importlib import import_module

from django.db import migrations

CLEAN_RULE = """
CREATE VIEW clean_rule AS
SELECT
    t.id AS task_id,
    -- 1. The participant consented to terms that allow this use and has not withdrawn; or a licence allows it.
    CASE
        WHEN i.import_batch_id IS NOT NULL THEN batch.licence <> '' AND batch.revoked_at IS NULL
        ELSE consent.kind = 'given'
            AND terms.allows_release
            AND NOT EXISTS (
                SELECT 1 FROM collection_consent later
                WHERE later.participant_id = i.participant_id
                    AND later.kind = 'withdrawn'
                    AND later.id > consent.id
            )
    END AS is_consented,
    -- 2. The instruction passed screening and repeats no other.
    i.status = 'eligible' AND i.duplicate_of_id IS NULL AS is_screened,
    -- 3. The writer had signed the agreement then in force before starting, and is not barred.
    signature.user_id = s.writer_id
        AND signature.at <= s.started_at
        AND signature.agreement_id = (
            SELECT agreement.id FROM vendors_agreement agreement
            WHERE agreement.published_at <= s.started_at
            ORDER BY agreement.version DESC LIMIT 1
        )
        AND writer.barred_at IS NULL
        AND NOT EXISTS (
            SELECT 1 FROM vendors_signaturerevocation revocation
            WHERE revocation.signature_id = signature.id AND revocation.at <= COALESCE(own.at, s.at)
        ) AS is_signed,
    -- 4. Written in the editor, by somebody who had not seen the reference unless the order showed it to writers; every
    -- flag of the writing trace was cleared with a reason. Of a text that a reviewer edited, this holds for the writer's
    -- own version, for the edit, and for who edited it. A text from a file was not written in the editor.
    (s.origin = 'editor' OR s.origin = 'reviewer' AND own.origin = 'editor' AND own_trace.id IS NOT NULL)
        AND s.is_attested
        AND trace.id IS NOT NULL
        AND (
            trace.flags = '[]'::jsonb AND COALESCE(own_trace.flags, '[]'::jsonb) = '[]'::jsonb
            OR NOT EXISTS (
                SELECT 1
                FROM (VALUES (trace.id, trace.flags), (own_trace.id, own_trace.flags)) AS made (trace_id, flags)
                CROSS JOIN LATERAL jsonb_array_elements_text(made.flags) AS raised (flag)
                WHERE NOT EXISTS (
                    SELECT 1 FROM annotation_traceflagclearance cleared
                    WHERE cleared.trace_id = made.trace_id AND cleared.flag = raised.flag
                )
            )
        )
        AND NOT EXISTS (
            SELECT 1 FROM annotation_showing shown
            WHERE shown.instruction_id = t.instruction_id
                AND (
                    shown.user_id = s.writer_id
                        AND shown.at <= COALESCE(own.at, s.at)
                        AND (
                            work_order.reference_policy = 'hidden'
                            OR work_order.reference_policy = 'after_first_draft' AND shown.place <> 'writing'
                        )
                    OR shown.user_id = s.edited_by_id AND shown.at <= s.at AND work_order.reference_policy = 'hidden'
                )
        ) AS is_written_by_hand,
    -- 5. A reviewer of the operator, who neither wrote nor edited it, accepted exactly these bytes.
    t.status IN ('accepted', 'revoked')
        AND encode(sha256(convert_to(s.text, 'UTF8')), 'hex') = s.text_sha256
        AND EXISTS (
            SELECT 1
            FROM annotation_review review
            JOIN vendors_membership seat ON seat.user_id = review.reviewer_id
            JOIN vendors_organisation house ON house.id = seat.organisation_id
            WHERE review.submission_id = s.id
                AND review.verdict = 'accept'
                AND review.text_sha256 = s.text_sha256
                AND review.reviewer_id <> s.writer_id
                AND review.reviewer_id IS DISTINCT FROM s.edited_by_id
                AND house.kind = 'operator'
                AND seat.role IN ('owner', 'manager', 'reviewer')
                AND seat.started_at <= review.at
                AND (seat.ended_at IS NULL OR seat.ended_at > review.at)
        ) AS is_accepted,
    -- 6. The newest gate report is about these bytes, by the engine in force, up to the clearance's watermark.
    COALESCE(
        report.text_sha256 = s.text_sha256
            AND report.engine_version = engine.engine_version
            AND report.settings_version = engine.version
            AND report.watermark >= cleared_to.watermark
            AND (
                report.decision = 'pass'
                OR (
                    report.decision = 'review'
                    AND EXISTS (
                        SELECT 1
                        FROM annotation_gateadjudication adjudication
                        JOIN annotation_gatereport judged ON judged.id = adjudication.report_id
                        WHERE adjudication.submission_id = s.id
                            AND judged.reasons_sha256 = report.reasons_sha256
                    )
                )
            ),
        FALSE
    ) AS is_gated,
    -- 7. No personal data in the output, and it passed moderation.
    COALESCE(personal_data.outcome = 'pass' AND moderation.outcome = 'pass', FALSE) AS is_checked,
    -- 8. Nothing in the chain was withdrawn, revoked or cancelled.
    t.status NOT IN ('revoked', 'cancelled')
        AND i.status <> 'withdrawn'
        AND work_order.status IN ('active', 'completed', 'closed') AS is_unrevoked,
    -- 9. Practice text never leaves a demonstration.
    NOT i.is_practice OR COALESCE(installation.is_demonstration, FALSE) AS is_allowed_here
FROM annotation_task t
JOIN annotation_submission s ON s.id = t.current_submission_id
JOIN collection_instruction i ON i.id = t.instruction_id
JOIN vendors_workorder work_order ON work_order.id = t.work_order_id
JOIN vendors_user writer ON writer.id = s.writer_id
JOIN vendors_signature signature ON signature.id = s.signature_id
LEFT JOIN collection_importbatch batch ON batch.id = i.import_batch_id
LEFT JOIN collection_consent consent ON consent.id = i.consent_id
LEFT JOIN collection_terms terms ON terms.id = consent.terms_id
LEFT JOIN annotation_writingtrace trace ON trace.submission_id = s.id
LEFT JOIN annotation_submission own ON own.id = s.edited_from_id
LEFT JOIN annotation_writingtrace own_trace ON own_trace.submission_id = own.id
LEFT JOIN collection_installation installation ON installation.id = 1
LEFT JOIN LATERAL (
    SELECT version, engine_version FROM annotation_gatesettings ORDER BY version DESC LIMIT 1
) engine ON TRUE
LEFT JOIN LATERAL (
    SELECT watermark FROM annotation_clearance WHERE finished_at IS NOT NULL ORDER BY id DESC LIMIT 1
) cleared_to ON TRUE
LEFT JOIN LATERAL (
    SELECT * FROM annotation_gatereport r WHERE r.submission_id = s.id ORDER BY r.id DESC LIMIT 1
) report ON TRUE
LEFT JOIN LATERAL (
    SELECT outcome FROM annotation_outputcheck c
    WHERE c.submission_id = s.id AND c.check_id = 'personal_data' ORDER BY c.id DESC LIMIT 1
) personal_data ON TRUE
LEFT JOIN LATERAL (
    SELECT outcome FROM annotation_outputcheck c
    WHERE c.submission_id = s.id AND c.check_id = 'moderation' ORDER BY c.id DESC LIMIT 1
) moderation ON TRUE
"""

before = import_module("annotation.migrations.0002_clean_views")
DROPPED = "DROP VIEW clean_record; DROP VIEW clean_rule"
GRANTED = "GRANT SELECT ON clean_record TO hitode_export"


class Migration(migrations.Migration):
    dependencies = [("annotation", "0006_edits_and_showings")]

    operations = [
        migrations.RunSQL(DROPPED, f"{before.CLEAN_RULE}; {before.CLEAN_RECORD}; {GRANTED}"),
        migrations.RunSQL(f"{CLEAN_RULE}; {before.CLEAN_RECORD}; {GRANTED}", DROPPED),
    ]
