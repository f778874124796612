import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.test import Client
from django.urls import reverse

from collection.models import AnswerFeedback, Instruction
from collection.selectors import feedback_counts
from collection.services.feedback import feedback_give
from tests.factories.collection import client_of, make_instruction, make_participant, make_reference

pytestmark = pytest.mark.django_db


def url(instruction: Instruction) -> str:
    return reverse("collection:feedback", args=[instruction.public_id])


def make_answered() -> tuple[Client, Instruction]:
    participant = make_participant()
    instruction = make_instruction(participant=participant)
    make_reference(instruction)
    return client_of(participant), instruction


def test_a_thumb_and_its_reason_are_kept_and_shown_on_the_page() -> None:
    client, instruction = make_answered()
    page = client.post(url(instruction), {"choice": "down:wrong"}, follow=True).content.decode()
    given = AnswerFeedback.objects.get()
    assert (given.verdict, given.reason) == ("down", "wrong")
    assert page.count('aria-pressed="true"') == 2


def test_a_script_is_told_what_holds_now() -> None:
    client, instruction = make_answered()
    response = client.post(url(instruction), {"choice": "up"}, headers={"accept": "application/json"})
    assert response.json() == {"verdict": "up", "reason": ""}


def test_the_newest_word_holds_and_none_takes_it_back() -> None:
    client, instruction = make_answered()
    for choice in ("up", "down", "down:unclear", "down:unclear"):
        client.post(url(instruction), {"choice": choice})
    assert AnswerFeedback.objects.count() == 3
    assert feedback_counts(instruction) == {"up": 0, "down": 1}
    client.post(url(instruction), {"choice": "none"})
    assert feedback_counts(instruction) == {"up": 0, "down": 0}


@pytest.mark.parametrize("choice", ["", "sideways", "up:wrong", "down:clear", "none:wrong", "up:" + "x" * 500])
def test_what_does_not_fit_is_refused(choice: str) -> None:
    client, instruction = make_answered()
    assert client.post(url(instruction), {"choice": choice}).status_code == 400
    assert not AnswerFeedback.objects.exists()


def test_nobody_judges_somebody_elses_answer() -> None:
    _, instruction = make_answered()
    for client in (Client(), client_of(make_participant())):
        assert client.post(url(instruction), {"choice": "up"}).status_code == 404


def test_there_must_be_an_answer_to_judge() -> None:
    participant = make_participant()
    instruction = make_instruction(participant=participant)
    make_reference(instruction, status="pending")
    assert client_of(participant).post(url(instruction), {"choice": "up"}).status_code == 404


def test_what_was_said_is_in_ones_own_data() -> None:
    client, instruction = make_answered()
    client.post(url(instruction), {"choice": "down:wrong"})
    (asked,) = client.get(reverse("collection:my_data_download")).json()["instructions"]
    assert [(one["verdict"], one["reason"]) for one in asked["answers"][0]["your_verdicts"]] == [("down", "wrong")]


def test_looking_at_the_address_changes_nothing() -> None:
    client, instruction = make_answered()
    assert client.get(url(instruction)).status_code == 405


def test_the_database_refuses_to_change_what_was_said() -> None:
    _, instruction = make_answered()
    given = feedback_give(instruction=instruction, verdict="up")
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute("UPDATE collection_answerfeedback SET verdict = 'down' WHERE id = %s", [given.pk])
