"""Asking: the answer as a stream, and the whole answer for a browser without scripts."""

import asyncio
from contextlib import aclosing

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from collection.errors import ConsentNeeded
from collection.forms import AskForm
from collection.models import Reference
from collection.services.answering import answer_deliver
from collection.services.answers import answer_abandon
from collection.services.asking import question_receive
from collection.services.pace import in_database
from collection.services.proof import challenge_make
from collection.views.check import findings_told
from collection.views.consent import welcome_start
from collection.views.home import home_context
from collection.views.stream import answer_events, identity_of
from collection.views.visitor import address_hash, participant_named
from config.errors import DomainError


@require_POST
def ask_stream(request: HttpRequest) -> HttpResponseBase:
    """Answer as server-sent events. All that needs the database before the answer happens here, in one thread."""
    return answer_events(_begin(request), get_language() or "en")


@require_safe
@never_cache
def challenge(request: HttpRequest) -> HttpResponse:
    """What a browser works on while somebody types."""
    return JsonResponse(challenge_make())


@require_POST
async def ask(request: HttpRequest) -> HttpResponseBase:
    """Answer without scripts: wait for the whole answer, then show the participant's own page of it.

    Scripts ask about personal data before they send; here the form comes back once with the question.
    """
    if care := await sync_to_async(_home_with_care)(request):
        return care
    try:
        reference = await _begun(request)
    except ConsentNeeded:
        return await sync_to_async(welcome_start)(request)
    except DomainError as error:
        return await sync_to_async(_home_refused)(request, error)
    async with aclosing(answer_deliver(reference, identity=identity_of(reference))) as events:
        async for _event in events:
            pass
    return redirect("collection:my_instruction", public_id=reference.instruction.public_id)


async def _begun(request: HttpRequest) -> Reference:
    """The saved question. Of a reader who leaves while it is being saved, the reservation goes back at once."""
    saving = asyncio.ensure_future(sync_to_async(_begin)(request))
    try:
        return await asyncio.shield(saving)
    except asyncio.CancelledError:
        await in_database(answer_abandon)(reference=await saving)
        raise


def _begin(request: HttpRequest) -> Reference:
    """Save the question; the participant comes from the cookie alone."""
    return question_receive(
        participant=participant_named(request),
        instruction=request.POST.get("instruction", ""),
        input=request.POST.get("input", ""),
        language=get_language() or "en",
        address_hash=address_hash(request),
        proof=request.POST.get("proof", ""),
    )


def _home_with_care(request: HttpRequest) -> HttpResponse | None:
    """The form again when the text looks like personal data, unless that was asked before."""
    texts = {name: request.POST.get(name, "") for name in ("instruction", "input")}
    found = [] if request.POST.get("is_sure") else findings_told(texts)
    if not found:
        return None
    context = home_context(request, AskForm(initial=texts), care=found)
    return render(request, "collection/home.html", context, status=422)


def _home_refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The form again with everything that was typed, and why it was not taken."""
    form = AskForm(request.POST)
    field = error.details.get("field")
    form.errors.clear()
    form.add_error(field if field in form.fields else None, str(error))
    return render(request, "collection/home.html", home_context(request, form), status=error.status)
