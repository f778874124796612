"""Tokens of people's own programs: made, used, taken back."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.audit import act_note
from config.errors import BadInput
from vendors.models import AccessToken, User
from vendors.permissions import require_role
from vendors.selectors import signed_in_get
from vendors.selectors.access import access_token_list_for, scopes_for

TOKEN_START = "hti_"
TOKENS_AT_MOST = 20
DAYS_AT_MOST = 365
_PREFIX_LENGTH = 12
_SEEN_EVERY = timedelta(minutes=1)


@transaction.atomic
def access_token_create(*, user: User, name: str, scopes: Iterable[str], days: int = 90) -> tuple[AccessToken, str]:
    """Make a token and return it with its secret, which is not kept. Raises `RoleMissing` and `BadInput`.

    Locks the person, so that two at once are counted.
    """
    require_role(user)
    User.objects.select_for_update().get(pk=user.pk)
    wanted = sorted(set(scopes))
    if not name.strip() or not wanted or set(wanted) - set(scopes_for(user)):
        raise BadInput(_("A token needs a name, and at least one thing that your role allows."))
    if not 1 <= days <= DAYS_AT_MOST:
        raise BadInput(_("A token lasts from one day to a year."))
    if access_token_list_for(user).count() >= TOKENS_AT_MOST:
        raise BadInput(_("You have twenty tokens already. Take one back first."))
    secret = TOKEN_START + secrets.token_urlsafe(32)
    token = AccessToken.objects.create(
        user=user,
        name=name.strip()[:80],
        prefix=secret[:_PREFIX_LENGTH],
        token_sha256=_hash(secret),
        scopes=wanted,
        expires_at=timezone.now() + timedelta(days=days),
    )
    _noted(token, "token_made")
    return token, secret


@transaction.atomic
def access_token_revoke(*, token: AccessToken) -> None:
    """End the use of a person's own token. Safe to run twice."""
    if AccessToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()):
        _noted(token, "token_revoked")


def access_token_use(secret: str) -> tuple[User, AccessToken] | None:
    """Whose token this is, with their seat; None for one that is unknown, expired or revoked, or whose person may not
    sign in. Writes down, once a minute, that it was used."""
    now = timezone.now()
    lasts = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    token = AccessToken.objects.filter(lasts, token_sha256=_hash(secret), revoked_at__isnull=True).first()
    user = signed_in_get(token.user_id) if token is not None else None
    if token is None or user is None or not user.is_active:
        return None
    if token.last_used_at is None or token.last_used_at < now - _SEEN_EVERY:
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return user, token


def _noted(token: AccessToken, what: str) -> None:
    subject: dict[str, Any] = {"subject_kind": "person", "subject_id": token.user.public_id}
    act_note(by=token.user, act="changed", what=what, token=token.prefix, scopes=token.scopes, **subject)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
