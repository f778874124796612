"""The statements that store what a model wrote; what surrounds them is in `answers.py`."""

from config.statements import Statement

# Positions are given one after the other, to the end of each transaction. A statement by itself, so that the next one sees
# what was committed while this one waited.
POSITIONS_LOCK = Statement("SELECT 1 FROM pg_advisory_xact_lock(%(number)s)")

# What a caller may know of an answer's end.
FACTS = (
    "finish_reason",
    "error_code",
    "provider_request_id",
    "model",
    "prompt_tokens",
    "completion_tokens",
    "cost_microusd",
    "is_usage_estimated",
    "first_token_at",
)

# Instructions are locked before their answers and in the order of their keys, as a withdrawal does: of a withdrawn one no text
# is kept. Positions go by the order of the arrays. What may not move to its new status is left as it is, and not returned.
REFERENCES_STORE = Statement(
    f"""
WITH held AS MATERIALIZED (
    SELECT r.id, r.status AS old_status, wanted.status, wanted.text_sha256, wanted.facts, wanted.number,
        CASE WHEN i.status = 'withdrawn' THEN '' ELSE wanted.text END AS text
    FROM unnest(
        %(references)s::bigint[], %(statuses)s::text[], %(texts)s::text[], %(hashes)s::text[], %(facts)s::text[]
    ) WITH ORDINALITY AS wanted (reference, status, text, text_sha256, facts, number)
    JOIN collection_reference r ON r.id = wanted.reference
    JOIN collection_instruction i ON i.id = r.instruction_id
    ORDER BY i.id
    FOR UPDATE OF i, r
), placed AS (
    SELECT held.*, count(*) FILTER (WHERE held.text <> '') OVER (ORDER BY held.number) AS place
    FROM held
    WHERE held.old_status || ':' || held.status = ANY (%(legal)s::text[])
), moved AS (
    UPDATE collection_reference r
    SET status = placed.status,
        text = placed.text,
        text_sha256 = placed.text_sha256,
        position = CASE
            WHEN placed.text <> '' THEN (SELECT coalesce(max(position), 0) FROM collection_reference) + placed.place
        END,
        finished_at = statement_timestamp(),
        ({", ".join(FACTS)}) = (
            SELECT {", ".join(f"fact.{name}" for name in FACTS)}
            FROM jsonb_populate_record(r, placed.facts::jsonb) AS fact
        )
    FROM placed
    WHERE r.id = placed.id
    RETURNING r.id, placed.old_status, r.status, r.text, r.position, r.finished_at, placed.number
), logged AS (
    INSERT INTO collection_referencetransition (subject_id, from_status, to_status, actor_kind, actor_id, why, at)
    SELECT id, old_status, status, %(actor_kind)s, %(actor_id)s, %(why)s, finished_at
    FROM moved
)
SELECT id, text, position, finished_at FROM moved
"""
)
