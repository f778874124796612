"""Work orders: the list, making one, and its moves."""

from datetime import date
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.access import role_required, seat_of
from config.errors import BadInput
from vendors.forms.orders import LEASES, WorkOrderForm
from vendors.forms.people import ReasonForm
from vendors.models import Role, WorkOrder
from vendors.progress import progress_by_order
from vendors.sampling import plan_of
from vendors.selectors import (
    MANAGEMENT,
    MONEY,
    Seat,
    hands_count,
    history_list,
    status_counts_for,
    version_list,
    work_order_get_for,
    work_order_list_for,
)
from vendors.services import (
    work_order_accept,
    work_order_activate,
    work_order_cancel,
    work_order_close,
    work_order_complete,
    work_order_create,
    work_order_decline,
    work_order_issue,
)
from vendors.states import WORK_ORDER_MOVES, WorkOrderStatus
from vendors.supply import Choice, categories, supply_find

ORDERS_PER_PAGE = 25


@role_required()
@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """The orders a person may see, of one status or all."""
    counts = status_counts_for(request.user)
    chosen = request.GET.get("status", "")
    rows = work_order_list_for(request.user)
    if chosen in WorkOrderStatus.values:
        rows = rows.filter(status=chosen)
    page = Paginator(rows, ORDERS_PER_PAGE).get_page(request.GET.get("page"))
    progress = progress_by_order({order.pk: order.quantity for order in page})
    context = {
        "page_obj": page,
        "lines": [{"order": order, "progress": progress[order.pk], "is_late": _is_late(order)} for order in page],
        "tabs": [(status, status.label, counts[status]) for status in WorkOrderStatus if counts.get(status)],
        "total": sum(counts.values()),
        "chosen": chosen,
        "query": f"status={chosen}&" if chosen in WorkOrderStatus.values else "",
        "seat": seat_of(request),
    }
    return render(request, "vendors/orders.html", context)


