"""A code with which a participant opens their own data in another browser: shown once, kept as a hash."""

import hashlib
import secrets
import unicodedata
from functools import cache

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from limits import RateLimitItemPerHour
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis.exceptions import RedisError

from collection.errors import RecoveryLimited, RecoveryRefused, RecoveryUnavailable
from collection.models import Participant

# Crockford's alphabet: no I, L, O or U, which are read as something else. 25 signs of 5 bits are 125 bits, more than anybody
# can try, so that a plain hash keeps the code safe.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS, GROUP_SIGNS = 5, 5
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})

# Tries an hour from one address, and from everywhere together.
TRIES_OF_ADDRESS = RateLimitItemPerHour(10, namespace="hitode-recovery")
TRIES_IN_ALL = RateLimitItemPerHour(500, namespace="hitode-recovery")


@transaction.atomic
def recovery_code_make(*, participant: Participant) -> str:
    """Give the participant a new code and return it, for the only time; an earlier one opens nothing any more."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP_SIGNS))
    Participant.objects.filter(pk=participant.pk).update(recovery_hash=_hash(signs), recovery_made_at=timezone.now())
    return "-".join(signs[at : at + GROUP_SIGNS] for at in range(0, len(signs), GROUP_SIGNS))


def participant_recover(*, code: str, address_hash: str) -> Participant:
    """The participant whose code this is, however it was typed.

    Counts the try first. Raises `RecoveryLimited` after too many, `RecoveryUnavailable` when they cannot be counted, and
    `RecoveryRefused` for a code that is nobody's.
    """
    _try_count(address_hash)
    signs = code_read(code)
    found = Participant.objects.filter(recovery_hash=_hash(signs)).first() if signs else None
    if found is None:
        raise RecoveryRefused(field="code")
    return found


def code_read(code: str) -> str:
    """The signs of a code as it was typed: in any width and case, with any separators; "" for what cannot be one."""
    typed = unicodedata.normalize("NFKC", code).upper()
    signs = "".join(sign for sign in typed if sign.isalnum()).translate(_READ_AS)
    is_code = len(signs) == GROUPS * GROUP_SIGNS and all(sign in ALPHABET for sign in signs)
    return signs if is_code else ""


def _hash(signs: str) -> str:
    return hashlib.sha256(f"hitode recovery {signs}".encode()).hexdigest()


def _try_count(address_hash: str) -> None:
    try:
        limiter = FixedWindowRateLimiter(_storage())
        is_free = limiter.hit(TRIES_OF_ADDRESS, address_hash) and limiter.hit(TRIES_IN_ALL, "all")
    except (RedisError, OSError) as error:
        raise RecoveryUnavailable() from error
    if not is_free:
        raise RecoveryLimited()


def _storage() -> RedisStorage:
    return _storage_at(settings.REDIS_URL)


@cache
def _storage_at(url: str) -> RedisStorage:
    """Redis with a pool for the process; the library spells the address of a socket in its own way."""
    return RedisStorage(url.replace("unix://", "redis+unix://", 1) if url.startswith("unix://") else url)
