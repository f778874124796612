"""Where a person sits: one organisation and the roles held in it. Every other selector begins here."""

from dataclasses import dataclass
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db.models import Model, QuerySet

from config.errors import NotFound
from vendors.models import Organisation, Role, User

MANAGEMENT = (Role.OWNER, Role.MANAGER)
MONEY = (Role.OWNER, Role.MANAGER, Role.FINANCE)
Row = TypeVar("Row", bound=Model)
_UNASKED = object()

# Asked for with every request: by hand, which takes a third of the time that the ORM takes to write it.
_HELD = """
SELECT o.*, m.role AS held_role
FROM vendors_membership m
JOIN vendors_organisation o ON o.id = m.organisation_id
WHERE m.user_id = %s AND m.ended_at IS NULL AND o.is_active
ORDER BY m.started_at DESC, m.id DESC
"""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a person sits now: one organisation, and the roles held in it."""

    user: User
    organisation: Organisation
    roles: frozenset[str]

    @property
    def is_operator(self) -> bool:
        return self.organisation.is_operator

    @property
    def role_label(self) -> str:
        """The roles in the reader's words, the weightiest first."""
        return " · ".join(str(role.label) for role in Role if role in self.roles)

    def has_role(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)


def seat_get_for(user: Any) -> Seat | None:
    """The seat of `user`, or None for the public, for suspended people and for those who left.

    One query, kept on the user object; `seat_forget` drops it after a membership changed.
    """
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return None
    kept = getattr(user, "_seat", _UNASKED)
    if kept is _UNASKED:
        kept = _seat_read(user)
        seat_keep(user, kept)
    return cast("Seat | None", kept)


def seat_keep(user: User, seat: Seat | None) -> None:
    """Keep a seat with the person it is of."""
    user._seat = seat  # type: ignore[attr-defined]


def seat_forget(user: User) -> None:
    """Read the seat again the next time it is asked for."""
    seat_keep(user, _UNASKED)  # type: ignore[arg-type]


def _seat_read(user: User) -> Seat | None:
    held = list(Organisation.objects.raw(_HELD, [user.pk]))
    if not held:
        return None
    organisation = held[0]
    roles = frozenset(str(one.held_role) for one in held if one.pk == organisation.pk)  # type: ignore[attr-defined]
    return Seat(user=user, organisation=organisation, roles=roles)


def one_of(rows: QuerySet[Row], public_id: UUID) -> Row:
    """The row with that public id; raises NotFound, also for what `rows` does not let the person see."""
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound()
    return found
