"""My data: everything kept about a participant, to read, to download and to take back."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from collection.models import Participant
from collection.selectors import consent_newest, own_data, own_instruction_get, own_instruction_list
from collection.services.rendering import answer_html
from collection.services.withdrawal import instruction_withdraw, instructions_withdraw
from collection.views.visitor import participant_of
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
    context = {"participant": participant, "consent": consent_newest(participant), "page_obj": page}
    return render(request, "collection/my_data.html", context)


@require_safe
@never_cache
def detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One question of the participant's own, with its answer."""
    instruction = own_instruction_get(participant_of(request), public_id)
    answers = [(answer, answer_html(answer.text)) for answer in instruction.references.all()]
    return render(request, "collection/my_instruction.html", {"instruction": instruction, "answers": answers})


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
    messages.success(request, _("It is withdrawn, and its text is erased."))
    return redirect("collection:my_data")


@require_POST
def withdraw_all(request: HttpRequest) -> HttpResponse:
    """Take back everything, and the consent."""
    count = instructions_withdraw(participant=_participant(request))
    message = ngettext(
        "Your consent is withdrawn, and %(count)s question is erased.",
        "Your consent is withdrawn, and %(count)s questions are erased.",
        count,
    )
    messages.success(request, message % {"count": count})
    return redirect("collection:my_data")


def _participant(request: HttpRequest) -> Participant:
    participant = participant_of(request)
    if participant is None:
        raise NotFound()
    return participant
