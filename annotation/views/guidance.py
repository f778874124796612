"""Guidance for writers: their word on a guideline, and for the operator the rules of an order and the examples."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotation.forms import OrderRulesForm
from annotation.selectors.operations import record_get_for
from annotation.selectors.order_rules import order_rules_of
from annotation.selectors.queue import WRITING_ROLES, task_get_for
from annotation.services.guidance import example_add, example_remove, guideline_read
from annotation.services.order_rules import order_rules_set
from annotation.views.operations import RULE_MAKERS
from config.access import role_required
from vendors.selectors import work_order_get_for

CURATORS = ("owner", "manager", "reviewer")


@require_POST
@role_required(*WRITING_ROLES)
def task_guideline_read(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The writer has read the guideline of this task's order."""
    task = task_get_for(request.user, public_id)
    guideline_read(user=request.user, version=task.work_order.guideline_version)
    if getattr(request, "htmx", None):
        return render(request, "annotation/parts/guideline_read.html")
    return redirect("annotation:task", public_id)


@require_http_methods(["GET", "POST"])
@role_required(*RULE_MAKERS)
def order_rules(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The order's list of terms, and the checks that hold a text back."""
    order = work_order_get_for(request.user, public_id)
    form = OrderRulesForm(request.POST or None, rules=order_rules_of(order.pk))
    if request.method == "POST" and form.is_valid():
        order_rules_set(
            by=request.user, order=order, terms=form.cleaned_data["terms"], blocking=form.cleaned_data["blocking"]
        )
        messages.success(request, _("These rules hold from now on."))
        return redirect("annotation:order_rules", public_id)
    status = 400 if request.method == "POST" else 200
    return render(request, "annotation/order_rules.html", {"order": order, "form": form}, status=status)


@require_POST
@role_required(*CURATORS)
def record_example(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show a record to the writers as an example, or no longer."""
    task = record_get_for(request.user, str(public_id))
    if request.POST.get("answer") == "remove":
        example_remove(by=request.user, task=task)
        messages.info(request, _("It is no longer shown to writers."))
    else:
        example_add(by=request.user, task=task, note=request.POST.get("note", ""))
        messages.success(request, _("Writers see it beside the guideline now."))
    return redirect("annotation:record", public_id)
