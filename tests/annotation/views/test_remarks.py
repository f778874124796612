"""The checks beside the text: what the editor is told after a save, to whom, and what a writer leaves be."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotation.models import RemarkDismissal, Task
from annotation.services.drafts import draft_save
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.annotation import make_claim, make_open_order

pytestmark = pytest.mark.django_db

FAULTY = "空をを見上げました。月が出ています。"


@pytest.fixture
def people() -> Cast:
    people = cast()
    make_open_order(people)
    return people


def look(client: Client, task: Task, text: str = FAULTY, **more: Any) -> Any:
    url = reverse("annotation:task_remarks", args=[task.public_id])
    return client.post(url, {"text": text, **more}, content_type="application/json")


def test_a_fault_is_told_with_its_name_its_place_and_what_to_do(people: Cast) -> None:
    task = make_claim(people.wataru)
    told = look(client_for(people.wataru), task).json()
    assert "A particle twice" in told["html"] and "をを" in told["html"]
    assert 'data-start="1" data-end="3"' in told["html"]
    assert any(key.startswith("wording.doubled_particle:") for key in told["keys"])


def test_what_was_left_be_stays_away_until_its_passage_changes_and_can_be_brought_back(people: Cast) -> None:
    task = make_claim(people.wataru)
    draft_save(writer=people.wataru, task=task, text=FAULTY, base_revision=0)
    client = client_for(people.wataru)
    (key,) = [key for key in look(client, task).json()["keys"] if key.startswith("wording.")]
    for _twice in range(2):
        assert key not in look(client, task, dismiss=key).json()["keys"]
    assert RemarkDismissal.objects.count() == 1
    moved = "ある夜。" + FAULTY
    assert key not in look(client, task, moved).json()["keys"]
    assert any("doubled" in other for other in look(client, task, moved + "海がが光ります。").json()["keys"])
    told = look(client, task, restore=True).json()
    assert key in told["keys"] and not RemarkDismissal.objects.exists()


def test_a_text_is_shown_escaped(people: Cast) -> None:
    told = look(client_for(people.wataru), make_claim(people.wataru), "（<script>alert(1)</script>").json()
    assert "<script>" not in told["html"]


@pytest.mark.parametrize("body", [{"text": 3}, {}, {"text": "本文", "dismiss": ["x"]}])
def test_what_is_not_a_text_is_refused(people: Cast, body: dict[str, Any]) -> None:
    url = reverse("annotation:task_remarks", args=[make_claim(people.wataru).public_id])
    assert client_for(people.wataru).post(url, body, content_type="application/json").status_code == 400


def test_another_writer_and_a_rival_vendor_find_no_such_task(people: Cast) -> None:
    task = make_claim(people.wataru)
    for other in (people.wakana, people.rei):
        assert look(client_for(other), task).status_code == 404
    assert look(client_for(people.ren), task).status_code in (403, 404)
