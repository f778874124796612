"""What a release says of how each record was made: facts, counts and pseudonyms, never a name and never a text."""

import hashlib
from collections.abc import Callable
from typing import Any

from annotation.cleanroom.merkle_proofs import leaf_hash
from annotation.release.source import CleanRow


def provenance(row: CleanRow, *, line: bytes, named: Callable[[int], str]) -> dict[str, Any]:
    """Return the provenance of one record; `line` is the record as it is released, without its line end; `named` gives
    the pseudonym of a person.

    Times are whole minutes and days of UTC, so that nobody is found by the second at which they wrote.
    """
    return {
        "id": row.id,
        "family": row.family,
        "record_sha256": hashlib.sha256(line).hexdigest(),
        "salt": row.salt.hex(),
        "leaf": record_leaf(row.salt, line).hex(),
        "writer": named(row.writer),
        "editor": named(row.editor) if row.editor else None,
        "reviewer": named(row.reviewer),
        "written_on": row.written_on,
        "active_minutes": round(row.active_seconds / 60),
        "trace": row.trace,
        "gate": {
            "engine": row.engine,
            "settings": row.settings,
            "watermark": row.watermark,
            "decision": row.decision,
        },
        "reference": {"policy": row.reference_policy, "shown_to_writer": row.is_reference_shown},
        "terms": row.terms,
        "licence": row.licence,
        "agreement": row.agreement,
        "guideline": row.guideline,
    }


def record_leaf(salt: bytes, line: bytes) -> bytes:
    """Return the leaf of a record in the release's Merkle tree: without the salt nobody can try texts against it."""
    return leaf_hash(salt + line)
