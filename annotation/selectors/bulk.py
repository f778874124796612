"""What an act on many rows would reach, and the jobs with how far each has come."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from annotation.models import BulkItem, BulkJob
from annotation.selectors.search import SearchFilter, instructions_found, records_found
from config.errors import NotFound
from vendors.models import User
from vendors.selectors import seat_get_for

BULK_ROLES = ("owner", "manager")
# What each action acts on, as the search names it.
KIND_OF = {
    BulkJob.Action.REJECT.value: "instruction",
    BulkJob.Action.ACCEPT.value: "instruction",
    BulkJob.Action.CANCEL.value: "record",
    BulkJob.Action.REQUEUE.value: "record",
}


def bulk_rows(user: User, action: str, chosen: SearchFilter) -> QuerySet[Any]:
    """Everything that is found of the kind that the action acts on. An address that asks for nothing finds nothing."""
    if chosen.is_empty or chosen.is_too_short:
        raise NotFound()
    return instructions_found(user, chosen) if KIND_OF[action] == "instruction" else records_found(user, chosen)


def bulk_job_list_for(user: User) -> QuerySet[BulkJob]:
    """The jobs, newest first, each with how many of its rows are `total`, `left`, `changed`, `refused` and `undone`."""
    seat = seat_get_for(user)
    if seat is None or not seat.has_role(*BULK_ROLES):
        raise NotFound()
    state = BulkItem.State

    def counted(*states: str) -> Count:
        return Count("items", filter=Q(items__state__in=states))

    return (
        BulkJob.objects.select_related("by")
        .annotate(
            total=Count("items"),
            left=counted(state.WAITING),
            changed=counted(state.DONE, state.KEPT),
            refused=counted(state.REFUSED),
            undone=counted(state.UNDONE),
        )
        .order_by("-pk")
    )


def bulk_job_get_for(user: User, public_id: UUID) -> BulkJob:
    """One job. Raises `NotFound`."""
    found = bulk_job_list_for(user).filter(public_id=public_id).first()
    if found is None:
        raise NotFound()
    return found
