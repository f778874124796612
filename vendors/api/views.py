"""The API's account, orders and money."""

from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_noop as _
from rest_framework.request import Request
from rest_framework.response import Response

from config.api_operations import operation
from config.errors import BadInput
from vendors.api.base import ApiView
from vendors.api.shapes import EarningLine, Me, Order, Reason, StatementShape, page_of
from vendors.models import AccessToken, Role, Scope, WorkOrder
from vendors.progress import progress_by_order
from vendors.selectors import (
    earning_list_for,
    seat_get_for,
    statement_get_by_id_for,
    statement_list_for,
    work_order_get_for,
    work_order_list_for,
)
from vendors.selectors.access import scopes_for
from vendors.services import work_order_accept, work_order_decline
from vendors.states import WorkOrderStatus


class MeView(ApiView):
    """Whom a token or a session stands for."""

    @operation("whoAmI", _("Say whom the token stands for"), answers={200: Me})
    def get(self, request: Request) -> Response:
        token = request.auth if isinstance(request.auth, AccessToken) else None
        seat = seat_get_for(request.user)
        assert seat is not None  # nobody without one comes in
        allowed = [scope for scope in scopes_for(request.user) if token is None or scope in token.scopes]
        facts = {
            "user": request.user,
            "organisation": seat.organisation,
            "roles": sorted(seat.roles),
            "scopes": allowed,
            "token": token.name if token else None,
        }
        return Response(Me(facts).data)


STATUS_QUERY = {"status": {"schema": {"type": "string", "enum": list(WorkOrderStatus.values)}}}
MONTH_QUERY = {"month": {"schema": {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}, "example": "2026-04"}}


class OrdersView(ApiView):
    @operation(
        "listOrders",
        _("List the orders that you may see"),
        description=_(
            "Newest first: all for the operator, issued ones of the own vendor for a lead, running ones for a writer."
        ),
        scope=Scope.ORDERS,
        answers={200: page_of(Order)},
        query=STATUS_QUERY,
        is_paged=True,
    )
    def get(self, request: Request) -> Response:
        rows = work_order_list_for(request.user).order_by("-created_at")
        if wanted := request.query_params.get("status"):
            if wanted not in WorkOrderStatus.values:
                raise BadInput(field="status")
            rows = rows.filter(status=wanted)
        return self.paged(rows, Order, "-created_at", lambda found: _order_context(request, found))


class OrderView(ApiView):
    @operation("getOrder", _("Read an order"), scope=Scope.ORDERS, answers={200: Order})
    def get(self, request: Request, public_id: UUID) -> Response:
        return _order_response(request, public_id)


class OrderAcceptView(ApiView):
    @operation(
        "acceptOrder",
        _("Accept an order, as a lead"),
        description=_("Work may begin at once."),
        scope=Scope.ORDERS,
        answers={200: Order},
        problems=(409,),
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        work_order_accept(order=work_order_get_for(request.user, public_id), by=request.user)
        return _order_response(request, public_id)


class OrderDeclineView(ApiView):
    @operation(
        "declineOrder",
        _("Decline an order, as a lead"),
        scope=Scope.ORDERS,
        takes=Reason,
        answers={200: Order},
        problems=(409,),
        example={"why": "All our writers are busy until October."},
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        order = work_order_get_for(request.user, public_id)
        work_order_decline(order=order, by=request.user, why=self.checked(Reason)["why"])
        return _order_response(request, public_id)


class StatementsView(ApiView):
    @operation(
        "listStatements",
        _("List the monthly statements that you may see"),
        scope=Scope.MONEY,
        answers={200: page_of(StatementShape)},
        is_paged=True,
    )
    def get(self, request: Request) -> Response:
        return self.paged(statement_list_for(request.user), StatementShape, "-created_at")


class StatementView(ApiView):
    @operation("getStatement", _("Read a statement"), scope=Scope.MONEY, answers={200: StatementShape})
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(StatementShape(statement_get_by_id_for(request.user, public_id)).data)


class EarningsView(ApiView):
    @operation(
        "listEarnings",
        _("List the lines of the ledger that you may see"),
        description=_("Newest first: a writer's own, a lead's whole vendor, everything for those who handle money."),
        scope=Scope.MONEY,
        answers={200: page_of(EarningLine)},
        query=MONTH_QUERY,
        is_paged=True,
    )
    def get(self, request: Request) -> Response:
        rows = earning_list_for(request.user).order_by("-at")
        if wanted := request.query_params.get("month"):
            rows = rows.filter(month=_month(wanted))
        return self.paged(rows, EarningLine, "-at")


def _order_response(request: Request, public_id: UUID) -> Response:
    order = work_order_get_for(request.user, public_id)
    return Response(Order(order, context=_order_context(request, [order])).data)


def _order_context(request: Request, orders: list[WorkOrder]) -> dict[str, Any]:
    """How far the orders have come, in one query, and whether their prices are this person's to see."""
    seat = seat_get_for(request.user)
    sees_price = seat is not None and (seat.is_operator or seat.has_role(Role.LEAD))
    return {"sees_price": sees_price, "progress": progress_by_order({order.pk: order.quantity for order in orders})}


def _month(wanted: str) -> date:
    """The first day of a month such as 2026-04. Raises BadInput."""
    year, _dash, month = wanted.partition("-")
    if not (wanted.isascii() and len(wanted) == 7 and year.isdigit() and month.isdigit()):
        raise BadInput(field="month")
    try:
        return date(int(year), int(month), 1)
    except ValueError:
        raise BadInput(field="month") from None
