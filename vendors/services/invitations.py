"""Invitations by e-mail: a link that lets one address join one organisation in one role, once, for a week.

The link's token is shown to nobody but the receiver of the letter; the database keeps its hash.
"""

import hashlib
import secrets
from datetime import timedelta
from functools import partial
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from config.audit import act_note
from config.errors import Unavailable
from vendors.errors import (
    AccountExists,
    BelongsAlready,
    LinkExpired,
    LinkRevoked,
    LinkUnusable,
    LinkUsed,
    OtherPerson,
    RoleUnfitting,
)
from vendors.models import Invitation, Membership, Organisation, User
from vendors.permissions import require_inviting, role_fits
from vendors.services.people import membership_start, user_create

VALID_DAYS = 7


class LetterUnsent(Unavailable):
    """The invitation stands, but its letter did not leave."""

    code = "letter_unsent"
    message = _("The e-mail could not be sent just now. Please invite the person again in a few minutes.")


@transaction.atomic
def invitation_send(*, by: User, organisation: Organisation, role: str, email: str) -> Invitation:
    """Invite an address, and send the link when the transaction is done. An earlier open invitation is replaced.

    Raises NotAllowed, RoleUnfitting, BelongsAlready; after the commit LetterUnsent. Whether the address has an account
    with another organisation is not told.
    """
    require_inviting(by, organisation, role)
    if not role_fits(organisation, role):
        raise RoleUnfitting()
    email = email.strip().lower()
    belongs = Membership.objects.filter(
        user__email__iexact=email, organisation=organisation, role=role, ended_at__isnull=True
    )
    if belongs.exists():
        raise BelongsAlready()
    Invitation.objects.filter(
        email=email, organisation=organisation, role=role, accepted_at__isnull=True, revoked_at__isnull=True
    ).update(revoked_at=timezone.now())
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email,
        organisation=organisation,
        role=role,
        token_sha256=_hash(token),
        invited_by=by,
        expires_at=timezone.now() + timedelta(days=VALID_DAYS),
    )
    act_note(by=by, act="changed", what="invited", role=role, organisation=str(organisation.public_id))
    language = User.objects.filter(email__iexact=email).values_list("language", flat=True).first() or by.language
    transaction.on_commit(partial(_letter_send, invitation, token, language))
    return invitation


def invitation_open(*, token: str) -> Invitation:
    """The invitation that a token opens; raises LinkUnusable, LinkRevoked, LinkUsed or LinkExpired. Writes nothing."""
    return _usable(
        Invitation.objects.select_related("organisation", "invited_by").filter(token_sha256=_hash(token)).first()
    )


@transaction.atomic
def invitation_accept(*, token: str, name: str, password: str, language: str = "") -> User:
    """Make the account an invitation is for, and let it join. Locks the invitation: a link works once.

    Raises what `invitation_open` raises, and AccountExists when the address has an account.
    """
    invitation = _locked(token)
    if User.objects.filter(email__iexact=invitation.email).exists():
        raise AccountExists()
    language = language or invitation.invited_by.language
    user = user_create(email=invitation.email, name=name, password=password, language=language)
    _join(invitation, user)
    return user


@transaction.atomic
def invitation_join(*, token: str, user: User) -> User:
    """Let an account that exists join. Raises what `invitation_open` raises, OtherPerson, and BelongsElsewhere."""
    invitation = _locked(token)
    if user.email.lower() != invitation.email.lower():
        raise OtherPerson()
    _join(invitation, user)
    return user


@transaction.atomic
def invitation_revoke(*, invitation: Invitation, by: User) -> Invitation:
    """Take an invitation back; its link stops working. Raises what a used or revoked one raises."""
    require_inviting(by, invitation.organisation, invitation.role)
    locked = _usable(Invitation.objects.select_for_update().get(pk=invitation.pk))
    locked.revoked_at = timezone.now()
    locked.save(update_fields=["revoked_at"])
    act_note(by=by, act="changed", what="invitation_revoked", role=locked.role)
    return locked


def _join(invitation: Invitation, user: User) -> None:
    membership_start(user=user, organisation=invitation.organisation, role=invitation.role, by=None)
    invitation.accepted_at = timezone.now()
    invitation.accepted_by = user
    invitation.save(update_fields=["accepted_at", "accepted_by"])


def _locked(token: str) -> Invitation:
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("organisation", "invited_by")
    return _usable(rows.filter(token_sha256=_hash(token)).first())


def _usable(invitation: Invitation | None) -> Invitation:
    if invitation is None:
        raise LinkUnusable()
    if invitation.accepted_at is not None:
        raise LinkUsed()
    if invitation.revoked_at is not None:
        raise LinkRevoked()
    if invitation.expires_at <= timezone.now() or not invitation.organisation.is_active:
        raise LinkExpired()
    return invitation


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _letter_send(invitation: Invitation, token: str, language: str) -> None:
    """Write and send the letter in the reader's language; raises LetterUnsent."""
    language = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with translation.override(language):
        context = {
            "invitation": invitation,
            "link": settings.BASE_URL + reverse("vendors:invitation", args=[token]),
            "days": VALID_DAYS,
        }
        subject = render_to_string("vendors/mail/invitation_subject.txt", context).strip()
        body = render_to_string(f"vendors/mail/invitation.{language}.txt", context)
    try:
        send_mail(subject, body, None, [invitation.email])
    except (OSError, SMTPException) as failure:
        raise LetterUnsent() from failure
