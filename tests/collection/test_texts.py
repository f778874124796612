import pytest

from collection.screening import personal_data
from collection.services.instructions import texts_check
from collection.texts import CATEGORY_LABELS, example_get, example_list, examples


def test_every_example_could_be_asked_as_it_stands() -> None:
    for example in examples():
        assert texts_check(instruction=example.instruction, input=example.input) == (example.instruction, example.input)
        assert not personal_data.find(example.instruction + example.input), example.id


def test_ids_are_unique_and_lead_back_to_the_example() -> None:
    assert len({example.id for example in examples()}) == len(examples())
    assert all(example_get(example.id) == example for example in examples())
    assert example_get("") is None


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_category_has_an_example_in_both_languages(language: str) -> None:
    assert {example.category for example in example_list(language)} == set(CATEGORY_LABELS)
