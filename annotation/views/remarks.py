"""The checks beside the text, as the editor asks for them after a save."""

from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from annotation.forms import remarks_input
from annotation.selectors.queue import WRITING_ROLES, task_in_hand_get_for
from annotation.selectors.remarks import remarks_for
from annotation.services.remarks import pasted_keep, pasted_name, remark_dismiss, remarks_restore
from config.access import role_required


@require_POST
@role_required(*WRITING_ROLES)
def task_remarks(request: HttpRequest, public_id: UUID) -> JsonResponse:
    """Look the text over, after what was asked for: leave one remark be, bring all back, keep or name what was pasted."""
    found = task_in_hand_get_for(request.user, public_id)
    sent = remarks_input(request)
    if sent.dismissed:
        remark_dismiss(writer=request.user, task=found, key=sent.dismissed)
    if sent.restores:
        remarks_restore(writer=request.user, task=found)
    if sent.pasted:
        pasted_keep(writer=request.user, task=found, texts=sent.pasted)
    if sent.named is not None:
        pasted_name(writer=request.user, task=found, pasted=sent.named, source=sent.source)
    remarks = remarks_for(request.user, found, sent.text)
    html = render_to_string("annotation/parts/remarks.html", {"remarks": remarks}, request)
    return JsonResponse({"html": html, "keys": [line.key for line in remarks.lines]})
