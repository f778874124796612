"""The keys that sign releases: Ed25519, one in force, the earlier ones remembered by their public halves.

A folder of its own holds them (HITODE_RELEASE_KEYS): `<id>.pem` for each private key and `keys.json` for what everybody may
know. A key's id is the SHA-256 of its 32 public bytes, shortened to 16 hexadecimal digits.
"""

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from config.errors import DomainError

LIST_FILE = "keys.json"
KEY_ID_DIGITS = 16


class ReleaseKeyMissing(DomainError):
    code = "release_key_missing"
    status = 409
    message = _(
        "There is no key to sign a release with. Make one with `manage.py release_key new`, and keep a copy of it."
    )


class ReleaseKeyUnusable(DomainError):
    code = "release_key_unusable"
    status = 409
    message = _(
        "The key that signs releases cannot be read. Put its file back, or make a new one with `manage.py release_key new`."
    )


class ReleaseKeysUnwritable(DomainError):
    code = "release_keys_unwritable"
    status = 400
    message = _("The folder of the release keys cannot be written to. Check HITODE_RELEASE_KEYS.")


@dataclass(frozen=True)
class ReleaseKey:
    """One key that signs."""

    private: Ed25519PrivateKey

    @property
    def public_bytes(self) -> bytes:
        """The public half, 32 bytes."""
        return self.private.public_key().public_bytes_raw()

    @property
    def id(self) -> str:
        return hashlib.sha256(self.public_bytes).hexdigest()[:KEY_ID_DIGITS]

    def sign(self, message: bytes) -> bytes:
        """The signature of a message, 64 bytes: the same key and message give the same."""
        return self.private.sign(message)

    def pseudonym(self, release: str, person: int) -> str:
        """What a person is called in one release: the same all through it, another in the next, and told by nobody else."""
        secret = hashlib.sha256(b"pseudonyms\0" + self.private.private_bytes_raw()).digest()
        return hmac.new(secret, f"{release}\0{person}".encode(), hashlib.sha256).hexdigest()[:12]


def key_in_force() -> ReleaseKey:
    """The key that signs now. A demonstration makes its own. Raises `ReleaseKeyMissing` or `ReleaseKeyUnusable`."""
    listed = keys_listed()
    current = next((one for one in listed if one["is_in_force"]), None)
    if current is None:
        if not settings.DEMONSTRATION:
            raise ReleaseKeyMissing()
        return key_new()
    try:
        private = serialization.load_pem_private_key((_folder() / f"{current['id']}.pem").read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ReleaseKeyUnusable() from error
    key = ReleaseKey(private) if isinstance(private, Ed25519PrivateKey) else None
    if key is None or key.id != current["id"]:
        raise ReleaseKeyUnusable()
    return key


def key_new() -> ReleaseKey:
    """Make a key and put it in force; the one before it keeps its place in the list. Raises `ReleaseKeysUnwritable`."""
    key = ReleaseKey(Ed25519PrivateKey.generate())
    pem = key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        with _folder_held() as folder:
            with os.fdopen(
                os.open(folder / f"{key.id}.pem", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                file.write(pem)
                os.fsync(file.fileno())
            before = [{**one, "is_in_force": False} for one in keys_listed()]
            mine = {"id": key.id, "algorithm": "ed25519", "public_key": key.public_bytes.hex(), "is_in_force": True}
            partial = folder / f"{LIST_FILE}.partial"
            partial.write_text(json.dumps([*before, mine], indent=2) + "\n")
            partial.rename(folder / LIST_FILE)
    except OSError as error:
        raise ReleaseKeysUnwritable() from error
    return key


def keys_listed() -> list[dict[str, Any]]:
    """Every key there ever was, oldest first: id, algorithm, public_key (hexadecimal), is_in_force. Raises `ReleaseKeyUnusable`."""
    try:
        listed: list[dict[str, Any]] = json.loads((_folder() / LIST_FILE).read_text())
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise ReleaseKeyUnusable() from error
    return listed


def _folder() -> Path:
    return Path(settings.RELEASE_KEYS)


@contextmanager
def _folder_held() -> Iterator[Path]:
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(PermissionError):  # on a volume that somebody else mounted, its modes are theirs
        folder.chmod(0o700)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
