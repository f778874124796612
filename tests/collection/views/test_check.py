import pytest
from django.test import Client
from django.urls import reverse

from collection.models import Instruction
from tests.factories.collection import make_terms

pytestmark = pytest.mark.django_db

CHECK = reverse("collection:ask_check")


def test_what_looks_like_personal_data_is_told_with_its_words_and_nothing_is_kept() -> None:
    response = Client().post(
        CHECK, {"instruction": "𠮷田です。電話は０９０－１２３４－５６７８", "input": "a@b.example.jp"}
    )
    found = response.json()["findings"]
    assert [(one["field"], one["text"]) for one in found] == [
        ("instruction", "０９０－１２３４－５６７８"),
        ("input", "a@b.example.jp"),
    ]
    assert found[0]["label"] == "Phone number"
    assert response["Cache-Control"].count("no-store") == 1
    assert not Instruction.objects.exists()


@pytest.mark.parametrize("text", ["空はなぜ青いの？", "田中さんにお礼を書いて", "", "あ" * 20_000])
def test_of_anything_else_nothing_is_said(text: str) -> None:
    assert Client().post(CHECK, {"instruction": text}).json() == {"findings": []}


def test_it_is_no_address_to_visit() -> None:
    assert Client().get(CHECK).status_code == 405


def test_another_site_cannot_ask() -> None:
    assert Client(enforce_csrf_checks=True).post(CHECK, {"instruction": "a@b.example.jp"}).status_code == 403


def test_without_scripts_the_form_comes_back_once_with_the_question() -> None:
    make_terms()
    asked = {"instruction": "電話は090-1234-5678です。返事を書いて"}
    page = Client().post(reverse("collection:ask"), asked)
    text = page.content.decode()
    assert page.status_code == 422
    assert "<strong>090-1234-5678</strong>" in text
    assert 'name="is_sure"' in text
    assert not Instruction.objects.exists()
    again = Client().post(reverse("collection:ask"), {**asked, "is_sure": "1"})
    assert again.status_code == 403  # on to the consent, with the text carried along
    assert "090-1234-5678" in again.content.decode()
