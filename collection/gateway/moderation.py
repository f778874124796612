"""The provider's judgement whether texts are fit to be shown; for jobs, which may wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings

from collection.gateway.client import error_log, error_of, provider_exceptions, sync_client
from collection.gateway.errors import MalformedAnswer, ProviderError


@dataclass(frozen=True, slots=True)
class Moderation:
    flagged: bool
    categories: list[str]


def text_moderate(text: str) -> Moderation:
    """Ask whether a text is flagged, and why. Raises ProviderError: what could not be asked has not passed."""
    return texts_moderate([text])[0]


def texts_moderate(texts: Sequence[str]) -> list[Moderation]:
    """As `text_moderate`, for some texts in one request; the provider refuses all of them where it refuses one."""
    asked = texts[0] if len(texts) == 1 else list(texts)
    fault: ProviderError
    try:
        answer = sync_client().moderations.with_raw_response.create(model=settings.MODERATION_MODEL, input=asked)
        return _moderations_read(answer.content, len(texts))
    except provider_exceptions() as raised:
        fault = error_of(raised)
    except (ValueError, LookupError, TypeError, AttributeError):
        fault = MalformedAnswer()
    # Raised out here, so that the provider's own message is not carried along as its context.
    raise error_log(fault)


def _moderations_read(content: bytes, count: int) -> list[Moderation]:
    """Strictly: an answer of another shape must not read as "not flagged"."""
    results = orjson.loads(content)["results"]
    if not isinstance(results, list) or len(results) != count:
        raise ValueError("results")
    return [_moderation_read(result) for result in results]


def _moderation_read(result: dict[str, Any]) -> Moderation:
    if not isinstance(result["flagged"], bool):
        raise TypeError("flagged")
    categories = sorted(name for name, is_met in result["categories"].items() if is_met)
    return Moderation(flagged=result["flagged"] or bool(categories), categories=categories)
