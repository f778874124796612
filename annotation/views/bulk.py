"""Acting on everything a search found: the look at what it would do, the start, and the page that shows how far it is."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.jobs import bulk_queue
from annotation.models import BulkJob
from annotation.selectors.bulk import BULK_ROLES, KIND_OF, bulk_job_get_for, bulk_job_list_for
from annotation.services.bulk import Preview, bulk_preview, bulk_start, bulk_stop, bulk_undo
from annotation.services.bulk_acts import can_undo
from annotation.states import TaskStatus
from annotation.views.search import SearchForm
from collection.states import InstructionStatus
from config.access import role_required
from config.errors import BadInput, Conflict, NotFound

ROWS_A_PAGE = 25


@require_GET
@role_required(*BULK_ROLES)
def bulk(request: HttpRequest) -> HttpResponse:
    """The jobs, newest first."""
    page = Paginator(bulk_job_list_for(request.user), ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "annotation/bulk.html", {"page_obj": page})


@require_http_methods(["GET", "POST"])
@role_required(*BULK_ROLES)
def bulk_new(request: HttpRequest) -> HttpResponse:
    """What the act would do to what the address finds; then, with a reason, its start."""
    action = request.GET.get("action", "")
    if action not in KIND_OF:
        raise NotFound()
    form = SearchForm(request.GET)
    chosen = form.chosen()
    problem = ""
    if request.method == "POST":
        seen = request.POST.get("seen", "")
        why = request.POST.get("why", "")
        try:
            with transaction.atomic():
                job = bulk_start(
                    by=request.user, action=action, chosen=chosen, why=why, seen=int(seen) if seen.isdecimal() else -1
                )
                transaction.on_commit(lambda: bulk_queue(job.pk))
            return redirect("annotation:bulk_job", job.public_id)
        except (BadInput, Conflict) as refused:
            problem = str(refused)
    preview = bulk_preview(user=request.user, action=action, chosen=chosen)
    context = {
        "preview": preview,
        "label": BulkJob.Action(action).label,
        "changes": _counted(preview, preview.changes),
        "leaves": _counted(preview, preview.leaves),
        "search_query": _query(request, kind=KIND_OF[action]),
        "problem": problem,
    }
    return render(request, "annotation/bulk_new.html", context, status=422 if problem else 200)


@require_GET
@role_required(*BULK_ROLES)
def bulk_job(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One job; for htmx only how far it is."""
    job = bulk_job_get_for(request.user, public_id)
    part = bool(getattr(request, "htmx", None))
    return render(request, "annotation/parts/bulk_state.html" if part else "annotation/bulk_job.html", _context(job))


@require_POST
@role_required(*BULK_ROLES)
def bulk_change(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Stop a job, or take back what it did."""
    job = bulk_job_get_for(request.user, public_id)
    if request.POST.get("answer") == "undo":
        with transaction.atomic():
            bulk_undo(job=job, by=request.user)
            transaction.on_commit(lambda: bulk_queue(job.pk))
        messages.success(request, _("It is being taken back."))
    elif request.POST.get("answer") == "stop":
        bulk_stop(job=job, by=request.user)
        messages.success(request, _("Stopped. What was done stays done."))
    else:
        raise BadInput()
    return redirect("annotation:bulk_job", public_id)


def _context(job: Any) -> dict[str, Any]:
    status = BulkJob.Status
    settled = job.undone + job.refused if job.status in (status.UNDOING, status.UNDONE) else job.total - job.left
    return {
        "job": job,
        "settled": settled,
        "total": job.total if job.noting_up_to is None else max(job.expected, job.total),
        "is_going_on": job.status in (status.RUNNING, status.UNDOING),
        "may_undo": can_undo(job.action) and job.status in (status.FINISHED, status.STOPPED) and job.changed > 0,
    }


def _counted(preview: Preview, counts: Any) -> list[tuple[str, str, int]]:
    words = dict((InstructionStatus if KIND_OF[preview.action] == "instruction" else TaskStatus).choices)
    return [(status, str(words.get(status, status)), count) for status, count in counts.items()]


def _query(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    query.pop("action", None)
    query.update(changes)
    return query.urlencode()
