"""My data: everything kept about a participant, to read, to download and to take back."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from collection.models import Participant
from collection.selectors import consent_newest, feedback_newest, own_data, own_instruction_get, own_instruction_list
from collection.services.limits import barred_message
from collection.services.rendering import answer_html
from collection.services.withdrawal import instruction_withdraw, instructions_withdraw
from collection.views.feedback import feedback_choices
from collection.views.visitor import participant_of
from collection.wording import own_status
from config.errors import NotFound

PER_PAGE = 20


@require_safe
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    """The list; for a browser that carries no participant, what that means."""
    participant = participant_of(request)
    if participant is None:
        return render(request, "collection/my_data.html", {"participant": None})
    page = Paginator(own_instruction_list(participant), PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {"participant": participant, "consent": consent_newest(participant), "page_obj": page}
    context["rows"] = [(one, *own_status(one.status)) for one in page]
    # A word in the address and not a message: that would be a cookie more than the site says it sets.
    context["done"] = request.GET.get("done", "")
    context["barred_message"] = barred_message() if participant.barred_at else ""
    return render(request, "collection/my_data.html", context)


@require_safe
@never_cache
def detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One question of the participant's own, with its answer."""
    instruction = own_instruction_get(participant_of(request), public_id)
    answers = list(instruction.references.all())
    context = {
        "instruction": instruction,
        "status": own_status(instruction.status),
        "answers": [(answer, answer_html(answer.text)) for answer in answers],
        "feedback_choices": feedback_choices(feedback_newest(answers[-1])) if answers and answers[-1].text else [],
    }
    return render(request, "collection/my_instruction.html", context)


@require_safe
@never_cache
def download(request: HttpRequest) -> HttpResponse:
    """Everything as one JSON file."""
    response = JsonResponse(own_data(_participant(request)), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="hitode-my-data.json"'
    return response


@require_POST
def withdraw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take back one question."""
    instruction_withdraw(participant=_participant(request), public_id=public_id)
    return redirect(f"{reverse('collection:my_data')}?done=one")


@require_POST
def withdraw_all(request: HttpRequest) -> HttpResponse:
    """Take back everything, and the consent."""
    instructions_withdraw(participant=_participant(request))
    return redirect(f"{reverse('collection:my_data')}?done=all")


def _participant(request: HttpRequest) -> Participant:
    participant = participant_of(request)
    if participant is None:
        raise NotFound()
    return participant
