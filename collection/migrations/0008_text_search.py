"""Functions for searching texts by pairs of characters, and the index of instructions.

Letters are made small by Unicode alone, whatever the language of the server. The bodies are of the SQL standard's kind: what they call is fixed here, so that a restored dump finds it whatever the search path.
"""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

from config.text_search import Pairs, function_having

FUNCTIONS = """
CREATE FUNCTION hitode_fold(said text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(normalize(said, NFKC) COLLATE "pg_c_utf8");

CREATE FUNCTION hitode_pairs(said text) RETURNS bigint[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT COALESCE(array_agg((ascii(pair.first)::bigint << 21) | ascii(pair.second)), '{}')
    FROM (SELECT string_to_array(hitode_fold(said), NULL) AS signs) text,
        LATERAL unnest(text.signs, text.signs[2:]) AS pair (first, second)
    WHERE pair.second IS NOT NULL;
END;

CREATE FUNCTION hitode_pairs(said text, more text) RETURNS bigint[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN hitode_pairs(said || chr(10) || more);
"""
GONE = """
DROP FUNCTION hitode_pairs(text, text);
DROP FUNCTION hitode_pairs(text);
DROP FUNCTION hitode_fold(text);
"""


class Migration(migrations.Migration):
    dependencies = [("collection", "0007_synthetic_references")]

    operations = [
        migrations.RunSQL(FUNCTIONS, GONE),
        migrations.AddIndex(
            model_name="instruction",
            index=GinIndex(
                Pairs("instruction", "input"), name="instruction_pairs", fastupdate=True, gin_pending_list_limit=16384
            ),
        ),
        migrations.RunSQL(
            function_having("collection_instruction", "instruction", "input"),
            "DROP FUNCTION collection_instruction_having(bigint[])",
        ),
    ]
