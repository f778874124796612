"""How well the operator's reviewers judge, and the name of a writer for a reviewer who says why they need it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotation.models import Review
from annotation.selectors.agreement import reviewers_agreement
from annotation.selectors.calibration import calibration_by_reviewer, item_list
from annotation.selectors.operations import record_get_for
from annotation.selectors.review import REVIEWING_ROLES, review_task_get_for
from annotation.services.calibration import item_set
from annotation.services.unmasking import UnmaskingUnexplained, writer_unmask
from config.access import role_required
from config.errors import NotFound
from vendors.selectors import MANAGEMENT


@require_GET
@role_required(*MANAGEMENT)
def review_quality(request: HttpRequest) -> HttpResponse:
    agreement = reviewers_agreement()
    labels = Review.Verdict.labels
    context = {
        "agreement": agreement,
        "verdicts": labels,
        "pairs": list(zip(labels, agreement.table, strict=True)),
        "calibration": calibration_by_reviewer(),
        "items": item_list(),
    }
    return render(request, "annotation/review_quality.html", context)


@require_POST
@role_required(*REVIEWING_ROLES)
def unmask(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show who wrote a text. It is a POST, for it is written down who asked, and why."""
    task = review_task_get_for(request.user, str(public_id))
    shown: dict[str, object] = {"task": task}
    try:
        shown["writer"] = writer_unmask(reviewer=request.user, task=task, why=request.POST.get("why", ""))
    except UnmaskingUnexplained as refused:
        shown["refusal"] = refused
    template = "annotation/parts/unmask.html" if getattr(request, "htmx", None) else "annotation/unmask.html"
    return render(request, template, shown, status=400 if "refusal" in shown else 200)


@require_POST
@role_required(*MANAGEMENT)
def calibration_set(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Have the text of a record measure reviewers, or no longer."""
    task = record_get_for(request.user, str(public_id))
    if task.current_submission is None:
        raise NotFound()
    is_active = request.POST.get("answer") != "remove"
    item_set(
        by=request.user,
        submission=task.current_submission,
        verdict=request.POST.get("verdict", ""),
        why=request.POST.get("why", ""),
        is_active=is_active,
    )
    told = _("Reviewers get this text among others.") if is_active else _("Reviewers get this text no longer.")
    messages.success(request, told)
    return redirect("annotation:record", public_id)
