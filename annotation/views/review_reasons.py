"""The reasons of review, for those who run the operation: listed, added, changed, with every version."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from annotation.forms import ReviewReasonForm
from annotation.selectors.review_reasons import reason_get, reason_list, version_list_of
from annotation.services.review_reasons import ReasonExists, reason_add, reason_change
from config.access import role_required
from vendors.selectors import MANAGEMENT


@require_GET
@role_required(*MANAGEMENT)
def reasons(request: HttpRequest) -> HttpResponse:
    return render(request, "annotation/review_reasons.html", {"reasons": reason_list()})


@require_http_methods(["GET", "POST"])
@role_required(*MANAGEMENT)
def reason_new(request: HttpRequest) -> HttpResponse:
    form = ReviewReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reason_add(by=request.user, **form.cleaned_data)
        except ReasonExists as refused:
            form.add_error("code", str(refused))
        else:
            messages.success(request, _("Reviewers can choose this reason now."))
            return redirect("annotation:review_reasons")
    status = 400 if request.method == "POST" else 200
    return render(request, "annotation/review_reason.html", {"form": form, "versions": []}, status=status)


@require_http_methods(["GET", "POST"])
@role_required(*MANAGEMENT)
def reason(request: HttpRequest, code: str) -> HttpResponse:
    """One reason: its words, and what it said before."""
    found = reason_get(code)
    form = ReviewReasonForm(request.POST or None, reason=found)
    if request.method == "POST" and form.is_valid():
        changed = reason_change(by=request.user, reason=found, **form.cleaned_data)
        messages.success(request, _("Saved. Version %(number)s holds from now on.") % {"number": changed.version})
        return redirect("annotation:review_reasons")
    status = 400 if request.method == "POST" else 200
    context = {"form": form, "reason": found, "versions": version_list_of(found)}
    return render(request, "annotation/review_reason.html", context, status=status)
