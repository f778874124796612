"""Agreements and guidelines: reading, signing, publishing."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from config.access import role_required, seat_of
from config.addresses import client_address
from config.markdown import markdown_html
from vendors.forms.documents import AgreementForm, GuidelineForm, SignForm
from vendors.models import Agreement, GuidelineVersion
from vendors.selectors import (
    MANAGEMENT,
    Seat,
    agreement_get,
    agreement_in_force,
    agreement_list,
    guideline_latest_list,
    guideline_version_get,
    guideline_version_list,
    signature_list_for,
)
from vendors.services import agreement_publish, agreement_sign, guideline_publish
from vendors.texts import agreement_template, guideline_template


def _language() -> str:
    return "ja" if (get_language() or "").startswith("ja") else "en"


def _body(document: Agreement | GuidelineVersion) -> SafeString:
    """The document in the reader's language; its headings go down by one, because the page has a title of its own."""
    return markdown_html(document.body_ja if _language() == "ja" else document.body_en, lowered=1)


@role_required()
@require_http_methods(["GET", "POST"])
def agreements(request: HttpRequest) -> HttpResponse:
    """The version in force, to read and to sign."""
    seat = cast(Seat, seat_of(request))
    agreement = agreement_in_force()
    signatures = list(signature_list_for(seat.user))
    own = next((s for s in signatures if agreement and s.agreement_id == agreement.pk), None)
    form = None
    if agreement and own is None:
        shown = {"language": _language(), "text_sha256": getattr(agreement, f"sha256_{_language()}")}
        form = SignForm(request.POST or None, name=seat.user.name, initial=shown)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            agreement_sign(
                user=seat.user,
                language=data["language"],
                name_as_signed=data["name_as_signed"],
                address=client_address(request),
                text_sha256=data["text_sha256"],
            )
            messages.success(request, _("Signed. Thank you."))
            return redirect("vendors:agreements")
    context = {
        "seat": seat,
        "agreement": agreement,
        "body": _body(agreement) if agreement else "",
        "own": own,
        "signatures": signatures,
        "form": form,
        "versions": agreement_list() if seat.has_role(*MANAGEMENT) else None,
    }
    return render(request, "vendors/agreements.html", context, status=422 if form and form.is_bound else 200)


@role_required()
@require_GET
def agreement(request: HttpRequest, version: int) -> HttpResponse:
    """One version, as it was published."""
    found = agreement_get(version)
    return render(request, "vendors/agreement.html", {"agreement": found, "body": _body(found)})


@role_required(*MANAGEMENT)
@require_http_methods(["GET", "POST"])
def agreement_new(request: HttpRequest) -> HttpResponse:
    """Publish a new version, beginning with the text in force, or with the template where there is none."""
    seat = cast(Seat, seat_of(request))
    newest = agreement_in_force()
    initial = (
        {"body_ja": newest.body_ja, "body_en": newest.body_en}
        if newest
        else {f"body_{code}": agreement_template(code, operator=seat.organisation.name) for code in ("ja", "en")}
    )
    form = AgreementForm(request.POST or None, initial=initial, in_force=newest)
    if request.method == "POST" and form.is_valid():
        made = agreement_publish(by=seat.user, **form.cleaned_data)
        messages.success(request, _("Version %(number)s is in force.") % {"number": made.version})
        return redirect("vendors:agreements")
    context = {"form": form, "in_force": newest}
    return render(request, "vendors/agreement_publish.html", context, status=422 if form.is_bound else 200)


@role_required()
@require_GET
def guidelines(request: HttpRequest) -> HttpResponse:
    """Every guideline in its newest version."""
    return render(request, "vendors/guidelines.html", {"guidelines": guideline_latest_list(), "seat": seat_of(request)})


@role_required()
@require_GET
def guideline(request: HttpRequest, public_id: UUID, version: int | None = None) -> HttpResponse:
    """One guideline, and its other versions."""
    found = guideline_version_get(public_id, version)
    context = {
        "version": found,
        "versions": guideline_version_list(public_id),
        "body": _body(found),
        "seat": seat_of(request),
    }
    return render(request, "vendors/guideline.html", context)


@role_required(*MANAGEMENT)
@require_http_methods(["GET", "POST"])
def guideline_new(request: HttpRequest, public_id: UUID | None = None) -> HttpResponse:
    """Publish a new guideline, or the next version of one that exists."""
    newest = guideline_version_get(public_id) if public_id else None
    initial = (
        {"name": newest.guideline.name, "body_ja": newest.body_ja, "body_en": newest.body_en}
        if newest
        else {f"body_{code}": guideline_template(code) for code in ("ja", "en")}
    )
    form = GuidelineForm(request.POST or None, initial=initial, of=newest)
    if request.method == "POST" and form.is_valid():
        made = guideline_publish(by=cast(Any, request.user), **form.cleaned_data)
        messages.success(request, _("Version %(number)s is published.") % {"number": made.version})
        return redirect("vendors:guideline", made.guideline.public_id)
    context = {"form": form, "newest": newest}
    return render(request, "vendors/guideline_publish.html", context, status=422 if form.is_bound else 200)
