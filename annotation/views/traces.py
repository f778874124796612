"""The writer's word on being recorded, and the record of how a text was written, shown to its writer."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from annotation.selectors.queue import WRITING_ROLES, task_get_for
from annotation.selectors.traces import trace_choice_of, trace_get_for
from annotation.services.traces import trace_choose
from annotation.views.trace_words import trace_told
from config.access import role_required
from config.errors import BadInput

CHOICES = {"recorded": True, "off": False}


@require_http_methods(["GET", "POST"])
@role_required(*WRITING_ROLES)
def recording(request: HttpRequest) -> HttpResponse:
    """GET: what is recorded while somebody writes, and their word on it. POST: that word, then back to `next`."""
    if request.method == "GET":
        return render(request, "annotation/recording.html", {"choice": trace_choice_of(request.user)})
    word = CHOICES.get(request.POST.get("word", ""))
    if word is None:
        raise BadInput()
    trace_choose(writer=request.user, is_recorded=word)
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return redirect(back)
    messages.success(request, _("Your choice is on record."))
    return redirect("annotation:recording")


@require_GET
@role_required(*WRITING_ROLES)
def task_trace(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How the writer's own text of a task was written, as far as it was recorded."""
    task = task_get_for(request.user, public_id)
    kept = trace_get_for(request.user, task)
    return render(request, "annotation/trace.html", {"task": task, "told": trace_told(kept), "kept": kept})
