"""Which work orders a person may see, and what happened to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from vendors.models import OrderVersion, Role, Statement, User, WorkOrder
from vendors.prices import Price
from vendors.selectors.seats import one_of, seat_get_for
from vendors.states import WorkOrderStatus

SEEN_BY_LEAD = frozenset(WorkOrderStatus) - {WorkOrderStatus.DRAFT}
SEEN_BY_WRITER = frozenset({WorkOrderStatus.ACTIVE, WorkOrderStatus.COMPLETED})


def work_order_list_for(user: Any) -> QuerySet[WorkOrder]:
    """Orders, newest first: all for the operator, issued ones of the own vendor for a lead, running ones for a writer."""
    orders = WorkOrder.objects.select_related("vendor", "guideline_version__guideline", "qualification").order_by(
        "-created_at", "-pk"
    )
    seat = seat_get_for(user)
    if seat is None:
        return orders.none()
    if seat.is_operator:
        return orders
    own = orders.filter(vendor_id=seat.organisation.pk)
    if seat.has_role(Role.LEAD):
        # A draft that was cancelled before it was issued was never theirs to see.
        return own.filter(status__in=SEEN_BY_LEAD, issued_at__isnull=False)
    return own.filter(status__in=SEEN_BY_WRITER)


def work_order_get_for(user: Any, public_id: UUID) -> WorkOrder:
    """One order; raises NotFound for what is not theirs to see."""
    return one_of(work_order_list_for(user), public_id)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One move of an order or a statement, with the name of whoever made it."""

    status: str
    at: datetime
    name: str
    why: str


def history_list(subject: WorkOrder | Statement) -> list[HistoryLine]:
    """The moves of an order or a statement, oldest first. Two queries however many there are."""
    moves = list(subject.transitions.order_by("pk"))
    ids = {int(m.actor_id) for m in moves if m.actor_kind == m.ActorKind.USER and m.actor_id.isdigit()}
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}
    return [
        HistoryLine(
            status=m.to_status,
            at=m.at,
            name=names.get(int(m.actor_id), "") if m.actor_kind == m.ActorKind.USER and m.actor_id.isdigit() else "",
            why=m.why,
        )
        for m in moves
    ]


def version_list(order: WorkOrder) -> list[OrderVersion]:
    """The versions of an order's terms, the newest first."""
    return list(order.versions.select_related("proposed_by", "answered_by").order_by("-pk"))


def version_get(order: WorkOrder, public_id: UUID) -> OrderVersion:
    """One version of an order that the person may see already; raises NotFound."""
    return one_of(order.versions.select_related("work_order"), public_id)


def price_at(order: WorkOrder, at: datetime) -> Price:
    """The price that was agreed at a moment. One query for an order that was amended, none otherwise."""
    if order.version > 1:
        agreed = order.versions.filter(accepted_at__lte=at).order_by("-version").first()
        agreed = agreed or order.versions.filter(version=1).first()
        if agreed is not None:
            return Price.of_terms(agreed.terms)
    return Price(order.price_kind, order.unit_price, order.price_floor, order.price_cap, order.class_prices)


def unanswered_count(user: Any) -> int:
    """How many orders wait for the answer of a vendor's lead. One query."""
    return work_order_list_for(user).filter(status=WorkOrderStatus.ISSUED).count()


def status_counts_for(user: Any) -> dict[str, int]:
    """How many of the orders that a person may see have each status. One query."""
    rows = work_order_list_for(user).order_by().values("status").annotate(count=Count("pk"))
    return {row["status"]: row["count"] for row in rows}
