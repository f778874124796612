"""Qualifications for those who run them: what they ask, who holds them, and the trial texts to judge."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.access import role_required, seat_of
from vendors.forms.people import ReasonForm
from vendors.forms.qualifications import GrantForm, QualificationForm, TestForms, VerdictForm
from vendors.models import Role
from vendors.selectors import (
    JUDGES,
    MANAGEMENT,
    Seat,
    holder_list,
    holding_get,
    holding_list_for,
    qualification_get,
    qualification_list,
    trial_get,
    trial_list,
    version_newest,
)
from vendors.services import (
    holding_grant,
    holding_revoke,
    holding_suspend,
    qualification_publish,
    trial_judge,
)
from vendors.views.orders import given_reason


@role_required(*JUDGES, Role.WRITER)
@require_GET
def qualifications(request: HttpRequest) -> HttpResponse:
    """Every qualification: with its holders for those who run them, with the own standing for a writer."""
    seat = cast(Seat, seat_of(request))
    own = {holding.qualification_id: holding for holding in holding_list_for(seat.user)}
    context = {
        "lines": [{"qualification": found, "own": own.get(found.pk)} for found in qualification_list()],
        "seat": seat,
        "judges": seat.has_role(*JUDGES),
        "manages": seat.has_role(*MANAGEMENT),
    }
    return render(request, "vendors/qualifications.html", context)


@role_required(*JUDGES)
@require_GET
def qualification(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One qualification: the trials that wait, what it asks now, and who holds it."""
    seat = cast(Seat, seat_of(request))
    found = qualification_get(public_id)
    context = {
        "qualification": found,
        "version": version_newest(found),
        "trials": trial_list(found),
        "holders": holder_list(found),
        "manages": seat.has_role(*MANAGEMENT),
        "form": ReasonForm(),
        "grant_form": GrantForm(),
    }
    return render(request, "vendors/qualification.html", context)


@role_required(*MANAGEMENT)
@require_http_methods(["GET", "POST"])
def qualification_new(request: HttpRequest, public_id: UUID | None = None) -> HttpResponse:
    """Publish a new qualification, or the next version of one that exists."""
    found = qualification_get(public_id) if public_id else None
    newest = version_newest(found) if found else None
    initial = {"name": found.name, "guideline": found.guideline_id, "asks_again": False} if found else {}
    form = QualificationForm(request.POST or None, instance=newest, of=found, initial=initial)
    tests = TestForms(request.POST or None, newest=newest)
    if request.method == "POST" and all([form.is_valid(), tests.is_valid()]):
        data = form.cleaned_data
        made = qualification_publish(by=cast(Any, request.user), qualification=found, **tests.asked(), **data)
        messages.success(request, _("Version %(number)s is in force.") % {"number": made.version})
        return redirect("vendors:qualification", made.qualification.public_id)
    context = {"form": form, "tests": tests, "qualification": found}
    return render(request, "vendors/qualification_publish.html", context, status=422 if form.is_bound else 200)


@role_required(*MANAGEMENT)
@require_POST
def grant(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give somebody the qualification, or give it back."""
    found = qualification_get(public_id)
    form = GrantForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a writer, and give a reason."))
        return redirect("vendors:qualification", public_id)
    person = form.cleaned_data["person"]
    holding_grant(qualification=found, user=person, by=cast(Any, request.user), why=form.cleaned_data["why"])
    messages.success(request, _("%(name)s holds it now.") % {"name": person.name})
    return redirect("vendors:qualification", public_id)


@role_required(*MANAGEMENT)
@require_POST
def suspend(request: HttpRequest, public_id: UUID, holding_id: UUID) -> HttpResponse:
    """Take it from somebody for a while."""
    holding = holding_get(qualification_get(public_id), holding_id)
    holding_suspend(holding=holding, by=cast(Any, request.user), why=given_reason(request))
    messages.success(request, _("Suspended. What is in hand may be finished."))
    return redirect("vendors:qualification", public_id)


@role_required(*MANAGEMENT)
@require_POST
def revoke(request: HttpRequest, public_id: UUID, holding_id: UUID) -> HttpResponse:
    """Take it from somebody."""
    holding = holding_get(qualification_get(public_id), holding_id)
    holding_revoke(holding=holding, by=cast(Any, request.user), why=given_reason(request))
    messages.success(request, _("Revoked. What is in hand may be finished."))
    return redirect("vendors:qualification", public_id)


@role_required(*JUDGES)
@require_http_methods(["GET", "POST"])
def trial(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One trial text, to read and to judge."""
    found = trial_get(public_id)
    form = VerdictForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        is_accepted = request.POST.get("verdict") == "accept"
        if not is_accepted and not form.cleaned_data["note"].strip():
            form.add_error("note", _("Tell the writer what to change."))
        else:
            trial_judge(
                trial=found, by=cast(Any, request.user), is_accepted=is_accepted, note=form.cleaned_data["note"]
            )
            messages.success(request, _("The writer sees your word now."))
            return redirect("vendors:qualification", found.version.qualification.public_id)
    context = {"trial": found, "prompt": found.version.trials[found.number - 1], "form": form}
    return render(request, "vendors/trial.html", context, status=422 if form.is_bound else 200)
