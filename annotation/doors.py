"""Which of the hall's doors a person sees."""

from django.utils.translation import gettext_lazy as _

from annotation.selectors.messages import TAKING_PART, unread_count
from annotation.selectors.operations import OPERATING_ROLES
from annotation.selectors.queue import WRITING_ROLES
from annotation.selectors.review import REVIEWING_ROLES
from config.access import Seat
from config.doors import Door


def doors_for(seat: Seat | None) -> list[Door]:
    """The writing room for writers, the desk for reviewers, the figures for those who run the operation."""
    if seat is None:
        return []
    doors = []
    if seat.has_role(*OPERATING_ROLES):
        doors += [Door("annotation:dashboard", _("Overview")), Door("annotation:search", _("Search"))]
    if seat.has_role(*REVIEWING_ROLES):
        doors.append(Door("annotation:review", _("Review")))
    if seat.has_role(*WRITING_ROLES):
        doors.append(Door("annotation:work", _("My work")))
    if seat.has_role(*TAKING_PART):
        doors.append(Door("annotation:messages", _("Messages"), unread_count(seat.user)))
    return doors
