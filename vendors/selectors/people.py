"""Which organisations, people and invitations a person may see."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from config.errors import NotFound
from vendors.models import Invitation, Membership, Organisation, Role, User
from vendors.selectors.seats import MANAGEMENT, MONEY, one_of, seat_get_for
from vendors.states import WorkOrderStatus


def vendor_list_for(user: Any) -> QuerySet[Organisation]:
    """The vendors a person may see: all for those who manage, the own one for a vendor's people."""
    seat = seat_get_for(user)
    vendors = Organisation.objects.exclude(kind=Organisation.Kind.OPERATOR)
    if seat is None:
        return vendors.none()
    if seat.is_operator:
        return vendors if seat.has_role(*MONEY) else vendors.none()
    return vendors.filter(pk=seat.organisation.pk)


def operator_get() -> Organisation | None:
    """The operator: the one that orders and pays."""
    return Organisation.objects.filter(kind=Organisation.Kind.OPERATOR).order_by("pk").first()


def lead_list(vendor: Organisation) -> list[User]:
    """The leads of a vendor who may sign in."""
    here = Membership.objects.filter(organisation=vendor, role=Role.LEAD, ended_at__isnull=True, user__is_active=True)
    return list(User.objects.filter(pk__in=here.values("user")).order_by("pk"))


def money_people_list() -> list[User]:
    """Who pays: the operator's finance, and its owners, as far as they may sign in."""
    here = Membership.objects.filter(
        role__in=(Role.OWNER, Role.FINANCE), ended_at__isnull=True, organisation__is_active=True, user__is_active=True
    )
    return list(User.objects.filter(pk__in=here.values("user")).order_by("pk"))


def vendor_overview_for(user: Any) -> QuerySet[Organisation]:
    """Vendors with how many people and how many running orders each has: `people_count`, `running_count`."""
    here = Q(memberships__ended_at__isnull=True)
    running = Q(work_orders__status=WorkOrderStatus.ACTIVE)
    return (
        vendor_list_for(user)
        .annotate(
            people_count=Count("memberships__user", filter=here, distinct=True),
            running_count=Count("work_orders", filter=running, distinct=True),
        )
        .order_by("name", "pk")
    )


def vendor_get_for(user: Any, public_id: UUID) -> Organisation:
    """One vendor with its counts; raises NotFound."""
    return one_of(vendor_overview_for(user), public_id)


def organisation_list_for(user: Any) -> QuerySet[Organisation]:
    """Where a person may invite people to: everywhere for owners and managers, the own one for a lead."""
    seat = seat_get_for(user)
    if seat is None:
        return Organisation.objects.none()
    if seat.has_role(*MANAGEMENT):
        return Organisation.objects.filter(is_active=True)
    if seat.has_role(Role.LEAD):
        return Organisation.objects.filter(pk=seat.organisation.pk)
    return Organisation.objects.none()


def people_list_for(user: Any) -> QuerySet[User]:
    """The people a person may see, each with `seen_memberships`: those in organisations the viewer may see, newest first.

    Somebody who left is still listed: a person's history stays.
    """
    memberships = Membership.objects.filter(organisation__in=_organisations_seen(user)).select_related("organisation")
    prefetch = Prefetch("memberships", memberships.order_by("ended_at", "-started_at"), to_attr="seen_memberships")
    people = User.objects.filter(Exists(memberships.filter(user=OuterRef("pk"))))
    return people.prefetch_related(prefetch).order_by("name", "pk")


def people_of_vendor_list_for(user: Any, vendor: Organisation) -> QuerySet[Membership]:
    """Who holds a role with one vendor now, leads first."""
    here = Membership.objects.filter(organisation=vendor, organisation__in=vendor_list_for(user), ended_at__isnull=True)
    return here.select_related("user").order_by("role", "user__name", "pk")


def account_exists(email: str) -> bool:
    """Whether somebody signs in with this address. For the holder of an invitation to it, and nobody else."""
    return User.objects.filter(email__iexact=email).exists()


def person_get_for(user: Any, public_id: UUID) -> User:
    """One person; raises NotFound."""
    return one_of(people_list_for(user), public_id)


def membership_get_for(user: Any, pk: int) -> Membership:
    """One membership that still lasts; raises NotFound."""
    seen = Membership.objects.filter(organisation__in=_organisations_seen(user), ended_at__isnull=True)
    found = seen.select_related("organisation", "user").filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


def _organisations_seen(user: Any) -> QuerySet[Organisation]:
    seat = seat_get_for(user)
    if seat is not None and seat.has_role(*MANAGEMENT):
        return Organisation.objects.all()
    return organisation_list_for(user)


def invitation_list_for(user: Any) -> QuerySet[Invitation]:
    """Invitations that can still be accepted."""
    open_ones = Invitation.objects.filter(
        accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=timezone.now()
    )
    return (
        open_ones.filter(organisation__in=_organisations_seen(user))
        .select_related("organisation", "invited_by")
        .order_by("-created_at")
    )


def invitation_get_for(user: Any, public_id: UUID) -> Invitation:
    """One invitation that can still be accepted; raises NotFound."""
    return one_of(invitation_list_for(user), public_id)
