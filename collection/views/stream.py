"""An answer as server-sent events, for whatever door it was asked at."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import orjson
from django.http import StreamingHttpResponse
from django.utils.translation import gettext, override

from collection.models import Reference
from collection.services.answering import AnswerText, answer_deliver, safety_identifier
from collection.services.answers import answer_abandon

log = logging.getLogger(__name__)


class AnswerEvents:
    """start {id}, delta {text}…, error {code, message} if there was one, then done {status, finish_reason, html}.

    Left early, it stores what had come; closed before it began, it gives back what was reserved.
    """

    def __init__(self, reference: Reference, language: str) -> None:
        self._reference = reference
        self._language = language
        self._has_begun = False

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        reference, language = self._reference, self._language
        try:
            async with aclosing(answer_deliver(reference, identity=identity_of(reference))) as parts:
                yield event("start", {"id": str(reference.instruction.public_id)})
                self._has_begun = True
                async for part in parts:
                    if isinstance(part, AnswerText):
                        yield event("delta", {"text": part.text})
                        continue
                    if part.error:
                        with override(language):
                            said = {"code": part.error.code, "message": str(part.error)}
                        yield event("error", said)
                    done = {"status": part.status, "finish_reason": part.finish_reason, "html": part.html}
                    yield event("done", done)
        except Exception:
            log.exception("An answer could not be delivered or stored.")
            with override(language):
                message = gettext("Something broke on our side. Your question is kept; please try again.")
            yield event("error", {"code": "server_error", "message": message})
            yield event("done", {"status": "failed", "finish_reason": "", "html": ""})

    def close(self) -> None:
        """Called by the server when the response is over, in a thread."""
        if not self._has_begun:
            answer_abandon(reference=self._reference)


class AnswerResponse(StreamingHttpResponse):
    """The events as a response; they reach the server without the layers that Django puts around other streams."""

    def __init__(self, events: AnswerEvents) -> None:
        super().__init__(events, content_type="text/event-stream; charset=utf-8")
        self._events = aiter(events)
        self["Cache-Control"] = "no-store"
        self["X-Accel-Buffering"] = "no"

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._events


def answer_events(reference: Reference, language: str) -> AnswerResponse:
    """The stream of a question that was received. Call it in an ordinary view: only the stream itself is asynchronous."""
    return AnswerResponse(AnswerEvents(reference, language))


def identity_of(reference: Reference) -> str:
    """What the provider may know the asking participant by."""
    participant = reference.instruction.participant
    assert participant is not None  # only participants ask
    return safety_identifier(participant)


def event(name: str, data: dict[str, Any]) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"
