import re

import pytest
from django.test import Client
from django.urls import reverse

from collection.services.recovery import _storage
from collection.views.visitor import COOKIE
from tests.factories.collection import client_of, make_instruction, make_participant

pytestmark = pytest.mark.django_db

CODE, RECOVER, OVERVIEW = (reverse(f"collection:{name}") for name in ("recovery_code", "recover", "my_data"))


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    _storage().reset()


def made(client: Client) -> str:
    page = client.post(CODE)
    assert "no-store" in page["Cache-Control"]
    found = re.search(r"[0-9A-Z]{5}(?:-[0-9A-Z]{5}){4}", page.content.decode())
    assert found is not None
    return found.group()


def test_a_code_opens_the_same_data_from_a_browser_that_has_nothing() -> None:
    participant = make_participant()
    make_instruction(participant=participant, instruction="私の質問です")
    code = made(client_of(participant))
    other = Client()
    assert "私の質問です" not in other.get(OVERVIEW).content.decode()
    assert other.post(RECOVER, {"code": code}).status_code == 302
    assert "私の質問です" in other.get(OVERVIEW).content.decode()


def test_the_code_is_on_no_other_page() -> None:
    client = client_of(make_participant())
    code = made(client)
    assert code not in client.get(OVERVIEW).content.decode()
    assert code not in client.get(reverse("collection:my_data_download")).content.decode()


def test_a_wrong_code_changes_nothing_and_after_ten_the_browser_waits() -> None:
    client = Client()
    statuses = [client.post(RECOVER, {"code": f"wrong {n}"}).status_code for n in range(11)]
    assert statuses == [400] * 10 + [429]
    assert COOKIE not in client.cookies
    assert client.post(RECOVER, {"code": ""}).status_code == 400


def test_without_a_participant_there_is_nothing_to_make_a_code_for() -> None:
    assert Client().post(CODE).status_code == 404
    assert client_of(make_participant()).get(CODE).status_code == 405
