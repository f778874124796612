"""Creates the views `clean_instruction` and `synthetic_record`, and the role that may read the second and nothing else."""

from django.db import migrations

CLEAN_INSTRUCTION = """
CREATE VIEW clean_instruction AS
SELECT
    i.id AS instruction_id,
    CASE WHEN i.import_batch_id IS NULL THEN 'participant' ELSE 'import' END AS source,
    COALESCE(batch.licence, '') AS licence,
    i.is_practice OR COALESCE(installation.is_demonstration, FALSE) AS is_demonstration
FROM collection_instruction i
LEFT JOIN collection_importbatch batch ON batch.id = i.import_batch_id
LEFT JOIN collection_consent consent ON consent.id = i.consent_id
LEFT JOIN collection_terms terms ON terms.id = consent.terms_id
LEFT JOIN collection_installation installation ON installation.id = 1
-- As clean_rule says: 1, consent or a licence; 2 and 8, screened and not withdrawn; 9, no practice text elsewhere.
WHERE CASE
        WHEN i.import_batch_id IS NOT NULL THEN batch.licence <> '' AND batch.revoked_at IS NULL
        ELSE consent.kind = 'given'
            AND terms.allows_release
            AND NOT EXISTS (
                SELECT 1 FROM collection_consent later
                WHERE later.participant_id = i.participant_id
                    AND later.kind = 'withdrawn'
                    AND later.id > consent.id
            )
    END
    AND i.status = 'eligible' AND i.duplicate_of_id IS NULL
    AND (NOT i.is_practice OR COALESCE(installation.is_demonstration, FALSE))
"""

SYNTHETIC_RECORD = """
CREATE VIEW synthetic_record WITH (security_barrier = true) AS
SELECT
    made.public_id AS id,
    i.instruction,
    i.input,
    reference.text AS output,
    i.language,
    i.category,
    clean.source,
    clean.licence,
    reference.text_sha256 AS output_sha256,
    clean.is_demonstration,
    model.name AS model,
    model.licence AS model_licence,
    model.source AS model_source,
    made.server_host,
    to_char(made.at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS generated_on
FROM annotation_syntheticoutput made
JOIN clean_instruction clean ON clean.instruction_id = made.instruction_id
JOIN collection_instruction i ON i.id = made.instruction_id
JOIN collection_reference reference ON reference.id = made.reference_id AND reference.instruction_id = made.instruction_id
JOIN annotation_syntheticmodel model ON model.id = made.model_id
-- Whole, and the very bytes that came: of what a withdrawal erased or a redaction changed, nothing is left here.
WHERE reference.provider = 'synthetic'
    AND reference.status = 'complete'
    AND reference.text <> ''
    AND encode(sha256(convert_to(reference.text, 'UTF8')), 'hex') = reference.text_sha256
    AND made.findings = '[]'::jsonb
    AND model.is_training_allowed
    AND (
        SELECT newest.is_training_allowed FROM annotation_syntheticmodel newest
        WHERE newest.name = model.name ORDER BY newest.version DESC LIMIT 1
    )
"""

# Roles belong to the server, not to the database: another database may have made this one already.
ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'hitode_synthetic') THEN
        CREATE ROLE hitode_synthetic LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;
GRANT SELECT ON synthetic_record TO hitode_synthetic;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0026_synthetic_outputs"),
        ("collection", "0007_synthetic_references"),
    ]

    operations = [
        migrations.RunSQL(CLEAN_INSTRUCTION, "DROP VIEW clean_instruction"),
        migrations.RunSQL(SYNTHETIC_RECORD, "DROP VIEW synthetic_record"),
        migrations.RunSQL(ROLE, "REVOKE ALL ON synthetic_record FROM hitode_synthetic"),
    ]
