"""The person of a session with their seat and their signature: what every signed-in request asks first, in one statement."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS

from config.statements import Statement
from vendors.models import Organisation, Signature, User
from vendors.selectors.documents import signature_keep
from vendors.selectors.seats import Seat, seat_keep


def _columns(model: Any) -> list[str]:
    return [field.column for field in model._meta.concrete_fields]


_USER, _ORGANISATION, _SIGNATURE = _columns(User), _columns(Organisation), _columns(Signature)

# The seat is the newest open membership's organisation, with every role held there, as `seat_get_for` has it; the
# signature the standing one on the newest published agreement, as `signature_in_force_for` has it.
_SIGNED_IN = Statement(
    f"""
SELECT {", ".join(f"u.{name}" for name in _USER)},
    ARRAY(
        SELECT held.role
        FROM vendors_membership held
        WHERE held.user_id = u.id AND held.organisation_id = o.id AND held.ended_at IS NULL
    ),
    {", ".join(f"o.{name}" for name in _ORGANISATION)},
    {", ".join(f"s.{name}" for name in _SIGNATURE)}
FROM vendors_user u
LEFT JOIN LATERAL (
    SELECT organisation.*
    FROM vendors_membership m
    JOIN vendors_organisation organisation ON organisation.id = m.organisation_id
    WHERE m.user_id = u.id AND m.ended_at IS NULL AND organisation.is_active
    ORDER BY m.started_at DESC, m.id DESC
    LIMIT 1
) o ON true
LEFT JOIN LATERAL (
    SELECT signature.*
    FROM vendors_signature signature
    WHERE signature.user_id = u.id
        AND signature.agreement_id = (
            SELECT a.id FROM vendors_agreement a WHERE a.published_at IS NOT NULL ORDER BY a.version DESC LIMIT 1
        )
        AND NOT EXISTS (SELECT FROM vendors_signaturerevocation ended WHERE ended.signature_id = signature.id)
) s ON true
WHERE u.id = %(user)s
"""
)


def signed_in_get(user_id: int) -> User | None:
    """The user, keeping their seat and their signature for whoever asks during the request."""
    rows = _SIGNED_IN.rows(user=user_id)
    if not rows:
        return None
    row = rows[0]
    after_user = len(_USER)
    after_organisation = after_user + 1 + len(_ORGANISATION)
    user = User.from_db(DEFAULT_DB_ALIAS, _USER, row[:after_user])
    roles, organisation, signature = row[after_user], row[after_user + 1 : after_organisation], row[after_organisation:]
    sits = Organisation.from_db(DEFAULT_DB_ALIAS, _ORGANISATION, organisation) if organisation[0] is not None else None
    seat_keep(user, Seat(user=user, organisation=sits, roles=frozenset(roles)) if sits is not None else None)
    has_signed = signature[0] is not None
    signature_keep(user, Signature.from_db(DEFAULT_DB_ALIAS, _SIGNATURE, signature) if has_signed else None)
    return user
