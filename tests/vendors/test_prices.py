"""What an output costs."""

from vendors.prices import Price


def test_a_price_by_length_has_a_floor_and_a_cap_and_drops_its_fraction() -> None:
    price = Price("character", 155, floor=300, cap=1000)
    assert [price.of_output(n, "") for n in (1, 199, 200, 333, 645, 646, 5000)] == [300, 308, 310, 516, 999, 1000, 1000]
    assert price.span({"": 10}, 1, 4000) == (3000, 10_000)


def test_a_price_by_kind_of_work_falls_back_on_the_common_one() -> None:
    price = Price("class", 400, classes={"code": 900})
    assert (price.of_output(10, "code"), price.of_output(10, "poem")) == (900, 400)
    assert price.span({"code": 2, "poem": 3}, 1, 9) == (3000, 3000)


def test_a_price_of_an_output_knows_no_length() -> None:
    assert Price("output", 480).of_output(4000, "code") == 480
