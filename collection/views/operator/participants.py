"""The participants' room: who somebody is by their number, what they asked, and barring them or letting them in again."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from collection.forms import BarForm, ParticipantSearchForm
from collection.selectors.participants import (
    participant_barred_list_for,
    participant_facts,
    participant_find_for,
    participant_get_for,
)
from collection.services.bans import participant_bar, participant_readmit
from collection.services.screening import instructions_reject_held
from collection.views.operator.rooms import screening_room
from config.errors import BadInput

PER_PAGE = 25


@require_safe
@screening_room
def participants(request: HttpRequest) -> HttpResponse:
    """Find a participant by a number; and those who are barred."""
    form = ParticipantSearchForm(request.GET if "number" in request.GET else None)
    if form.is_valid():
        found = participant_find_for(request.user, form.cleaned_data["number"])
        if found is not None:
            return redirect("collection:participant", public_id=found.public_id)
        form.add_error("number", _("Nobody has this number."))
    page = Paginator(participant_barred_list_for(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "collection/participants.html", {"form": form, "page_obj": page})


@require_safe
@screening_room
def participant(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One participant: what they asked, and what was decided about them."""
    facts = participant_facts(participant_get_for(request.user, public_id))
    return render(request, "collection/participant.html", {"facts": facts})


@require_POST
@screening_room
def bar(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take no more questions from a participant; what of theirs waits may be rejected with the same reason."""
    barred = participant_get_for(request.user, public_id)
    given = _given(request)
    is_complete = participant_bar(participant=barred, by=request.user, why=given["why"])
    messages.success(request, _("No more questions are taken from this participant."))
    if given["rejects_held"]:
        count = instructions_reject_held(participant=barred, by=request.user, why=given["why"])
        said = ngettext("%(count)s waiting question is rejected.", "%(count)s waiting questions are rejected.", count)
        messages.success(request, said % {"count": count})
    return _back(request, public_id, is_complete)


@require_POST
@screening_room
def readmit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take questions from a participant again."""
    let_in = participant_get_for(request.user, public_id)
    is_complete = participant_readmit(participant=let_in, by=request.user, why=_given(request)["why"])
    messages.success(request, _("Questions are taken from this participant again."))
    return _back(request, public_id, is_complete)


def _given(request: HttpRequest) -> dict[str, Any]:
    form = BarForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("Please say why."), field="why")
    return form.cleaned_data


def _back(request: HttpRequest, public_id: UUID, is_complete: bool) -> HttpResponse:
    """To the instruction where it was decided, or to the participant."""
    if not is_complete:
        messages.warning(request, _("Redis does not answer: of the addresses used today nothing could be noted."))
    came_from = urlsplit(request.POST.get("next", "")).path
    try:
        is_ours = resolve(came_from).view_name == "collection:instruction"
    except Resolver404:
        is_ours = False
    return redirect(came_from) if is_ours else redirect("collection:participant", public_id=public_id)
