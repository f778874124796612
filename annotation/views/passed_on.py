"""What writers passed on, for the operator: the list with its reasons, and the answer to one instruction."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from annotation.models import InstructionSkip
from annotation.selectors.passed_on import (
    PASSED_ON_ROLES,
    passed_on_get_for,
    passed_on_list_for,
    reason_tally_for,
    skip_lists_of,
)
from annotation.services.passed_on import passed_on_keep, passed_on_reject
from config.access import role_required
from config.errors import BadInput

ROWS_A_PAGE = 25


@require_GET
@role_required(*PASSED_ON_ROLES)
def passed_on(request: HttpRequest) -> HttpResponse:
    """The instructions that wait for an answer, all of them or those with one reason."""
    wanted = request.GET.get("reason", "")
    reason = wanted if wanted in InstructionSkip.Reason.values else ""
    page = Paginator(passed_on_list_for(request.user, reason), ROWS_A_PAGE).get_page(request.GET.get("page"))
    said = skip_lists_of(list(page.object_list))
    labels = {"": _("All")} | {reason.value: reason.short for reason in InstructionSkip.Reason}
    context = {
        "page_obj": page,
        "rows": [(instruction, said[instruction.pk]) for instruction in page.object_list],
        "tabs": [(line, labels[line.reason]) for line in reason_tally_for(request.user)],
        "reason": reason,
        "query": f"reason={reason}&" if reason else "",
    }
    return render(request, "annotation/passed_on.html", context)


@require_POST
@role_required(*PASSED_ON_ROLES)
def passed_on_answer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Leave one in the queue or take it out, with a reason; then back to the list as it was."""
    instruction = passed_on_get_for(request.user, public_id)
    why, answer = request.POST.get("why", ""), request.POST.get("answer")
    if answer == "keep":
        passed_on_keep(by=request.user, instruction=instruction, why=why)
        messages.success(request, _("It stays in the queue."))
    elif answer == "reject":
        ended = passed_on_reject(by=request.user, instruction=instruction, why=why)
        told = ngettext("Rejected, and %(count)s task cancelled.", "Rejected, and %(count)s tasks cancelled.", ended)
        messages.success(request, told % {"count": ended})
    else:
        raise BadInput()
    return redirect("annotation:passed_on")
