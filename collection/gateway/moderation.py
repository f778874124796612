"""The provider's judgement whether a text is fit to be shown; for jobs, which may wait."""

from dataclasses import dataclass

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
    fault: ProviderError
    try:
        answer = sync_client().moderations.with_raw_response.create(model=settings.MODERATION_MODEL, input=text)
        return _moderation_read(answer.content)
    except provider_exceptions() as raised:
        fault = error_of(raised)
    except (ValueError, LookupError, TypeError, AttributeError):
        fault = MalformedAnswer()
    # Raised out here, so that the provider's own message is not carried along as its context.
    raise error_log(fault)


def _moderation_read(content: bytes) -> Moderation:
    """Strictly: an answer of another shape must not read as "not flagged"."""
    (result,) = orjson.loads(content)["results"]
    if not isinstance(result["flagged"], bool):
        raise TypeError("flagged")
    categories = sorted(name for name, is_met in result["categories"].items() if is_met)
    return Moderation(flagged=result["flagged"] or bool(categories), categories=categories)
