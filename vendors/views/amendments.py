"""The order's document in its versions, and amendments: proposing, accepting, declining."""

from datetime import date
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.access import role_required, seat_of
from vendors.forms.orders import AmendmentForm
from vendors.forms.people import ReasonForm
from vendors.models import OrderVersion, Role
from vendors.papers.order import BASIS
from vendors.papers.order_sheet import order_pdf
from vendors.selectors import MANAGEMENT, MONEY, Seat, version_get, work_order_get_for
from vendors.services import amendment_accept, amendment_decline, amendment_propose
from vendors.views.ledger import file_response
from vendors.views.orders import given_reason
from vendors.wording import day_text


@role_required(*MONEY, Role.LEAD)
@require_GET
def version(request: HttpRequest, public_id: UUID, version_id: UUID) -> HttpResponse:
    """One version of the order's document as a page, with the answer that is open to the reader."""
    seat = cast(Seat, seat_of(request))
    found = _version(request, public_id, version_id)
    is_open = found.version > 1 and found.accepted_at is None and found.declined_at is None
    sides = seat.has_role(*MANAGEMENT, Role.LEAD)
    context = {
        "order": found.work_order,
        "version": found,
        "document": found.document,
        "dated": day_text(date.fromisoformat(found.document["dated"])),
        "basis": BASIS,
        "is_open": is_open,
        "may_accept": is_open and sides and seat.is_operator != found.is_by_operator,
        "may_decline": is_open and sides,
        "form": ReasonForm(),
    }
    return render(request, "vendors/order_version.html", context)


@role_required(*MONEY, Role.LEAD)
@require_GET
def pdf(request: HttpRequest, public_id: UUID, version_id: UUID) -> HttpResponse:
    """One version of the order's document as PDF, always as it was written."""
    found = _version(request, public_id, version_id)
    name = f"order-{found.work_order.number}-{found.version}.pdf"
    return file_response(order_pdf(found.document), "application/pdf", name, is_shown=True)


@role_required(*MANAGEMENT, Role.LEAD)
@require_http_methods(["GET", "POST"])
def amend(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Propose new terms to the other side."""
    order = work_order_get_for(request.user, public_id)
    form = AmendmentForm(request.POST or None, instance=order)
    if request.method == "POST" and form.is_valid():
        why, changes = form.cleaned_data["why"], form.changes()
        fresh = work_order_get_for(request.user, public_id)
        made = amendment_propose(order=fresh, changes=changes, why=why, by=cast(Any, request.user))
        messages.success(request, _("The amendment is proposed. It is in force once the other side accepts it."))
        return redirect("vendors:order_version", public_id, made.public_id)
    context = {"order": work_order_get_for(request.user, public_id), "form": form}
    return render(request, "vendors/amendment_form.html", context, status=422 if form.is_bound else 200)


@role_required(*MANAGEMENT, Role.LEAD)
@require_POST
def accept(request: HttpRequest, public_id: UUID, version_id: UUID) -> HttpResponse:
    """Let the amendment be in force."""
    amendment_accept(version=_version(request, public_id, version_id), by=cast(Any, request.user))
    messages.success(request, _("The amendment is in force."))
    return redirect("vendors:order", public_id)


@role_required(*MANAGEMENT, Role.LEAD)
@require_POST
def decline(request: HttpRequest, public_id: UUID, version_id: UUID) -> HttpResponse:
    """Refuse the amendment, or take it back."""
    found = _version(request, public_id, version_id)
    amendment_decline(version=found, by=cast(Any, request.user), why=given_reason(request))
    messages.success(request, _("The terms stay as they were."))
    return redirect("vendors:order", public_id)


def _version(request: HttpRequest, public_id: UUID, version_id: UUID) -> OrderVersion:
    return version_get(work_order_get_for(request.user, public_id), version_id)
