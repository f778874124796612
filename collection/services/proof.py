"""The proof of work: a small sum that a browser does while somebody types, and that makes asking in bulk dear."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import Any

from altcha import create_challenge, verify_solution
from django.conf import settings

from collection.services.limits import first_use

ALGORITHM = "PBKDF2/SHA-256"
# Out of 256 tries one fits, on average.
KEY_PREFIX = "00"
VALID_SECONDS = 2 * 3600
LONGEST_PROOF = 2000


def challenge_make() -> dict[str, Any]:
    """A signed challenge. Nothing is kept of it until it comes back solved."""
    challenge = create_challenge(
        ALGORITHM,
        settings.PROOF_COST,
        key_prefix=KEY_PREFIX,
        expires_at=int(time.time()) + VALID_SECONDS,
        hmac_secret=_secret(),
    )
    return dict(challenge.to_dict())


def proof_accept(proof: str) -> bool:
    """Whether a proof is right, in time and used for the first time. Raises `LimitsUnknown` when that cannot be known."""
    if not proof or len(proof) > LONGEST_PROOF:
        return False
    try:
        signature = json.loads(base64.b64decode(proof))["challenge"]["signature"]
        # A client may not choose a dearer sum for us: what it changes no longer fits the signature.
        if not verify_solution(proof, _secret()).verified:
            return False
    except (ValueError, LookupError, TypeError, AttributeError, binascii.Error):
        return False
    return first_use(f"proof:{signature}", seconds=VALID_SECONDS)


def _secret() -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), b"collection.proof", hashlib.sha256).digest()
