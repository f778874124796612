"""The two moves of instructions that are screened, for many in one statement each; what surrounds them is in `screening.py`."""

from config.statements import Statement

# A move is a row of the log and one of the table, or neither: what is no longer where it was is left alone, and not returned.
_LOG = """
    INSERT INTO collection_instructiontransition (subject_id, from_status, to_status, actor_kind, actor_id, why, at)
    SELECT moved.id, {old}, moved.status, 'system', 'screening', {why}, statement_timestamp()
    FROM moved
    ORDER BY moved.number
    RETURNING subject_id
"""

# What stands in `category` stays; whoever comes after another that asks the same joins its family.
SCREENED = Statement(f"""
WITH moved AS (
    UPDATE collection_instruction i
    SET status = 'screened',
        screened_at = statement_timestamp(),
        checks_run = %(checks_run)s::jsonb,
        category = wanted.category,
        category_by = wanted.category_by,
        duplicate_of_id = wanted.duplicate_of,
        family = wanted.family
    FROM unnest(
        %(instructions)s::bigint[], %(categories)s::text[], %(categories_by)s::text[], %(duplicates_of)s::bigint[], %(families)s::uuid[]
    ) WITH ORDINALITY AS wanted (id, category, category_by, duplicate_of, family, number)
    WHERE i.id = wanted.id AND i.status = 'received'
    RETURNING i.id, i.status, wanted.number
){_LOG.format(old="'received'", why="''")}
""")

DECIDED = Statement(f"""
WITH moved AS (
    UPDATE collection_instruction i
    SET status = wanted.status
    FROM unnest(%(instructions)s::bigint[], %(statuses)s::text[], %(whys)s::text[])
        WITH ORDINALITY AS wanted (id, status, why, number)
    WHERE i.id = wanted.id AND i.status = 'screened'
    RETURNING i.id, i.status, wanted.why, wanted.number
){_LOG.format(old="'screened'", why="moved.why")}
""")
