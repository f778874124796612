"""The quiet check while writing: what a writer is told of their own text, and how often."""

import time
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from annotation.errors import DraftTooLong, LeaseLost
from annotation.models import Draft, GateReport, Task
from annotation.services.closeness import Closeness, closeness_check
from annotation.services.drafts import DRAFT_LENGTHS
from annotation.services.gate import TextUnreadable
from annotation.services.queue import task_release, task_take
from config.errors import TooMany
from tests.annotation.cleanroom.texts import INDEPENDENT, OTHERS, PROMPT, REFERENCE
from tests.annotation.services.test_gate_bad_input import JUDGED, REFUSED, SECONDS, UNJUDGED
from tests.cast import Cast
from tests.factories.records import make_task

pytestmark = pytest.mark.django_db


def ask(people: Cast, task: Task, text: str) -> Closeness:
    cache.clear()
    return closeness_check(writer=people.wataru, task=task, text=text)


def test_the_writers_own_passages_are_told_apart_and_in_order(people: Cast, task: Task) -> None:
    text = f"\n 😀{OTHERS[0][:80]}{INDEPENDENT[:120]}{REFERENCE[40:120]}"
    told = ask(people, task, text)
    assert told.is_close
    assert [start for start, _end in told.passages] == sorted(start for start, _end in told.passages)
    assert all(earlier[1] < later[0] for earlier, later in zip(told.passages, told.passages[1:], strict=False))
    marked = "".join(text[start:end] for start, end in told.passages)
    assert OTHERS[0][5:75] in marked and REFERENCE[45:115] in marked
    assert INDEPENDENT[20:100] not in marked


@pytest.mark.parametrize("text", ["", "  \n", INDEPENDENT, f"{PROMPT}\n{INDEPENDENT}"])
def test_of_an_own_text_nothing_is_said(people: Cast, task: Task, text: str) -> None:
    assert ask(people, task, text) == Closeness()


def test_nothing_is_written(people: Cast, task: Task) -> None:
    assert ask(people, task, REFERENCE).passages
    assert not GateReport.objects.exists()
    assert not Draft.objects.exclude(text="").exists()


def test_who_asks_again_at_once_waits_and_nobody_else_does(people: Cast, task: Task) -> None:
    closeness_check(writer=people.wataru, task=task, text=REFERENCE)
    with pytest.raises(TooMany):
        closeness_check(writer=people.wataru, task=task, text=REFERENCE[:50])
    others = task_take(writer=people.wakana, task=make_task(people))
    assert closeness_check(writer=people.wakana, task=others, text=REFERENCE).passages


def test_a_text_that_cannot_be_compared_or_is_a_book_is_refused(people: Cast, task: Task) -> None:
    with pytest.raises(TextUnreadable):
        ask(people, task, "この字は\U0003fffd読めません。")
    with pytest.raises(DraftTooLong):
        ask(people, task, "あ" * (DRAFT_LENGTHS * settings.OUTPUT_MAX_CHARACTERS + 1))


def test_it_is_for_who_has_the_task_in_hand(people: Cast, task: Task) -> None:
    with pytest.raises(LeaseLost):
        closeness_check(writer=people.wakana, task=task, text=REFERENCE)
    task_release(writer=people.wataru, task=task)
    task.refresh_from_db()
    with pytest.raises(LeaseLost):
        ask(people, task, REFERENCE)


# --- over HTTP -------------------------------------------------------------------------------------------------------


def post(user: Any, task: Task, body: dict[str, Any] | str) -> Any:
    cache.clear()
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client.post(
        reverse("annotation:task_closeness", args=[task.public_id]), body, content_type="application/json"
    )


def test_the_answer_has_places_in_the_own_text_and_nothing_of_the_reference(people: Cast, task: Task) -> None:
    response = post(people.wataru, task, {"text": INDEPENDENT[:60] + REFERENCE[:100]})
    body = response.json()
    assert response.status_code == 200
    assert set(body) == {"passages", "is_close"} and body["is_close"] is True
    assert body["passages"] and all(set(passage) == {"start", "end"} for passage in body["passages"])


@pytest.mark.parametrize("body", [{}, {"text": 3}, {"text": None}])
def test_what_is_no_text_is_refused(people: Cast, task: Task, body: dict[str, Any]) -> None:
    assert post(people.wataru, task, body).status_code == 400


def test_a_rival_vendor_and_another_writer_find_no_such_task(people: Cast, task: Task) -> None:
    for other in (people.wakana, people.rei):
        assert post(other, task, {"text": REFERENCE}).status_code == 404
    assert post(people.ren, task, {"text": REFERENCE}).status_code in (403, 404)


@pytest.mark.parametrize("text", [*UNJUDGED.values(), *JUDGED.values()], ids=[*UNJUDGED, *JUDGED])
def test_an_odd_text_is_looked_over_in_time(people: Cast, task: Task, text: str) -> None:
    started = time.process_time()
    response = post(people.wataru, task, {"text": text})
    assert response.status_code == (400 if len(text.encode()) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2 else 200)
    assert time.process_time() - started < SECONDS


def test_what_cannot_be_looked_over_is_refused_and_nothing_is_said_of_it(people: Cast, task: Task) -> None:
    response = post(people.wataru, task, {"text": REFUSED["an unassigned code point"][0]})
    assert (response.status_code, response.json()["code"]) == (400, "text_unreadable")
    assert "passages" not in response.json()


def test_half_of_a_surrogate_pair_is_looked_over_as_it_is_stored(people: Cast, task: Task) -> None:
    assert post(people.wataru, task, f'{{"text": "前\\ud800{REFERENCE[:90]}"}}').json()["is_close"]
