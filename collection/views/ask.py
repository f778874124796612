"""Asking: the front page, the answer as a stream, and the whole answer for a browser without scripts."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext, override
from django.views.decorators.http import require_POST, require_safe

from collection.errors import ConsentNeeded
from collection.forms import AskForm
from collection.models import Reference
from collection.selectors import consent_in_force
from collection.services.answering import AnswerText, answer_deliver, in_database, safety_identifier
from collection.services.answers import answer_abandon
from collection.services.instructions import reference_begin
from collection.services.rendering import answer_html
from collection.views.consent import welcome_start
from collection.views.visitor import address_hash, participant_of
from config.errors import DomainError

log = logging.getLogger(__name__)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page: what this is, and the form."""
    return render(request, "collection/home.html", home_context(request, AskForm()))


def home_context(request: HttpRequest, form: AskForm, **more: Any) -> dict[str, Any]:
    """What the front page shows, also when it comes back with a form to mend."""
    return {"form": form, "has_consent": consent_in_force(participant_of(request)) is not None, **more}


@require_POST
async def ask_stream(request: HttpRequest) -> HttpResponseBase:
    """Answer as server-sent events: start {id}, delta {text}…, then done {status, html, …} or error {code, message}."""
    reference = await _begun(request)
    response = StreamingHttpResponse(_events(reference), content_type="text/event-stream; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


@require_POST
async def ask(request: HttpRequest) -> HttpResponseBase:
    """Answer without scripts: wait for the whole answer, then show the participant's own page of it."""
    try:
        reference = await _begun(request)
    except ConsentNeeded:
        return await sync_to_async(welcome_start)(request)
    except DomainError as error:
        return await sync_to_async(_home_refused)(request, error)
    async with aclosing(answer_deliver(reference, identity=_identity(reference))) as events:
        async for _event in events:
            pass
    return redirect("collection:my_instruction", public_id=reference.instruction.public_id)


async def _begun(request: HttpRequest) -> Reference:
    """The saved question. Of a reader who leaves while it is being saved, the reservation goes back at once."""
    saving = asyncio.ensure_future(in_database(_begin)(request))
    try:
        return await asyncio.shield(saving)
    except asyncio.CancelledError:
        await in_database(answer_abandon)(reference=await saving)
        raise


def _begin(request: HttpRequest) -> Reference:
    """Save the question; the participant comes from the cookie alone."""
    return reference_begin(
        participant=participant_of(request),
        instruction=request.POST.get("instruction", ""),
        input=request.POST.get("input", ""),
        language=get_language() or "en",
        address_hash=address_hash(request),
    )


def _home_refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The form again with everything that was typed, and why it was not taken."""
    form = AskForm(request.POST)
    field = error.details.get("field")
    form.errors.clear()
    form.add_error(field if field in form.fields else None, str(error))
    return render(request, "collection/home.html", home_context(request, form), status=error.status)


def _identity(reference: Reference) -> str:
    participant = reference.instruction.participant
    assert participant is not None  # only participants ask
    return safety_identifier(participant)


async def _events(reference: Reference) -> AsyncGenerator[bytes, None]:
    """The stream. It ends early when the reader leaves; what had come is stored by `answer_deliver`."""
    language = get_language() or "en"
    try:
        yield _event("start", {"id": str(reference.instruction.public_id)})
    except GeneratorExit:
        await in_database(answer_abandon)(reference=reference)
        raise
    try:
        async with aclosing(answer_deliver(reference, identity=_identity(reference))) as parts:
            async for part in parts:
                if isinstance(part, AnswerText):
                    yield _event("delta", {"text": part.text})
                    continue
                with override(language):
                    error = {"code": part.error.code, "message": str(part.error)} if part.error else None
                if error:
                    yield _event("error", error)
                html = await sync_to_async(answer_html, thread_sensitive=False)(part.text)
                yield _event("done", {"status": part.status, "finish_reason": part.finish_reason, "html": html})
    except Exception:
        log.exception("An answer could not be delivered or stored.")
        with override(language):
            message = gettext("Something broke on our side. Your question is kept; please try again.")
        yield _event("error", {"code": "server_error", "message": message})
        yield _event("done", {"status": "failed", "finish_reason": "", "html": ""})


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
