"""Which of this app's doors a person sees."""

from django.utils.translation import gettext_lazy as _

from collection.selectors import screening_queue_count
from config.access import Seat
from config.doors import Door


def doors_for(seat: Seat | None) -> list[Door]:
    """The public site's own pages for the public; the instructions and the budget for the operator."""
    if seat is None:
        return [
            Door("collection:home", _("Ask")),
            Door("collection:progress", _("Progress")),
            Door("collection:my_data", _("My data")),
        ]
    doors = []
    if seat.has_role("owner", "manager", "reviewer"):
        doors.append(Door("collection:instructions", _("Instructions"), screening_queue_count()))
    if seat.has_role("owner", "manager", "finance"):
        doors.append(Door("collection:budget", _("Budget")))
    if seat.has_role("owner", "manager"):
        doors.append(Door("collection:terms_room", _("Terms")))
        doors.append(Door("collection:status", _("Status")))
    return doors


def footer_doors() -> list[Door]:
    """What every public page leads to."""
    return [Door("collection:terms", _("Terms")), Door("collection:cookies", _("Cookies and data sent"))]
