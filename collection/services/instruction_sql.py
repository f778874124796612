"""The one statement that takes a question in; what surrounds it is in `instructions.py`."""

from collection.services.budget_sql import CAP_PARTS, IS_CLOSED, RESERVED_NOTE
from config.statements import Statement

# Consent, the ban and the switch are looked at first; then the caps; and only if all agree the question, its pending
# answer and the ledger's line exist.
QUESTION_TAKE = Statement(
    f"""
WITH asking AS MATERIALIZED (
    SELECT p.id, p.barred_at IS NOT NULL AS is_barred, {IS_CLOSED} AS is_closed, (
        SELECT newest.id
        FROM (
            SELECT c.id, c.kind, c.terms_id
            FROM collection_consent c
            WHERE c.participant_id = p.id
            ORDER BY c.id DESC
            LIMIT 1
        ) newest
        WHERE newest.kind = 'given' AND newest.terms_id = (
            SELECT t.id FROM collection_terms t WHERE t.published_at IS NOT NULL ORDER BY t.version DESC LIMIT 1
        )
    ) AS consent_id
    FROM collection_participant p
    WHERE p.public_id = %(participant)s::uuid
), payer AS MATERIALIZED (
    SELECT id, consent_id FROM asking WHERE consent_id IS NOT NULL AND NOT is_barred AND NOT is_closed
), {CAP_PARTS}, asked AS (
    INSERT INTO collection_instruction (
        public_id, participant_id, consent_id, status, instruction, input, language, category, category_by, text_sha256,
        is_practice, checks_run, created_at
    )
    SELECT gen_random_uuid(), room.id, room.consent_id, 'received', %(instruction)s, %(input)s, %(language)s, '', '',
        %(text_sha256)s, %(is_practice)s, '{{}}', statement_timestamp()
    FROM room
    RETURNING id, public_id, consent_id, created_at
), begun AS (
    INSERT INTO collection_reference (
        public_id, instruction_id, status, provider, model, text, text_sha256, attempt, process, finish_reason, error_code,
        provider_request_id, cost_microusd, is_usage_estimated, created_at
    )
    SELECT gen_random_uuid(), asked.id, 'pending', %(provider)s, %(model)s, '', '', 1, %(process)s::bigint, '', '', '', 0, false,
        asked.created_at
    FROM asked
    RETURNING id, public_id
), noted AS ({RESERVED_NOTE.format(reference="begun.id", source="begun")})
SELECT verdict.is_whole, verdict.refused_by, asking.is_closed, asking.is_barred, asking.id, asking.consent_id,
    asked.id, asked.public_id, asked.created_at, begun.id, begun.public_id
FROM asking
CROSS JOIN verdict
LEFT JOIN asked ON true
LEFT JOIN begun ON true
"""
)
