import pytest
from django.test import Client
from django.urls import reverse

from collection.texts import example_get, example_list
from tests.factories.collection import make_terms

pytestmark = pytest.mark.django_db

HOME = reverse("collection:home")


def test_examples_are_links_in_the_readers_language() -> None:
    make_terms()
    for language, other in (("ja", "en"), ("en", "ja")):
        page = Client(headers={"accept-language": language}).get(HOME).content.decode()
        assert all(f"?example={example.id}" in page for example in example_list(language))
        assert not any(f"?example={example.id}" in page for example in example_list(other))


def test_without_scripts_an_example_fills_the_form() -> None:
    example = example_get("summary-ja")
    assert example is not None
    page = Client().get(HOME, {"example": example.id}).content.decode()
    assert f"{example.instruction}</textarea>" in page
    assert f"{example.input}</textarea>" in page


def test_an_example_that_does_not_exist_is_an_empty_form() -> None:
    response = Client().get(HOME, {"example": "../../etc/passwd"})
    assert response.status_code == 200
    assert "passwd</textarea>" not in response.content.decode()
