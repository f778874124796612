"""One whole answer of a server that somebody runs for themselves, for commands, which may wait for all of it."""

from dataclasses import dataclass

import orjson
from django.conf import settings

from collection.gateway.answer import Prompt, build_messages
from collection.gateway.client import Target, error_log, error_of, provider_exceptions, sync_client
from collection.gateway.errors import MalformedAnswer, ProviderError


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer, and what the server says of itself: `model` is the name that it gives."""

    text: str
    finish_reason: str
    model: str
    request_id: str


def text_complete(prompt: Prompt, *, base_url: str, api_key: str, model: str, max_tokens: int) -> Completion:
    """Ask the server at `base_url` for one answer. Raises ProviderError.

    The key of the site's own provider is not sent, and no proxy is used: the server is ours.
    """
    target = Target(
        base_url=base_url,
        api_key=api_key or "unset",
        connect_seconds=settings.PROVIDER_CONNECT_SECONDS,
        idle_seconds=settings.PROVIDER_DEADLINE_SECONDS,  # nothing is heard before the whole answer
        is_direct=True,
    )
    fault: ProviderError
    try:
        answer = sync_client(target).chat.completions.with_raw_response.create(
            model=model, messages=build_messages(prompt), max_tokens=max_tokens
        )
        return _completion_read(answer.content, answer.request_id)
    except provider_exceptions() as raised:
        fault = error_of(raised)
    except (ValueError, LookupError, TypeError, AttributeError):
        fault = MalformedAnswer()
    # Raised out here, so that the server's own message is not carried along as its context.
    raise error_log(fault)


def _completion_read(content: bytes, request_id: str | None) -> Completion:
    """Strictly: what has another shape is no answer."""
    body = orjson.loads(content)
    (choice,) = body["choices"]
    text, reason, model = choice["message"]["content"], choice["finish_reason"], body["model"]
    if not isinstance(text, str) or not isinstance(reason, str) or not isinstance(model, str):
        raise TypeError("choices")
    return Completion(text, reason, model, request_id or "")
