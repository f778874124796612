import pytest
from pytest_django.fixtures import Settings

from collection.checks import check_price, check_rates


def found(errors: list) -> list[str]:
    return [error.id for error in errors]


def test_a_model_whose_price_nobody_knows_is_refused_unless_it_is_set(settings: Settings) -> None:
    settings.DEMONSTRATION = settings.IS_PRACTICE = False
    settings.OPENAI_BASE_URL = "http://localhost:9000/v1"
    settings.OPENAI_MODEL = "of-our-own"
    assert found(check_price(None)) == ["hitode.E030"]
    settings.PROMPT_PRICE_MICROUSD_PER_MILLION = settings.COMPLETION_PRICE_MICROUSD_PER_MILLION = 0
    assert found(check_price(None)) == []


def test_a_model_with_a_known_price_needs_none(settings: Settings) -> None:
    settings.DEMONSTRATION = settings.IS_PRACTICE = False
    settings.OPENAI_BASE_URL = ""
    settings.OPENAI_MODEL = "gpt-4o"
    assert found(check_price(None)) == []


@pytest.mark.parametrize("rates", ["often", "6 a minute and", "", "6/fortnight"])
def test_rates_must_be_readable(settings: Settings, rates: str) -> None:
    settings.RATES_ADDRESS = rates
    assert found(check_rates(None)) == ["hitode.E031"]
