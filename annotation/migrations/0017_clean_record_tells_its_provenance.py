"""Gives accepted tasks their salts, and `clean_record` the facts that a release says of how a record was made.

Rules and facts are one view, `clean_fact`: read as two, every table in them is joined twice, and an export takes half as
long again. `clean_rule` and `clean_record` are cut from it.
"""

from importlib import import_module

from django.db import migrations

before = import_module("annotation.migrations.0002_clean_views")
rules_before = import_module("annotation.migrations.0007_clean_rule_knows_edits")

RULES = (
    "is_consented",
    "is_screened",
    "is_signed",
    "is_written_by_hand",
    "is_accepted",
    "is_gated",
    "is_checked",
    "is_unrevoked",
    "is_allowed_here",
)
FACTS = """
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
    (
        SELECT review.reviewer_id
        FROM annotation_review review
        WHERE review.submission_id = s.id
            AND review.verdict = 'accept'
            AND review.text_sha256 = s.text_sha256
            AND review.reviewer_id <> s.writer_id
            AND review.reviewer_id IS DISTINCT FROM s.edited_by_id
        ORDER BY review.id DESC LIMIT 1
    ) AS reviewer,
    to_char(s.at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS written_on,
    COALESCE(own.active_seconds, s.active_seconds) AS active_seconds,
    CASE
        WHEN trace.flags = '[]'::jsonb AND COALESCE(own_trace.flags, '[]'::jsonb) = '[]'::jsonb THEN 'fits'
        ELSE 'cleared_by_reviewer'
    END AS trace,
    report.engine_version AS engine,
    report.settings_version AS settings,
    report.watermark AS watermark,
    report.decision AS decision,
    work_order.reference_policy,
    EXISTS (
        SELECT 1 FROM annotation_showing shown
        WHERE shown.instruction_id = t.instruction_id AND shown.user_id = s.writer_id
            AND shown.at <= COALESCE(own.at, s.at)
    ) AS is_reference_shown,
    terms.version AS terms,
    agreement.version AS agreement,
    guideline.version AS guideline,
"""
JOINS = """
LEFT JOIN annotation_recordsalt salt ON salt.task_id = t.id
LEFT JOIN vendors_agreement agreement ON agreement.id = signature.agreement_id
LEFT JOIN vendors_guidelineversion guideline ON guideline.id = work_order.guideline_version_id
LEFT JOIN collection_importbatch batch"""
HEAD = "CREATE VIEW clean_rule AS\nSELECT\n    t.id AS task_id,"
FIRST_JOIN = "\nLEFT JOIN collection_importbatch batch"

CLEAN_FACT = rules_before.CLEAN_RULE.replace(
    HEAD, f"CREATE VIEW clean_fact AS\nSELECT\n    t.id AS task_id,{FACTS}"
).replace(FIRST_JOIN, JOINS)
CLEAN_RULE = f"CREATE VIEW clean_rule AS SELECT task_id, {', '.join(RULES)} FROM clean_fact"
CLEAN_RECORD = f"""
CREATE VIEW clean_record WITH (security_barrier = true) AS
SELECT
    id, instruction, input, output, language, category, source, licence, output_sha256, is_demonstration, salt, writer, editor,
    reviewer, written_on, active_seconds, trace, engine, settings, watermark, decision, reference_policy,
    is_reference_shown, terms, agreement, guideline
FROM clean_fact
WHERE {" AND ".join(RULES)}
"""
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
        migrations.RunSQL(
            "DROP VIEW clean_record; DROP VIEW clean_rule",
            f"{rules_before.CLEAN_RULE}; {before.CLEAN_RECORD}; {GRANTED}",
        ),
        migrations.RunSQL(
            f"{CLEAN_FACT}; {CLEAN_RULE}; {CLEAN_RECORD}; {GRANTED}",
            "DROP VIEW clean_record; DROP VIEW clean_rule; DROP VIEW clean_fact",
        ),
    ]
