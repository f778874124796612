"""The statements that reserve and settle; what surrounds them is in `budget.py`.

Every one locks its caps in the order of their scopes before it changes any, so that two of them cannot wait for each other.
"""

from config.statements import Statement

# Nobody reserves while an operator has closed the site.
IS_CLOSED = "EXISTS (SELECT FROM collection_siteswitch WHERE NOT is_answering)"

# Reserves for each row of `payer` (one or none) under every cap, or under none. The caps are read as they stand once they
# are locked, so that no concurrency passes a limit. `room` has the payer again if there was room under all of them.
CAP_PARTS = """
locked AS MATERIALIZED (
    SELECT c.id, wanted.number, c.spent_microusd + c.reserved_microusd + %(amount)s > c.limit_microusd AS is_full
    FROM payer
    CROSS JOIN unnest(%(scopes)s::text[], %(keys)s::text[]) WITH ORDINALITY AS wanted (scope, key, number)
    JOIN collection_cap c ON c.scope = wanted.scope AND c.key = wanted.key
    ORDER BY wanted.number
    FOR UPDATE OF c
), verdict AS MATERIALIZED (
    SELECT count(*) = cardinality(%(scopes)s::text[]) OR NOT EXISTS (SELECT FROM payer) AS is_whole,
        min(number) FILTER (WHERE is_full) AS refused_by
    FROM locked
), room AS MATERIALIZED (
    SELECT payer.* FROM payer CROSS JOIN verdict WHERE verdict.is_whole AND verdict.refused_by IS NULL
), reserved AS (
    UPDATE collection_cap c
    SET reserved_microusd = c.reserved_microusd + %(amount)s
    FROM locked
    CROSS JOIN room
    WHERE c.id = locked.id
)"""

# A line of the ledger for the reservation of each row of what `source` selects.
RESERVED_NOTE = """
    INSERT INTO collection_ledgerentry (reference_id, kind, amount_microusd, cap_keys, is_estimated, at)
    SELECT {reference}, 'reserved', %(amount)s, jsonb_object(%(scopes)s::text[], %(keys)s::text[]), false,
        statement_timestamp()
    FROM {source}
"""

# For an answer that is there already.
RESERVE = Statement(
    f"""
WITH payer AS MATERIALIZED (
    SELECT %(reference)s::bigint AS reference_id WHERE NOT {IS_CLOSED}
), {CAP_PARTS}, noted AS ({RESERVED_NOTE.format(reference="room.reference_id", source="room")})
SELECT verdict.is_whole, verdict.refused_by, NOT EXISTS (SELECT FROM payer) AS is_closed
FROM verdict
"""
)

# The row of a day, a participant or an address is made at its first use, with the limit in force for its kind.
CAPS_MAKE = Statement(
    """
INSERT INTO collection_cap (scope, key, limit_microusd, reserved_microusd, spent_microusd)
SELECT wanted.scope, wanted.key, coalesce(kind.limit_microusd, wanted.limit_microusd), 0, 0
FROM unnest(%(scopes)s::text[], %(keys)s::text[], %(limits)s::bigint[]) WITH ORDINALITY
    AS wanted (scope, key, limit_microusd, number)
LEFT JOIN collection_cap kind ON kind.scope = wanted.scope AND kind.key = ''
ORDER BY wanted.number
ON CONFLICT (scope, key) DO NOTHING
RETURNING id
"""
)

# Once: the ledger has at most one line of each kind for an answer, and without a new line nothing moves.
SETTLE = Statement(
    """
WITH settled AS (
    INSERT INTO collection_ledgerentry (reference_id, kind, amount_microusd, cap_keys, is_estimated, at)
    SELECT reference_id, 'settled', coalesce(%(amount)s::bigint, amount_microusd), cap_keys, %(is_estimated)s,
        statement_timestamp()
    FROM collection_ledgerentry
    WHERE reference_id = %(reference)s AND kind = 'reserved'
    ON CONFLICT (reference_id, kind) DO NOTHING
    RETURNING reference_id, amount_microusd, cap_keys
), locked AS MATERIALIZED (
    SELECT c.id, settled.reference_id, settled.amount_microusd
    FROM settled
    CROSS JOIN unnest(%(scopes)s::text[]) WITH ORDINALITY AS ordered (scope, number)
    JOIN collection_cap c ON c.scope = ordered.scope AND c.key = settled.cap_keys ->> ordered.scope
    ORDER BY ordered.number
    FOR UPDATE OF c
)
UPDATE collection_cap c
SET reserved_microusd = c.reserved_microusd - before.amount_microusd,
    spent_microusd = c.spent_microusd + locked.amount_microusd
FROM locked
JOIN collection_ledgerentry before ON before.reference_id = locked.reference_id AND before.kind = 'reserved'
WHERE c.id = locked.id
RETURNING c.id
"""
)
