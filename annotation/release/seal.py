"""The last files of a release: the manifest of all others, the statement about the manifest, and its signature."""

import base64
import hashlib
import os
from pathlib import Path
from typing import Any

import orjson

from annotation.release.keys import ReleaseKey

MANIFEST_FILE = "MANIFEST.json"
STATEMENT_FILE = "statement.intoto.json"
SIGNATURE_FILE = "statement.intoto.json.sig"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:hitode:release:v3"
SYNTHETIC_PREDICATE_TYPE = "urn:hitode:synthetic-release:v1"  # so that no verifier takes one for the other
PREDICATE = ("name", "records", "merkle_root", "is_demonstration")


def canonical(value: Any) -> bytes:
    """Return `value` as canonical JSON: UTF-8, sorted keys, no spaces."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def seal(
    manifest: dict[str, Any],
    folder: Path,
    key: ReleaseKey,
    *,
    predicate_type: str = PREDICATE_TYPE,
    predicate: tuple[str, ...] = PREDICATE,
) -> None:
    """Write the manifest, an in-toto statement whose subjects are every file, and the Ed25519 signature of its bytes.

    `predicate` names the fields of the manifest that the statement repeats.
    """
    listing = orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n"
    files = [(one["path"], one["sha256"]) for one in manifest["files"]]
    files.append((MANIFEST_FILE, hashlib.sha256(listing).hexdigest()))
    statement = canonical(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": path, "digest": {"sha256": digest}} for path, digest in sorted(files)],
            "predicateType": predicate_type,
            "predicate": {name: manifest[name] for name in predicate},
        }
    )
    signature = {
        "algorithm": "ed25519",
        "key_id": key.id,
        "public_key": key.public_bytes.hex(),
        "signature": base64.b64encode(key.sign(statement)).decode(),
    }
    for name, content in (
        (MANIFEST_FILE, listing),
        (STATEMENT_FILE, statement),
        (SIGNATURE_FILE, canonical(signature) + b"\n"),
    ):
        with (folder / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
