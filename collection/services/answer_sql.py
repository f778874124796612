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

# The instruction is locked before its answer, as a withdrawal does: of a withdrawn one no text is kept.
REFERENCE_STORE = Statement(
    f"""
WITH held AS MATERIALIZED (
    SELECT r.id, r.status, CASE WHEN i.status = 'withdrawn' THEN '' ELSE %(text)s END AS text
    FROM collection_instruction i
    JOIN collection_reference r ON r.instruction_id = i.id
    WHERE r.id = %(reference)s
    FOR UPDATE
), moved AS (
    UPDATE collection_reference r
    SET status = %(status)s,
        text = held.text,
        text_sha256 = %(text_sha256)s,
        position = CASE
            WHEN held.text <> '' THEN (SELECT coalesce(max(position), 0) + 1 FROM collection_reference)
        END,
        finished_at = statement_timestamp(),
        ({", ".join(FACTS)}) = (
            SELECT {", ".join(f"fact.{name}" for name in FACTS)}
            FROM jsonb_populate_record(r, %(facts)s::jsonb) AS fact
        )
    FROM held
    WHERE r.id = held.id AND held.status = ANY (%(legal)s::text[])
    RETURNING r.id, held.status AS old_status, r.text, r.position, r.finished_at
), logged AS (
    INSERT INTO collection_referencetransition (subject_id, from_status, to_status, actor_kind, actor_id, why, at)
    SELECT id, old_status, %(status)s, %(actor_kind)s, %(actor_id)s, %(why)s, finished_at
    FROM moved
)
SELECT text, position, finished_at FROM moved
"""
)
