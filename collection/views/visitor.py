"""Who a visitor is: the participant named by a signed cookie, and an address known only as a hash that changes daily."""

import hashlib
import hmac
from ipaddress import ip_network
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from collection.models import Participant
from collection.selectors import participant_get
from config.addresses import client_address

COOKIE = "hitode_participant"
COOKIE_AGE_SECONDS = 400 * 24 * 3600
_SALT = "collection.participant"


def participant_of(request: HttpRequest) -> Participant | None:
    """The participant whose cookie this browser carries; a forged or broken one is as good as none."""
    public_id = _id_of(request)
    return participant_get(public_id) if public_id else None


def participant_named(request: HttpRequest) -> Participant | None:
    """As `participant_of`, but nobody has looked whether there is one: for the statement that takes a question in, which does."""
    public_id = _id_of(request)
    return Participant(public_id=public_id) if public_id else None


def _id_of(request: HttpRequest) -> UUID | None:
    value = request.get_signed_cookie(COOKIE, default="", salt=_SALT)
    try:
        return UUID(value) if value else None
    except ValueError:
        return None


def participant_remember(response: HttpResponseBase, participant: Participant) -> None:
    """Let this browser carry the participant's id. Scripts cannot read it, and other sites cannot send it along."""
    response.set_signed_cookie(
        COOKIE,
        str(participant.public_id),
        salt=_SALT,
        max_age=COOKIE_AGE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.IS_HTTPS,
    )


def address_hash(request: HttpRequest) -> str:
    """The visitor's address under a key of the day: it counts within a day and cannot be followed to the next."""
    key = hmac.new(settings.SECRET_KEY.encode(), f"address:{timezone.localdate()}".encode(), hashlib.sha256).digest()
    return hmac.new(key, _address(request).encode(), hashlib.sha256).hexdigest()[:32]


def _address(request: HttpRequest) -> str:
    """The client's address; of IPv6 the network of 64 bits, in which one household or server has all addresses."""
    address = client_address(request) or ""
    return str(ip_network(f"{address}/64", strict=False)) if ":" in address else address
