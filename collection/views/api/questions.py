"""What a partner's form does here: shows the terms, hands in a consent, asks, reads an answer again, takes it back."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils.translation import get_language, override

from collection.errors import ConsentNeeded, NoTerms, TermsOutdated
from collection.models import Participant, PartnerKey, Reference
from collection.selectors import own_instruction_get, terms_in_force
from collection.services.answering import AnswerText, answer_deliver
from collection.services.partners import partner_ask, partner_consent, partner_participant
from collection.services.rendering import answer_html
from collection.services.withdrawal import instruction_withdraw
from collection.views.api.access import api_door, text_of
from collection.views.stream import answer_events, identity_of
from collection.views.visitor import address_hash
from config.markdown import markdown_html

Body = dict[str, Any]
STATEMENTS = ("knows_what_is_collected", "agrees_to_terms", "is_adult")


@api_door("GET")
def terms(request: HttpRequest, partner: PartnerKey | None, body: Body) -> HttpResponseBase:
    """The terms in force in the caller's language, as they must be shown before consent."""
    current = terms_in_force()
    if current is None:
        raise NoTerms()
    is_japanese = get_language() == "ja"
    text = current.body_ja if is_japanese else current.body_en
    return JsonResponse(
        {
            "version": current.version,
            "language": "ja" if is_japanese else "en",
            "text": text,
            "html": markdown_html(text),
            "sha256": current.sha256_ja if is_japanese else current.sha256_en,
            "statements": STATEMENTS,
        }
    )


@api_door("POST")
def consents(request: HttpRequest, partner: PartnerKey | None, body: Body) -> HttpResponseBase:
    """Take a consent and answer with the participant's token."""
    token = partner_consent(
        partner=partner,
        terms_version=body.get("terms_version"),
        language=text_of(body, "language", get_language() or "en"),
        statements=[body.get(name) is True for name in STATEMENTS],
    )
    return JsonResponse({"participant": token, "terms_version": body["terms_version"]}, status=201)


@api_door("POST")
def ask(request: HttpRequest, partner: PartnerKey | None, body: Body) -> HttpResponseBase:
    """Answer a question: as server-sent events to who accepts them, else as one JSON object at the end."""
    language = get_language() or "en"
    current = terms_in_force()
    if current is not None and body.get("terms_version") != current.version:
        raise TermsOutdated(version=current.version)
    # A server of the partner's asks for many people; a browser asks for one, whose address counts.
    is_browser = partner is None or "Origin" in request.headers
    reference = partner_ask(
        partner=partner,
        participant=_participant(partner, body),
        instruction=text_of(body, "instruction"),
        input=text_of(body, "input"),
        language=language,
        address_hash=address_hash(request) if is_browser else "",
        proof=text_of(body, "proof"),
    )
    if request.get_preferred_type(["application/json", "text/event-stream"]) == "text/event-stream":
        return answer_events(reference, language)
    return StreamingHttpResponse(_whole(reference, language), content_type="application/json")


@api_door("POST")
def question(request: HttpRequest, partner: PartnerKey | None, body: Body, public_id: UUID) -> HttpResponseBase:
    """A question of the participant's, with the state of its answer."""
    found = own_instruction_get(_participant(partner, body), public_id)
    newest = found.references.all().last()
    answer = {"status": newest.status, "text": newest.text, "html": answer_html(newest.text)} if newest else None
    return JsonResponse(
        {
            "id": str(found.public_id),
            "status": found.status,
            "instruction": found.instruction,
            "input": found.input,
            "answer": answer,
        }
    )


@api_door("POST")
def withdraw(request: HttpRequest, partner: PartnerKey | None, body: Body, public_id: UUID) -> HttpResponseBase:
    """Erase a question of the participant's and its answer."""
    participant = _participant(partner, body)
    instruction_withdraw(participant=participant, public_id=public_id)
    return JsonResponse({"id": str(public_id), "status": "withdrawn"})


def _participant(partner: PartnerKey | None, body: Body) -> Participant:
    """Who the token in the body stands for. Raises `ConsentNeeded`."""
    participant = partner_participant(partner=partner, token=text_of(body, "participant"))
    if participant is None:
        raise ConsentNeeded()
    return participant


async def _whole(reference: Reference, language: str) -> AsyncGenerator[bytes, None]:
    """The whole answer as one JSON object; a reader who leaves ends it like any other."""
    async with aclosing(answer_deliver(reference, identity=identity_of(reference))) as parts:
        async for part in parts:
            if isinstance(part, AnswerText):
                continue
            with override(language):
                error = {"code": part.error.code, "message": str(part.error)} if part.error else None
            answer = {
                "id": str(reference.instruction.public_id),
                "status": part.status,
                "finish_reason": part.finish_reason,
                "text": part.text,
                "html": part.html,
                "error": error,
            }
            yield json.dumps(answer, ensure_ascii=False).encode()
