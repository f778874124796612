"""What an answer costs."""

import pytest
from pytest_django.fixtures import Settings

from collection.gateway import Usage, cost_microusd


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
