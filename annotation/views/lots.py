"""The lots of an order, for the operator and for the vendor's lead: what collects, what was drawn, what came of it."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotation.models import Lot
from annotation.selectors.lots import fate_counts, lot_get_of, lot_list_of, open_lot_of, sample_faults, sample_of
from annotation.services.lots import lot_hand_over
from config.access import role_required, seat_of
from config.errors import NotFound
from vendors.models import Role, User, WorkOrder
from vendors.sampling import plan_of
from vendors.selectors import MANAGEMENT, MONEY, Seat, work_order_get_for


@require_GET
@role_required(*MONEY, Role.LEAD)
def order_lots(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The lot that collects, and those that are closed."""
    order = _order(request, public_id)
    collects = open_lot_of(order)
    plan = plan_of(collects.size, order.lot_level, order.lot_aql) if collects.size else None
    seat = cast(Seat, seat_of(request))
    context = {
        "order": order,
        "collects": collects,
        "plan": plan,
        "rows": lot_list_of(order),
        "may_close": collects.size and seat.has_role(*MANAGEMENT, Role.LEAD),
    }
    return render(request, "annotation/lots.html", context)


@require_POST
@role_required(*MANAGEMENT, Role.LEAD)
def lot_close(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Hand the lot over before it is full."""
    lot = lot_hand_over(order=_order(request, public_id), by=cast(User, request.user))
    told = _("Lot %(number)s is closed: %(sample)s of its %(size)s outputs are read.")
    messages.success(request, told % {"number": lot.number, "sample": lot.sample_size, "size": lot.size})
    return redirect("annotation:order_lots", public_id)


@require_GET
@role_required(*MONEY, Role.LEAD)
def lot(request: HttpRequest, public_id: UUID, number: int) -> HttpResponse:
    """One lot: its plan, its sample, and once it is decided the key with which anybody draws again."""
    order = _order(request, public_id)
    row = lot_get_of(order, number)
    is_decided = row.lot.status != Lot.Status.INSPECTING
    context = {
        "order": order,
        "row": row,
        "lot": row.lot,
        "sample": sample_of(row.lot),
        "faults": sample_faults(row.lot),
        "key": bytes(row.lot.key).hex() if is_decided else "",
        "fates": fate_counts(row.lot) if is_decided else [],
    }
    return render(request, "annotation/lot.html", context)


def _order(request: HttpRequest, public_id: UUID) -> WorkOrder:
    order = work_order_get_for(request.user, public_id)
    if order.inspection != WorkOrder.Inspection.LOT:
        raise NotFound()
    return order
