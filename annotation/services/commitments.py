"""Committing to references: each is entered in the log in the transaction that stores it, before anybody can write.

How the log is read, proved and opened is in `commitment_log.py`.
"""

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

from collection.models import Instruction
from config.statements import Statement, array_text

SALT_BYTES = 32
BATCH = 2000
Progress = Callable[[int], Any]

_ENTER = Statement("""
WITH entered AS (
    INSERT INTO annotation_commitment (position, reference_id, value, at)
    SELECT 0, entry.reference_id, entry.value, statement_timestamp()
    FROM unnest(%(references)s::bigint[], %(values)s::bytea[]) WITH ORDINALITY AS entry (reference_id, value, number)
    ORDER BY entry.number
    RETURNING id, value
)
INSERT INTO annotation_commitmentsalt (commitment_id, value)
SELECT entered.id, drawn.salt
FROM entered JOIN unnest(%(values)s::bytea[], %(salts)s::bytea[]) AS drawn (value, salt) ON drawn.value = entered.value
RETURNING commitment_id
""")

_NEVER_ENTERED = """
SELECT reference.id, reference.text
FROM collection_reference reference
WHERE reference.text <> '' AND reference.id > %s
    AND NOT EXISTS (SELECT FROM annotation_commitment c WHERE c.reference_id = reference.id)
ORDER BY reference.id
LIMIT %s
"""

# Texts to which no commitment opens any more, because a passage of them was erased.
_CHANGED = """
SELECT reference.id, reference.text
FROM collection_reference reference
WHERE reference.text <> '' AND reference.instruction_id = %s
    AND NOT EXISTS (
        SELECT FROM annotation_commitment c
        JOIN annotation_commitmentsalt salt ON salt.commitment_id = c.id
        WHERE c.reference_id = reference.id AND c.value = sha256(salt.value || convert_to(reference.text, 'UTF8'))
    )
ORDER BY reference.id
"""

# Salts whose commitment does not open to what is stored: the text was erased, or a passage of it was.
_SALTS_SPENT = """
DELETE FROM annotation_commitmentsalt salt
USING annotation_commitment c, collection_reference reference
WHERE c.id = salt.commitment_id AND reference.id = c.reference_id AND reference.instruction_id = %s
    AND c.value <> sha256(salt.value || convert_to(reference.text, 'UTF8'))
"""


def commitment_value(salt: bytes, text: str) -> bytes:
    """Return what the log holds of a text: SHA-256 of the salt and its UTF-8 bytes."""
    return hashlib.sha256(salt + text.encode()).digest()


def commitment_enter(*, references: list[tuple[int, str]]) -> None:
    """Enter references, given by key and text, at the end of the log, in this order. Locks its end."""
    salts = [secrets.token_bytes(SALT_BYTES) for _ in references]
    values = [commitment_value(salt, text) for salt, (_pk, text) in zip(salts, references, strict=True)]
    _ENTER.rows(references=array_text(pk for pk, _text in references), values=values, salts=salts)


@transaction.atomic
def commitments_renew(*, instruction: Instruction) -> None:
    """After a redaction: destroy the salts of what stood there, and enter what stands there now."""
    salts_destroy(instruction=instruction)
    changed = _rows(_CHANGED, instruction.pk)
    if changed:
        commitment_enter(references=changed)


@transaction.atomic
def salts_destroy(*, instruction: Instruction) -> int:
    """Destroy the salts of texts that are gone, and return how many: their leaves stay, and nobody can guess from them."""
    with connection.cursor() as cursor:
        cursor.execute(_SALTS_SPENT, [instruction.pk])
        return int(cursor.rowcount)


def commitments_mend(*, progress: Progress | None = None) -> int:
    """Enter every stored reference that is not in the log, in batches, and return how many. Safe to run twice."""
    entered = after = 0
    while missing := _rows(_NEVER_ENTERED, after, BATCH):
        commitment_enter(references=missing)
        entered += len(missing)
        after = missing[-1][0]
        if progress:
            progress(len(missing))
    return entered


def _rows(query: str, *values: int) -> list[tuple[int, str]]:
    """References by key and text."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [(int(pk), str(text)) for pk, text in cursor.fetchall()]
