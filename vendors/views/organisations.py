"""The vendors, as the operator keeps them."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from config.access import role_required, seat_of
from config.errors import NotFound
from vendors.forms.people import OrganisationForm
from vendors.selectors import (
    MANAGEMENT,
    MONEY,
    competence_labels,
    language_labels,
    operator_get,
    people_of_vendor_list_for,
    vendor_get_for,
    vendor_overview_for,
    work_order_list_for,
)
from vendors.services import organisation_create, organisation_update

VENDORS_PER_PAGE = 50
ORDERS_SHOWN = 10


@role_required(*MONEY)
@require_GET
def vendors(request: HttpRequest) -> HttpResponse:
    """Every vendor."""
    page = Paginator(vendor_overview_for(request.user), VENDORS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "vendors/vendors.html", {"page_obj": page, "seat": seat_of(request)})


@role_required(*MONEY)
@require_GET
def vendor(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One vendor: particulars, people, latest orders."""
    found = vendor_get_for(request.user, public_id)
    context = {
        "vendor": found,
        "languages": language_labels(found.languages),
        "competences": competence_labels(found.competences),
        "people": people_of_vendor_list_for(request.user, found),
        "orders": work_order_list_for(request.user).filter(vendor=found)[:ORDERS_SHOWN],
        "seat": seat_of(request),
    }
    return render(request, "vendors/vendor.html", context)


@role_required(*MANAGEMENT)
@require_http_methods(["GET", "POST"])
def vendor_create(request: HttpRequest) -> HttpResponse:
    """Add a vendor."""
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = organisation_create(by=cast(Any, request.user), **form.cleaned_data)
        messages.success(request, _("%(name)s was added. Invite its lead next.") % {"name": made.name})
        return redirect("vendors:vendor", made.public_id)
    return render(request, "vendors/vendor_form.html", {"form": form}, status=422 if form.is_bound else 200)


@role_required(*MANAGEMENT)
@require_http_methods(["GET", "POST"])
def vendor_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change a vendor's particulars."""
    found = vendor_get_for(request.user, public_id)
    form = OrganisationForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        organisation_update(organisation=found, by=cast(Any, request.user), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("vendors:vendor", public_id)
    context = {"form": form, "vendor": vendor_get_for(request.user, public_id)}
    return render(request, "vendors/vendor_form.html", context, status=422 if form.is_bound else 200)


@role_required(*MANAGEMENT)
@require_http_methods(["GET", "POST"])
def ours(request: HttpRequest) -> HttpResponse:
    """Change what our own documents say of us."""
    operator = operator_get()
    if operator is None:
        raise NotFound()
    form = OrganisationForm(request.POST or None, instance=operator)
    if request.method == "POST" and form.is_valid():
        organisation_update(organisation=operator, by=cast(Any, request.user), is_active=True, **form.cleaned_data)
        messages.success(request, _("Saved. Orders and statements say so from now on."))
        return redirect("vendors:vendors")
    context = {"form": form, "is_ours": True}
    return render(request, "vendors/vendor_form.html", context, status=422 if form.is_bound else 200)