@role_required()
@require_GET
def order(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One order: terms, progress, history, and the moves open to the person."""
    seat = cast(Seat, seat_of(request))
    found = work_order_get_for(request.user, public_id)
    open_moves = WORK_ORDER_MOVES[found.status]
    manages = seat.has_role(*MANAGEMENT)
    leads = seat.has_role(Role.LEAD)
    context = {
        "order": found,
        "progress": progress_by_order({found.pk: found.quantity})[found.pk],
        "has_progress": found.issued_at is not None and found.status != WorkOrderStatus.CANCELLED,
        "class_prices": [(label, found.class_prices[key]) for key, label in categories() if key in found.class_prices],
        "chosen": [label for key, label in categories() if key in found.choice.get("categories", ())],
        "chosen_bounds": _bounds(found) if manages else [],
        "lease": dict(LEASES).get(found.lease_seconds)
        or ngettext("%(count)s minute", "%(count)s minutes", found.lease_seconds // 60)
        % {"count": found.lease_seconds // 60},
        "manages": manages,
        "writes": seat.has_role(Role.WRITER),
        "versions": version_list(found) if manages or leads else [],
        "may_amend": (manages or leads) and found.status == WorkOrderStatus.ACTIVE,
        "reads_thread": found.issued_at is not None and (manages or leads or seat.has_role(Role.REVIEWER, Role.WRITER)),
        "sees_standing": seat.has_role(*MONEY, Role.LEAD),
        "total": found.quantity * found.unit_price,
        "is_late": _is_late(found),
        "history": _named(history_list(found)) if manages or leads else [],
        "sees_price": seat.is_operator or leads,
        "may_issue": manages and WorkOrderStatus.ISSUED in open_moves,
        "may_cancel": manages and WorkOrderStatus.CANCELLED in open_moves,
        "may_complete": manages and WorkOrderStatus.COMPLETED in open_moves,
        "may_reopen": manages and found.status == WorkOrderStatus.COMPLETED,
        "may_close": manages and WorkOrderStatus.CLOSED in open_moves,
        "may_answer": leads and found.status == WorkOrderStatus.ISSUED,
        "form": ReasonForm(),
    }
    return render(request, "vendors/order.html", context)


@role_required(*MANAGEMENT)
@require_http_methods(["GET", "POST"])
def order_create(request: HttpRequest) -> HttpResponse:
    """Write a new order; it stays a draft until it is issued."""
    initial = {"vendor": request.GET.get("vendor")}
    form = WorkOrderForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = work_order_create(by=cast(Any, request.user), **form.terms())
        messages.success(
            request, _("Draft %(number)s is saved. Read it once more, then issue it.") % {"number": made.number}
        )
        return redirect("vendors:order", made.public_id)
    return render(request, "vendors/order_form.html", {"form": form}, status=422 if form.is_bound else 200)


@role_required(*MANAGEMENT)
@require_GET
def supply(request: HttpRequest) -> HttpResponse:
    """How many instructions the order could take, some of them to read, and what it would cost; asked while it is written."""
    form = WorkOrderForm(request.GET, user=request.user)
    form.is_valid()
    quantity, each = form.cleaned_data.get("quantity") or 0, form.cleaned_data.get("outputs_each") or 1
    wanted = -(-quantity // each)
    found = supply_find(form.choice(), wanted)
    counts = {category: count * each for category, count in found.by_category.items()}
    ends = form.cleaned_data.get("min_characters") or 1, form.cleaned_data.get("max_characters") or 1
    least, most = form.price().span(counts, *ends)
    data = form.cleaned_data
    hands = None
    if data.get("vendor"):
        hands = hands_count(
            data["vendor"],
            language=form.choice().language,
            competence=data.get("competence") or "",
            qualification=data.get("qualification"),
        )
    context = {
        "supply": found,
        "hands": hands,
        "form": form,
        "wanted": wanted,
        "is_enough": found.count >= wanted,
        "least": least,
        "most": most,
    }
    lots = form.lots()
    if lots is not None:
        context |= {"lot_size": lots.size, "plan": plan_of(lots.size, lots.level, lots.aql)}
    return render(request, "vendors/parts/supply.html", context)


@role_required(*MANAGEMENT)
@require_POST
def issue(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Send the order to its vendor."""
    work_order_issue(order=work_order_get_for(request.user, public_id), by=cast(Any, request.user))
    return _done(request, public_id, _("The order was issued. Its vendor can answer now."))


@role_required(Role.LEAD)
@require_POST
def accept(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The vendor takes the order."""
    work_order_accept(order=work_order_get_for(request.user, public_id), by=cast(Any, request.user))
    return _done(request, public_id, _("You accepted the order. Your writers can begin."))


@role_required(Role.LEAD)
@require_POST
def decline(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The vendor refuses the order."""
    found = work_order_get_for(request.user, public_id)
    work_order_decline(order=found, by=cast(Any, request.user), why=given_reason(request))
    return _done(request, public_id, _("You declined the order."))


@role_required(*MANAGEMENT)
@require_POST
def cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Withdraw the order before work begins."""
    found = work_order_get_for(request.user, public_id)
    work_order_cancel(order=found, by=cast(Any, request.user), why=given_reason(request))
    return _done(request, public_id, _("The order was cancelled."))


@role_required(*MANAGEMENT)
@require_POST
def complete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say that everything ordered has come."""
    work_order_complete(order=work_order_get_for(request.user, public_id), by=cast(Any, request.user))
    return _done(request, public_id, _("The order is complete."))


@role_required(*MANAGEMENT)
@require_POST
def reopen(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Open a completed order again."""
    work_order_activate(order=work_order_get_for(request.user, public_id), by=cast(Any, request.user))
    return _done(request, public_id, _("The order is open again."))


@role_required(*MANAGEMENT)
@require_POST
def close(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End the order for good."""
    found = work_order_get_for(request.user, public_id)
    work_order_close(order=found, by=cast(Any, request.user), why=given_reason(request))
    return _done(request, public_id, _("The order was closed."))


def given_reason(request: HttpRequest) -> str:
    """The reason in a request; raises BadInput without one."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("Please give a reason. The other side reads it."))
    return cast(str, form.cleaned_data["why"])


def _done(request: HttpRequest, public_id: UUID, message: str) -> HttpResponse:
    messages.success(request, message)
    return redirect("vendors:order", public_id)


def _bounds(order: WorkOrder) -> list[str]:
    """How the instructions of an order are bounded by length and age, in words."""
    choice, said = Choice.of_order(order.language, order.choice), []
    if choice.shortest or choice.longest:
        ends = {"least": choice.shortest or 1, "most": choice.longest or "…"}
        said.append(_("%(least)s–%(most)s characters") % ends)
    if choice.since or choice.until:
        days = {"since": _day(choice.since), "until": _day(choice.until)}
        said.append(_("received %(since)s–%(until)s") % days)
    return said


def _day(day: date | None) -> str:
    return date_format(day, "SHORT_DATE_FORMAT") if day else ""


def _is_late(order: WorkOrder) -> bool:
    return order.status == WorkOrderStatus.ACTIVE and order.due_on < timezone.localdate()


def _named(history: list[Any]) -> list[dict[str, Any]]:
    return [{"line": line, "label": WorkOrderStatus(line.status).label} for line in history]
