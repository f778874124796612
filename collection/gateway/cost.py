"""What an answer cost, in micro-dollars (millionths of a US dollar), by the prices in the settings."""

from dataclasses import dataclass

from django.conf import settings

from collection.gateway.client import PRACTICE_MODEL, is_practice

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Usage:
    prompt_tokens: int
    completion_tokens: int


def cost_microusd(model: str, usage: Usage) -> int:
    """The cost of one answer, rounded up, so that many small ones never add up to more than was booked."""
    if model == PRACTICE_MODEL and not is_practice():
        return 0  # an answer from the time before a key was set, settled only now
    exact_times_million: int = (
        usage.prompt_tokens * settings.PROMPT_PRICE_MICROUSD_PER_MILLION
        + usage.completion_tokens * settings.COMPLETION_PRICE_MICROUSD_PER_MILLION
    )
    return -(-exact_times_million // _MILLION)
