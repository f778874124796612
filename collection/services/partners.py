"""Partners: their keys, the participants who consented at their forms, and what they may ask in a day."""

import hashlib
import secrets
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.core.signing import BadSignature, Signer
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collection.errors import ConsentIncomplete, KeyUnknown, PartnerDaySpent, TermsOutdated
from collection.models import Participant, PartnerKey, PartnerParticipant, Reference
from collection.selectors import participant_get, terms_in_force
from collection.services.asking import question_receive
from collection.services.consent import participant_consent
from config.audit import act_note
from config.errors import BadInput, Conflict

KEY_START = "htd_"
_PREFIX_LENGTH = 12


@transaction.atomic
def partner_key_create(
    *, name: str, allowed_origins: Iterable[str] = (), daily_questions: int = 200, by: str = ""
) -> tuple[PartnerKey, str]:
    """Make a partner's key and return it with its secret, which is not kept. Raises `BadInput` and `Conflict`."""
    name = name.strip()
    if not name or daily_questions < 1:
        raise BadInput(_("A partner needs a name, and at least one question a day."))
    origins = [_origin(one) for one in allowed_origins]
    if PartnerKey.objects.filter(name=name, revoked_at__isnull=True).exists():
        raise Conflict(_("A partner of this name has a key. Revoke it first, or choose another name."))
    key = KEY_START + secrets.token_urlsafe(32)
    partner = PartnerKey.objects.create(
        name=name,
        prefix=key[:_PREFIX_LENGTH],
        key_sha256=_hash(key),
        allowed_origins=origins,
        daily_questions=daily_questions,
        created_by=by,
    )
    act_note(by=None, act="changed", what="partner_key_made", partner=name)
    return partner, key


@transaction.atomic
def partner_key_revoke(*, name: str) -> PartnerKey:
    """End the use of a partner's key. What came through it stays. Raises `KeyUnknown`."""
    partner = PartnerKey.objects.filter(name=name, revoked_at__isnull=True).first()
    if partner is None:
        raise KeyUnknown(_("There is no key in use by that name."))
    partner.revoked_at = timezone.now()
    partner.save(update_fields=["revoked_at"])
    act_note(by=None, act="changed", what="partner_key_revoked", partner=partner.name)
    return partner


def partner_of_key(key: str) -> PartnerKey:
    """The partner whose key this is. Raises `KeyUnknown`."""
    partner = PartnerKey.objects.filter(key_sha256=_hash(key), revoked_at__isnull=True).first() if key else None
    if partner is None:
        raise KeyUnknown()
    return partner


def partner_origin_is_known(origin: str) -> bool:
    """Whether any partner in use has named this origin: what a browser asks before it sends the key."""
    return PartnerKey.objects.filter(revoked_at__isnull=True, allowed_origins__contains=[origin]).exists()


@transaction.atomic
def partner_consent(
    *, partner: PartnerKey | None, terms_version: object, language: str, statements: Iterable[bool]
) -> str:
    """Record a consent given at a partner's form, or in our own frame (None), and return the participant's token.

    Raises `TermsOutdated` for another version than the one in force and `ConsentIncomplete` unless all is said.
    """
    terms = terms_in_force()
    if terms is None or terms_version != terms.version:
        raise TermsOutdated(version=terms.version if terms else None)
    if not all(one is True for one in statements):
        raise ConsentIncomplete()
    participant = participant_consent(participant=None, terms=terms, language="ja" if language == "ja" else "en")
    if partner is not None:
        PartnerParticipant.objects.create(participant=participant, partner=partner)
    return _signer(partner).sign(str(participant.public_id))


def partner_participant(*, partner: PartnerKey | None, token: str) -> Participant | None:
    """The participant a token stands for; another partner's token stands for nobody."""
    try:
        public_id = _signer(partner).unsign(token)
    except BadSignature:
        return None
    return participant_get(public_id)


@transaction.atomic
def partner_ask(
    *,
    partner: PartnerKey | None,
    participant: Participant,
    instruction: str,
    input: str = "",
    language: str,
    address_hash: str = "",
    proof: str = "",
) -> Reference:
    """As `question_receive`, counted for the partner's day; a question that is refused is not counted.

    A partner vouches for its people, so that no proof is asked of them; without an address, as when a partner's server asks,
    each counts by themselves. Locks the partner's day until the question is saved. Raises `PartnerDaySpent` and what
    `question_receive` raises.
    """
    if partner is not None and not _day_count(partner):
        raise PartnerDaySpent()
    return question_receive(
        participant=participant,
        instruction=instruction,
        input=input,
        language=language,
        address_hash=address_hash or f"partner-{participant.public_id}",
        proof=proof,
        is_trusted=partner is not None,
    )


_COUNT = """
INSERT INTO collection_partnerday (partner_id, day, asked) VALUES (%(partner)s, %(day)s, 1)
ON CONFLICT (partner_id, day) DO UPDATE SET asked = collection_partnerday.asked + 1
    WHERE collection_partnerday.asked < %(limit)s
"""


def _day_count(partner: PartnerKey) -> bool:
    """Count one question, unless the day is full: one statement, so that no two can take the last place."""
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT, {"partner": partner.pk, "day": str(timezone.localdate()), "limit": partner.daily_questions}
        )
        return bool(cursor.rowcount == 1)


def _origin(text: str) -> str:
    """An origin as browsers write it. Raises `BadInput` for anything else, such as an address with a path."""
    parts = urlsplit(text.strip().rstrip("/"))
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.username:
        raise BadInput(_("An origin looks like https://example.com, without a path."))
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _signer(partner: PartnerKey | None) -> Signer:
    return Signer(salt=f"collection.partners:{partner.public_id if partner else 'frame'}")


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
