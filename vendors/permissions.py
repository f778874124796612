"""Who may act, and why not."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from config.access import RoleMissing
from config.errors import NotAllowed
from vendors.errors import AgreementUnsigned, CompetenceMissing, QualificationMissing, WriterBarred
from vendors.models import Membership, Organisation, Role, Signature, User, WorkOrder
from vendors.models.people import OPERATOR_ROLES, VENDOR_ROLES
from vendors.selectors import MANAGEMENT, Seat, codes_of, held_ids, seat_get_for, signature_in_force_for


def require_role(user: Any, *roles: str) -> Seat:
    """The person's seat, if it carries one of `roles` (any seat will do when none is named); raises RoleMissing."""
    seat = seat_get_for(user)
    if seat is None or (roles and not seat.has_role(*roles)):
        raise RoleMissing()
    return seat


def require_management(user: Any) -> Seat:
    """The seat of an owner or manager of the operator; raises RoleMissing."""
    return require_role(user, *MANAGEMENT)


def require_writer(user: Any) -> tuple[Seat, Signature]:
    """The seat and the standing signature of somebody who may start writing now.

    Raises RoleMissing, WriterBarred or AgreementUnsigned.
    """
    seat = require_role(user, Role.WRITER)
    if user.barred_at is not None:
        raise WriterBarred()
    signature = signature_in_force_for(user)
    if signature is None:
        raise AgreementUnsigned()
    return seat, signature


def require_fit(user: User, order: WorkOrder) -> None:
    """Raise QualificationMissing or CompetenceMissing unless the writer has what the order asks for."""
    if order.qualification is not None and order.qualification_id not in held_ids(user):
        raise QualificationMissing(
            QualificationMissing.message % {"name": order.qualification.name},
            action_url=reverse("vendors:qualification_earn", args=[order.qualification.public_id]),
            action_label=_("Earn the qualification"),
        )
    if order.competence and order.competence not in codes_of(user.competences):
        raise CompetenceMissing()


def roles_to_invite(seat: Seat, organisation: Organisation) -> frozenset[str]:
    """The roles that somebody in `seat` may give in `organisation`; only an owner makes owners."""
    if seat.has_role(Role.OWNER):
        return _roles_of(organisation)
    if seat.has_role(Role.MANAGER):
        return _roles_of(organisation) - {Role.OWNER}
    if seat.has_role(Role.LEAD) and seat.organisation.pk == organisation.pk:
        return frozenset({Role.WRITER})
    return frozenset()


def role_fits(organisation: Organisation, role: str) -> bool:
    """Whether the role exists in that kind of organisation."""
    return role in _roles_of(organisation)


def require_inviting(user: Any, organisation: Organisation, role: str) -> Seat:
    """The seat of somebody who may invite people to that role there; raises NotAllowed."""
    seat = require_role(user)
    if role not in roles_to_invite(seat, organisation):
        raise NotAllowed()
    return seat


def require_ending(user: Any, membership: Membership) -> Seat:
    """The seat of somebody who may end that membership: whoever may give such a role may take it, but not their own."""
    if membership.user_id == user.pk:
        raise NotAllowed()
    return require_inviting(user, membership.organisation, membership.role)


def may_suspend(seat: Seat, person: User) -> bool:
    """Whether somebody in `seat` may suspend that person: whoever may end every role the person holds. One query."""
    held = list(person.memberships.filter(ended_at__isnull=True).select_related("organisation"))
    if not held or person.pk == seat.user.pk:
        return False
    return all(m.role in roles_to_invite(seat, m.organisation) for m in held)


def require_suspending(user: Any, person: User) -> Seat:
    """The seat of somebody who may suspend that person; raises NotAllowed."""
    seat = require_role(user)
    if not may_suspend(seat, person):
        raise NotAllowed()
    return seat


def _roles_of(organisation: Organisation) -> frozenset[str]:
    return frozenset(OPERATOR_ROLES if organisation.is_operator else VENDOR_ROLES)
