"""Earlier versions of a draft: to look through, and to put one back."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotation.selectors.queue import WRITING_ROLES, draft_get_for, task_get_for
from annotation.selectors.revisions import Earlier, revision_get_of, revision_list_of
from annotation.services.drafts import draft_restore
from annotation.states import TaskStatus
from collection.services.differences import Line, text_differences
from config.access import role_required
from config.errors import NotFound

ROWS_A_PAGE = 40
# Comparing sign by sign takes time by the square: longer texts are shown whole.
COMPARED_CHARACTERS = 6000


@require_GET
@role_required(*WRITING_ROLES)
def task_revisions(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The copies of the writer's draft, and one of them beside the draft as it is now."""
    task = task_get_for(request.user, public_id)
    draft = draft_get_for(request.user, task)
    if draft is None:
        raise NotFound()
    page = Paginator(revision_list_of(draft), ROWS_A_PAGE).get_page(request.GET.get("page"))
    wanted = request.GET.get("revision", "")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else None
    if number is None:  # the one before what stands now, or the only one
        rows = list(page.object_list[:2])
        number = rows[-1].revision if rows else None
    chosen = revision_get_of(draft, number) if number is not None else None
    context = {
        "task": task,
        "page_obj": page,
        "query": f"revision={number}&" if wanted and number is not None else "",
        "chosen": chosen,
        "lines": _differences(chosen) if chosen else [],
        "is_in_hand": task.writer_id == request.user.pk and task.status == TaskStatus.CLAIMED,
    }
    return render(request, "annotation/revisions.html", context)


@require_POST
@role_required(*WRITING_ROLES)
def task_restore(request: HttpRequest, public_id: UUID, revision: int) -> HttpResponse:
    """Put a copy back as the newest text, and go on writing from it."""
    task = task_get_for(request.user, public_id)
    draft_restore(writer=request.user, task=task, revision=revision)
    messages.success(request, _("The earlier version is back. What stood there before is kept among the versions."))
    return redirect("annotation:task", public_id)


def _differences(earlier: Earlier) -> list[Line]:
    texts = (earlier.copy.text, earlier.draft.text)
    return text_differences(*texts) if max(map(len, texts)) <= COMPARED_CHARACTERS else []
