"""A person's own tokens, and what they may be for."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from vendors.models import AccessToken, Role, Scope
from vendors.selectors.seats import MANAGEMENT, MONEY, one_of, seat_get_for

# The roles that a scope stands for.
SCOPE_ROLES: dict[str, tuple[str, ...]] = {
    Scope.WORK: (Role.WRITER,),
    Scope.REVIEW: (*MANAGEMENT, Role.REVIEWER),
    Scope.ORDERS: tuple(Role),
    Scope.MONEY: (*MONEY, Role.LEAD, Role.WRITER),
    Scope.IMPORTS: MANAGEMENT,
    Scope.RELEASES: (*MANAGEMENT, Role.REVIEWER, Role.FINANCE),
}


def scopes_for(user: Any) -> list[Scope]:
    """The scopes that a person's roles allow now."""
    seat = seat_get_for(user)
    return [scope for scope in Scope if seat is not None and seat.has_role(*SCOPE_ROLES[scope])]


def access_token_list_for(user: Any) -> QuerySet[AccessToken]:
    """The person's own tokens that are not revoked, newest first."""
    return AccessToken.objects.filter(user=user.pk, revoked_at__isnull=True)


def access_token_get_for(user: Any, public_id: UUID) -> AccessToken:
    """One of the person's own tokens; raises NotFound."""
    return one_of(access_token_list_for(user), public_id)
