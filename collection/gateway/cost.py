"""What an answer costs, in micro-dollars (millionths of a US dollar): by the prices in the settings, or by the known ones."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import cache

from django.conf import settings

from collection.gateway.client import OPENAI_URL, PRACTICE_MODEL, is_practice

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Usage:
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Price:
    """Micro-dollars for a million tokens."""

    prompt: int
    completion: int


class PriceUnknown(LookupError):
    """Nobody told us what a model costs; the system checks let no site start like that."""


def price_of(model: str) -> Price:
    """The price of a model: as the settings say, else as it is known of the provider. Raises `PriceUnknown`."""
    prompt, completion = settings.PROMPT_PRICE_MICROUSD_PER_MILLION, settings.COMPLETION_PRICE_MICROUSD_PER_MILLION
    if is_practice():
        return Price(prompt or 0, completion or 0)
    if prompt is not None and completion is not None:
        return Price(prompt, completion)
    known = _known_price(model, settings.OPENAI_BASE_URL or OPENAI_URL)
    return Price(
        known.prompt if prompt is None else prompt,
        known.completion if completion is None else completion,
    )


def cost_microusd(model: str, usage: Usage) -> int:
    """The cost of one answer, rounded up, so that many small ones never add up to more than was booked.

    A name that only the provider uses, such as one with a date, costs as much as the model that was asked for.
    """
    if model == PRACTICE_MODEL and not is_practice():
        return 0  # an answer from the time before a key was set, settled only now
    try:
        price = price_of(model)
    except PriceUnknown:
        price = price_of(settings.OPENAI_MODEL)
    exact_times_million = usage.prompt_tokens * price.prompt + usage.completion_tokens * price.completion
    return -(-exact_times_million // _MILLION)


@cache
def _known_price(model: str, url: str) -> Price:
    """As the library knows it. Its list is the one it came with: nothing is fetched."""
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    try:
        prompt = calc_price(Tokens(input_tokens=1000), model, provider_api_url=url).input_price
        completion = calc_price(Tokens(output_tokens=1000), model, provider_api_url=url).output_price
    except LookupError:
        raise PriceUnknown(model) from None
    return Price(_per_million(prompt), _per_million(completion))


def _per_million(dollars_per_thousand: Decimal) -> int:
    return int((dollars_per_thousand * 1000 * _MILLION).to_integral_value(ROUND_CEILING))
