"""The writer's room: what to do now, the way to the next task, and what came of earlier ones."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotation.forms import SkipForm
from annotation.models import Task
from annotation.selectors.queue import (
    WRITING_ROLES,
    history_list_for,
    queue_state_for,
    task_get_for,
    work_summary_for,
)
from annotation.selectors.review_reasons import reason_words
from annotation.services.queue import task_claim, task_pause, task_release, task_skip, task_take
from annotation.services.submissions import submission_recall
from annotation.views.words import queue_words
from collection.views.visitor import participant_of
from config.access import role_required
from config.errors import BadInput

ROWS_A_PAGE = 30
ROWS_ON_FRONT = 8


@require_GET
@role_required(*WRITING_ROLES)
def work(request: HttpRequest) -> HttpResponse:
    """What to do now."""
    summary = work_summary_for(request.user)
    context = {
        "summary": summary,
        "why": queue_words(summary.state),
        "history": history_list_for(request.user)[:ROWS_ON_FRONT],
        "reason_words": reason_words(request.LANGUAGE_CODE),
    }
    return render(request, "annotation/work.html", context)


@require_GET
@role_required(*WRITING_ROLES)
def work_history(request: HttpRequest) -> HttpResponse:
    """Every text this writer handed in, with what reviewers said."""
    page = Paginator(history_list_for(request.user), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "reason_words": reason_words(request.LANGUAGE_CODE)}
    return render(request, "annotation/history.html", context)


@require_POST
@role_required(*WRITING_ROLES)
def work_claim(request: HttpRequest) -> HttpResponse:
    """Claim the next task and go to it."""
    return to_next(request)


@require_POST
@role_required(*WRITING_ROLES)
def task_back(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Put the task in hand back."""
    task_release(writer=request.user, task=task_get_for(request.user, public_id))
    messages.info(request, _("Put back. Your draft is kept, in case you take it up again."))
    return redirect("annotation:work")


@require_POST
@role_required(*WRITING_ROLES)
def task_leave(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Leave the task in hand for a while."""
    until = task_pause(writer=request.user, task=task_get_for(request.user, public_id))
    told = _("Paused. It stays yours until %(time)s; after that somebody else may take it, and your text is kept.")
    messages.info(request, told % {"time": formats.date_format(timezone.localtime(until), "SHORT_DATETIME_FORMAT")})
    return redirect("annotation:work")


@require_POST
@role_required(*WRITING_ROLES)
def task_pass(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Pass the task on to others and claim the next."""
    found = task_get_for(request.user, public_id)
    form = SkipForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("Choose why you pass this task on."), fields=form.errors.get_json_data())
    task_skip(writer=request.user, task=found, **form.cleaned_data)
    messages.info(request, _("Passed on. You will not be offered this instruction again."))
    return to_next(request)


@require_POST
@role_required(*WRITING_ROLES)
def task_again(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take up a task that was begun earlier."""
    task = task_take(writer=request.user, task=task_get_for(request.user, public_id), asker=participant_of(request))
    return redirect("annotation:task", task.public_id)


@require_POST
@role_required(*WRITING_ROLES)
def task_recall(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Call a sent text back while nobody judges it."""
    task = submission_recall(writer=request.user, task=task_get_for(request.user, public_id))
    messages.info(request, _("Called back. Change it and send it again."))
    return redirect("annotation:task", task.public_id)


def to_next(request: HttpRequest) -> HttpResponse:
    """Claim the next task and go to it, or say why there is none."""
    task: Task | None = task_claim(writer=request.user, asker=participant_of(request))
    if task is not None:
        return redirect("annotation:task", task.public_id)
    messages.info(request, queue_words(queue_state_for(request.user)).text)
    return redirect("annotation:work")
