"""The one statement that takes questions in; what surrounds it is in `instructions.py`."""

from collection.services.budget_sql import CAP_PARTS, IS_CLOSED, RESERVED_NOTE
from config.statements import Statement

# One question, or a group: all of them or none. Consent, the ban and the switch are looked at first; then the caps; and only
# if all agree the questions, their pending answers and the ledger's lines exist. One row for each, in their order.
QUESTIONS_TAKE = Statement(
    f"""
WITH asking AS MATERIALIZED (
    SELECT wanted.*, gen_random_uuid() AS question, gen_random_uuid() AS answer,
        p.id, p.barred_at IS NOT NULL AS is_barred, {IS_CLOSED} AS is_closed, (
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
    FROM unnest(
        %(participants)s::uuid[], %(instructions)s::text[], %(inputs)s::text[], %(languages)s::text[],
        %(hashes)s::text[], %(amounts)s::bigint[], %(cap_keys)s::text[]
    ) WITH ORDINALITY
        AS wanted (participant, instruction, input, language, text_sha256, amount, cap_keys_text, number)
    LEFT JOIN collection_participant p ON p.public_id = wanted.participant
), payer AS MATERIALIZED (
    SELECT asking.*, asking.cap_keys_text::jsonb AS cap_keys
    FROM asking
    WHERE NOT EXISTS (SELECT FROM asking WHERE consent_id IS NULL OR is_barred OR is_closed)
), {CAP_PARTS}, asked AS (
    INSERT INTO collection_instruction (
        public_id, participant_id, consent_id, status, instruction, input, language, category, category_by, text_sha256,
        is_practice, checks_run, created_at
    )
    SELECT question, id, consent_id, 'received', instruction, input, language, '', '', text_sha256, %(is_practice)s,
        '{{}}', statement_timestamp()
    FROM room
    ORDER BY number
    RETURNING id, public_id, created_at
), begun AS (
    INSERT INTO collection_reference (
        public_id, instruction_id, status, provider, model, text, text_sha256, attempt, process, finish_reason, error_code,
        provider_request_id, cost_microusd, is_usage_estimated, created_at
    )
    SELECT room.answer, asked.id, 'pending', %(provider)s, %(model)s, '', '', 1, %(process)s::bigint, '', '', '', 0, false,
        asked.created_at
    FROM asked
    JOIN room ON room.question = asked.public_id
    ORDER BY room.number
    RETURNING id, public_id, instruction_id
), noted AS (
    {RESERVED_NOTE.format(reference="begun.id", source="begun JOIN room ON room.answer = begun.public_id")}
)
SELECT verdict.is_whole, verdict.refused_by, asking.is_closed, asking.is_barred, asking.id, asking.consent_id,
    asked.id, asked.public_id, asked.created_at, begun.id, begun.public_id
FROM asking
CROSS JOIN verdict
LEFT JOIN asked ON asked.public_id = asking.question
LEFT JOIN begun ON begun.instruction_id = asked.id
ORDER BY asking.number
"""
)
