"""System checks of the public side: what it costs must be known, and how often one may ask must be readable."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from limits import parse_many

from collection.gateway import PriceUnknown, price_of
from config.checks import TAG


@register(TAG)
def check_price(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Without a price no cap can hold."""
    if settings.DEMONSTRATION and not settings.OPENAI_API_KEY and not settings.OPENAI_BASE_URL:
        return []
    try:
        price_of(settings.OPENAI_MODEL)
    except PriceUnknown:
        hint = (
            "Set HITODE_PROMPT_PRICE_MICROUSD_PER_MILLION and HITODE_COMPLETION_PRICE_MICROUSD_PER_MILLION, "
            "to 0 for a server of your own."
        )
        return [Error(f"Nobody knows what the model {settings.OPENAI_MODEL} costs.", hint=hint, id="hitode.E030")]
    return []


@register(TAG)
def check_rates(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Rates are written as the library `limits` reads them."""
    errors: list[CheckMessage] = []
    for name in ("RATES_PARTICIPANT", "RATES_ADDRESS", "RATES_UNPROVEN"):
        try:
            parse_many(getattr(settings, name))
        except ValueError:
            hint = "Write it such as 6/minute;60/day."
            errors.append(
                Error(f"HITODE_{name} is not a rate: {getattr(settings, name)!r}.", hint=hint, id="hitode.E031")
            )
    return errors
