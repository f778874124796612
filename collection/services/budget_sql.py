"""The statements that reserve and settle; what surrounds them is in `budget.py`.

Every one locks its caps in the order of their scopes, and of their keys as bytes, before it changes any, so that two of them
cannot wait for each other.
"""

from config.statements import Statement

# Nobody reserves while an operator has closed the site.
IS_CLOSED = "EXISTS (SELECT FROM collection_siteswitch WHERE NOT is_answering)"

# Reserves for all rows of `payer` together, under every cap or under none. The caps are read as they stand once they are
# locked, so that no concurrency passes a limit. `room` has the payers again if there was room under all of them.
CAP_PARTS = """
locked AS MATERIALIZED (
    SELECT c.id, wanted.number, wanted.amount,
        c.spent_microusd + c.reserved_microusd + wanted.amount > c.limit_microusd AS is_full
    FROM unnest(%(scopes)s::text[], %(keys)s::text[], %(cap_amounts)s::bigint[]) WITH ORDINALITY
        AS wanted (scope, key, amount, number)
    JOIN collection_cap c ON c.scope = wanted.scope AND c.key = wanted.key
    WHERE EXISTS (SELECT FROM payer)
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
    SET reserved_microusd = c.reserved_microusd + locked.amount
    FROM locked
    WHERE c.id = locked.id AND EXISTS (SELECT FROM room)
)"""

# A line of the ledger for the reservation of each row of what `source` selects.
RESERVED_NOTE = """
    INSERT INTO collection_ledgerentry (reference_id, kind, amount_microusd, cap_keys, is_estimated, at)
    SELECT {reference}, 'reserved', room.amount, room.cap_keys, false, statement_timestamp()
    FROM {source}
"""

# For an answer that is there already.
RESERVE = Statement(
    f"""
WITH payer AS MATERIALIZED (
    SELECT wanted.reference_id, wanted.amount, wanted.cap_keys::jsonb AS cap_keys
    FROM unnest(%(references)s::bigint[], %(amounts)s::bigint[], %(cap_keys)s::text[])
        AS wanted (reference_id, amount, cap_keys)
    WHERE NOT {IS_CLOSED}
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

# Once each: the ledger has at most one line of each kind for an answer, and without a new line nothing moves. Each cap is
# changed once, by all of them together.
SETTLE = Statement(
    """
WITH settled AS (
    INSERT INTO collection_ledgerentry (reference_id, kind, amount_microusd, cap_keys, is_estimated, at)
    SELECT before.reference_id, 'settled', coalesce(wanted.amount, before.amount_microusd), before.cap_keys,
        wanted.is_estimated, statement_timestamp()
    FROM unnest(%(references)s::bigint[], %(amounts)s::bigint[], %(are_estimated)s::boolean[])
        AS wanted (reference, amount, is_estimated)
    JOIN collection_ledgerentry before ON before.reference_id = wanted.reference AND before.kind = 'reserved'
    ON CONFLICT (reference_id, kind) DO NOTHING
    RETURNING reference_id, amount_microusd, cap_keys
), moving AS (
    SELECT ordered.number, ordered.scope, settled.cap_keys ->> ordered.scope AS key,
        sum(before.amount_microusd)::bigint AS reserved, sum(settled.amount_microusd)::bigint AS spent
    FROM settled
    JOIN collection_ledgerentry before ON before.reference_id = settled.reference_id AND before.kind = 'reserved'
    CROSS JOIN unnest(%(scopes)s::text[]) WITH ORDINALITY AS ordered (scope, number)
    GROUP BY 1, 2, 3
), locked AS MATERIALIZED (
    SELECT c.id, moving.reserved, moving.spent
    FROM moving
    JOIN collection_cap c ON c.scope = moving.scope AND c.key = moving.key
    ORDER BY moving.number, moving.key COLLATE "C"
    FOR UPDATE OF c
)
UPDATE collection_cap c
SET reserved_microusd = c.reserved_microusd - locked.reserved,
    spent_microusd = c.spent_microusd + locked.spent
FROM locked
WHERE c.id = locked.id
RETURNING c.id
"""
)
