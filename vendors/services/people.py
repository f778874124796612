"""Organisations, the people in them, and when their roles begin and end."""

from collections.abc import Sequence
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from config.audit import act_note
from config.errors import Conflict
from vendors.errors import AddressTaken, BelongsAlready, BelongsElsewhere, LastOwner, RoleUnfitting
from vendors.models import Membership, Organisation, Role, User
from vendors.permissions import require_ending, require_inviting, require_management, require_suspending, role_fits
from vendors.selectors import seat_forget


@transaction.atomic
def organisation_create(
    *,
    kind: str,
    name: str,
    name_latin: str = "",
    registration_number: str = "",
    address: str = "",
    languages: str = "",
    competences: str = "",
    by: User | None = None,
) -> Organisation:
    """Add an organisation. `by` is None where no person acts yet: a first start, a seed."""
    if by is not None:
        require_management(by)
    made = Organisation.objects.create(
        kind=kind,
        name=name,
        name_latin=name_latin,
        registration_number=registration_number,
        address=address,
        languages=languages,
        competences=competences,
    )
    if by is not None:
        _changed(by, "vendor", made.public_id, what="organisation_made")
    return made


@transaction.atomic
def organisation_update(
    *,
    organisation: Organisation,
    name: str,
    name_latin: str,
    registration_number: str,
    address: str,
    is_active: bool,
    by: User,
    languages: str = "",
    competences: str = "",
) -> Organisation:
    """Change what is known of an organisation. The people of an inactive one have no seat."""
    require_management(by)
    organisation.name = name
    organisation.name_latin = name_latin
    organisation.registration_number = registration_number
    organisation.address = address
    organisation.is_active = is_active or organisation.is_operator
    organisation.languages, organisation.competences = languages, competences
    organisation.save(
        update_fields=["name", "name_latin", "registration_number", "address", "is_active", "languages", "competences"]
    )
    _changed(by, "vendor", organisation.public_id, what="particulars")
    return organisation


@transaction.atomic
def user_create(
    *, email: str, name: str, password: str | None = None, language: str = "ja", writes_languages: str = "ja"
) -> User:
    """Make an account; without a password nobody can sign in to it. Raises AddressTaken.

    The caller vouches for the address: people come by a link that was sent to it.
    """
    if User.objects.filter(email__iexact=email).exists():
        raise AddressTaken()
    user = User.objects.create_user(email, password, name=name, language=language, writes_languages=writes_languages)
    EmailAddress.objects.create(user=user, email=user.email.lower(), primary=True, verified=True)
    return user


@transaction.atomic
def owner_create(*, email: str, name: str, password: str, organisation: str, language: str = "ja") -> User:
    """Make an owner of the operator, and the operator called `organisation` if there is none: a first start."""
    operator = Organisation.objects.filter(kind=Organisation.Kind.OPERATOR).order_by("pk").first()
    if operator is None:
        operator = organisation_create(kind=Organisation.Kind.OPERATOR, name=organisation)
    user = user_create(email=email, name=name, password=password, language=language)
    membership_start(user=user, organisation=operator, role=Role.OWNER, by=None)
    return user


@transaction.atomic
def membership_start(*, user: User, organisation: Organisation, role: str, by: User | None) -> Membership:
    """Give `user` a role. `by` is None for a first start, a seed, or somebody who follows an invitation.

    Locks the user: nobody belongs to two organisations at once. Raises RoleUnfitting, BelongsAlready, BelongsElsewhere.
    """
    if by is not None:
        require_inviting(by, organisation, role)
    if not role_fits(organisation, role):
        raise RoleUnfitting()
    User.objects.select_for_update().get(pk=user.pk)
    held = list(Membership.objects.filter(user=user, ended_at__isnull=True))
    if any(m.organisation_id != organisation.pk for m in held):
        raise BelongsElsewhere()
    if any(m.role == role for m in held):
        raise BelongsAlready()
    membership = Membership.objects.create(user=user, organisation=organisation, role=role)
    _changed(by, "person", user.public_id, what="role_begun", role=role)
    seat_forget(user)
    return membership


@transaction.atomic
def membership_end(*, membership: Membership, by: User) -> Membership:
    """End a role; the row stays as history. Raises NotAllowed, and LastOwner for the operator's last owner.

    Locks the organisation, so that two owners cannot remove each other at once.
    """
    require_ending(by, membership)
    Organisation.objects.select_for_update().get(pk=membership.organisation_id)
    if membership.role == Role.OWNER:
        others = Membership.objects.filter(role=Role.OWNER, ended_at__isnull=True).exclude(pk=membership.pk)
        if not others.exists():
            raise LastOwner()
    ended = timezone.now()
    if Membership.objects.filter(pk=membership.pk, ended_at__isnull=True).update(ended_at=ended) != 1:
        raise Conflict()
    membership.ended_at = ended
    _changed(by, "person", membership.user.public_id, what="role_ended", role=membership.role)
    seat_forget(membership.user)
    return membership


@transaction.atomic
def hands_set(*, user: User, languages: Sequence[str], competences: Sequence[str], by: User) -> User:
    """Set the languages that somebody writes and the fields they know; claims go by them from then on. Raises NotAllowed."""
    require_suspending(by, user)
    user.writes_languages, user.competences = ",".join(languages), ",".join(competences)
    user.save(update_fields=["writes_languages", "competences"])
    _changed(by, "person", user.public_id, what="hands")
    return user


@transaction.atomic
def user_suspend(*, user: User, by: User) -> User:
    """Keep somebody from signing in, and end what they have open. Their memberships stay."""
    require_suspending(by, user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.is_active = False
    _changed(by, "person", user.public_id, what="suspended")
    return user


@transaction.atomic
def user_restore(*, user: User, by: User) -> User:
    """Let a suspended person sign in again."""
    require_suspending(by, user)
    User.objects.filter(pk=user.pk).update(is_active=True)
    user.is_active = True
    _changed(by, "person", user.public_id, what="restored")
    seat_forget(user)
    return user


def _changed(by: User | None, kind: str, public_id: UUID, **details: str) -> None:
    act_note(by=by, act="changed", subject_kind=kind, subject_id=public_id, **details)
