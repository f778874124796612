"""Which of this app's doors a person sees, and where somebody lands after signing in."""

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from config.access import Seat
from config.doors import Door
from vendors.models import Role
from vendors.selectors import MANAGEMENT, MONEY, unanswered_count
from vendors.selectors.webhooks import WEBHOOK_ROLES

# The first role that a person holds decides.
LANDINGS = {
    Role.OWNER: "annotation:dashboard",
    Role.MANAGER: "annotation:dashboard",
    Role.FINANCE: "vendors:statements",
    Role.REVIEWER: "annotation:review",
    Role.LEAD: "vendors:orders",
    Role.WRITER: "annotation:work",
}


def doors_for(seat: Seat | None) -> list[Door]:
    """Orders and documents for everybody who signed in; people and money for those who see to them."""
    if seat is None:
        return []
    waiting = unanswered_count(seat.user) if seat.has_role(Role.LEAD) else None
    doors = [Door("vendors:orders", _("Orders"), waiting)]
    if seat.has_role(*MANAGEMENT, Role.LEAD):
        doors.append(Door("vendors:people", _("People")))
    if seat.has_role(*MONEY):
        doors.append(Door("vendors:vendors", _("Vendors")))
    if seat.has_role(*MONEY, Role.LEAD):
        doors.append(Door("vendors:statements", _("Statements")))
    if seat.has_role(Role.WRITER):
        doors.append(Door("vendors:earnings", _("Earnings")))
    doors.append(Door("vendors:agreements", _("Documents")))
    return doors


def security_doors_for(seat: Seat) -> list[Door]:
    """Tokens for everybody who signed in, webhooks for those who may add them."""
    doors = [Door("vendors:tokens", _("API access"))]
    return [*doors, Door("vendors:webhooks", _("Webhooks"))] if seat.has_role(*WEBHOOK_ROLES) else doors


def landing_url(seat: Seat | None) -> str:
    """The address of the room where a person's work is; the front page for somebody without a seat."""
    if seat is None:
        return "/"
    for role, name in LANDINGS.items():
        if seat.has_role(role):
            try:
                return reverse(name)
            except NoReverseMatch:
                break
    return reverse("vendors:orders")
