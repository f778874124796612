"""What an answer costs."""

import pytest
from pytest_django.fixtures import Settings

from collection.gateway import Price, PriceUnknown, Usage, cost_microusd, price_of


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        (Usage(0, 0), 0),
        (Usage(1, 0), 3),  # 2.5, rounded up
        (Usage(2, 0), 5),
        (Usage(0, 1), 10),
        (Usage(1_000_000, 1_000_000), 12_500_000),
        (Usage(10**12, 10**12), 12_500_000_000_000),
    ],
)
def test_the_cost_is_exact_and_rounded_up(settings: Settings, usage: Usage, cost: int) -> None:
    settings.IS_PRACTICE = False
    settings.PROMPT_PRICE_MICROUSD_PER_MILLION = 2_500_000
    settings.COMPLETION_PRICE_MICROUSD_PER_MILLION = 10_000_000
    assert cost_microusd("gpt-4o", usage) == cost


def test_practice_costs_what_the_settings_say_while_it_is_on_and_nothing_afterwards(settings: Settings) -> None:
    settings.PROMPT_PRICE_MICROUSD_PER_MILLION = settings.COMPLETION_PRICE_MICROUSD_PER_MILLION = 1_000_000
    settings.IS_PRACTICE = True
    assert cost_microusd("practice", Usage(3, 4)) == 7
    settings.IS_PRACTICE = False
    assert cost_microusd("practice", Usage(3, 4)) == 0


@pytest.fixture
def no_price(settings: Settings) -> Settings:
    settings.IS_PRACTICE = False
    settings.OPENAI_BASE_URL = ""
    settings.PROMPT_PRICE_MICROUSD_PER_MILLION = settings.COMPLETION_PRICE_MICROUSD_PER_MILLION = None
    return settings


def test_known_models_have_known_prices_and_others_none(no_price: Settings) -> None:
    assert price_of("gpt-4o") == Price(2_500_000, 10_000_000)
    assert price_of("gpt-4o-mini") == Price(150_000, 600_000)
    with pytest.raises(PriceUnknown):
        price_of("gpt-of-our-own")
    no_price.OPENAI_BASE_URL = "http://localhost:9000/v1"
    with pytest.raises(PriceUnknown):
        price_of("gpt-4o")  # a server that only calls it so


def test_a_price_in_the_settings_wins_over_a_known_one(no_price: Settings) -> None:
    no_price.PROMPT_PRICE_MICROUSD_PER_MILLION = 0
    assert price_of("gpt-4o") == Price(0, 10_000_000)
    no_price.COMPLETION_PRICE_MICROUSD_PER_MILLION = 0
    assert price_of("gpt-of-our-own") == Price(0, 0)


def test_a_name_only_the_provider_uses_costs_what_was_asked_for(no_price: Settings) -> None:
    no_price.OPENAI_MODEL = "gpt-4o"
    assert cost_microusd("gpt-of-tomorrow", Usage(2, 1)) == 15
