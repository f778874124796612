"""How amounts look."""

import pytest

from vendors.templatetags.money import money


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (0, "JPY", "¥0"),
        (1234567, "JPY", "¥1,234,567"),
        (-480, "JPY", "−¥480"),
        (123456, "USD", "$1,234.56"),
        (5, "CHF", "CHF 0.05"),
    ],
)
def test_amounts_are_written_without_a_float(amount: int, currency: str, written: str) -> None:
    assert money(amount, currency) == written
