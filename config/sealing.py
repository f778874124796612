"""Sealing what the database should keep but not read: encrypted with the first of the installation's keys, opened with any."""

from base64 import urlsafe_b64encode

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def seal(value: object) -> bytes:
    """Encrypt a value of JSON."""
    return _keys().encrypt(orjson.dumps(value))


def unseal(sealed: bytes | memoryview) -> object:
    """The value that was sealed; raises ImproperlyConfigured when none of the keys opens it."""
    try:
        opened: object = orjson.loads(_keys().decrypt(bytes(sealed)))
    except InvalidToken:
        raise ImproperlyConfigured("None of HITODE_SEALING_KEYS opens what was sealed.") from None
    return opened


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(_key(secret)) for secret in settings.SEALING_KEYS])


def _key(secret: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"hitode sealing").derive(secret.encode())
    return urlsafe_b64encode(derived)
