import pytest

from collection.screening import categories, personal_data
from collection.services.instructions import texts_check
from collection.texts import CATEGORY_LABELS, Example, example_get, example_list, examples


def test_every_example_could_be_asked_as_it_stands() -> None:
    for example in examples():
        assert texts_check(instruction=example.instruction, input=example.input) == (example.instruction, example.input)
        assert not personal_data.find(example.instruction + example.input), example.id


def test_ids_are_unique_and_lead_back_to_the_example() -> None:
    assert len({example.id for example in examples()}) == len(examples())
    assert all(example_get(example.id) == example for example in examples())
    assert example_get("") is None


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_examples_are_of_many_categories_and_sorted_by_them(language: str) -> None:
    order = list(CATEGORY_LABELS)
    places = [order.index(example.category) for example in example_list(language)]
    assert places == sorted(places)
    assert len(set(places)) >= 8


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.id)
def test_the_rules_sort_an_example_as_the_page_does(example: Example) -> None:
    assert categories.find(example.instruction, example.input) == example.category
