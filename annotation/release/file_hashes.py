"""What files hold, by their hashes. The verifier of each release carries this."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BLOCK_BYTES = 1 << 20


def hashes_of(files: "list[Path]", *, at_once: bool) -> "list[tuple[int, str]]":
    """The bytes of each file, and their SHA-256 in hexadecimal. `at_once`: of two files at a time."""
    with ThreadPoolExecutor(2 if at_once else 1) as pool:
        return list(pool.map(_hash_of, files))


def _hash_of(path: Path) -> "tuple[int, str]":
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
        return file.tell(), digest.hexdigest()
