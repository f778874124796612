"""Accepted outputs that a text nearly repeats: which are found, where, and what the desk shows of them."""

import pytest
from django.test import Client
from django.urls import reverse

from annotation.jobs import index_sweep
from annotation.models import OutputHash, Task
from annotation.services import likenesses
from annotation.services.likenesses import likenesses_find, likenesses_mend
from annotation.services.reviews import review_claim
from tests.annotation.cleanroom.texts import INDEPENDENT, OTHERS, PROMPT, REFERENCE, as_plain_style
from tests.cast import Cast, cast
from tests.factories.collection import make_instruction
from tests.factories.records import make_acceptance, make_review_held, make_slots, make_submission

pytestmark = pytest.mark.django_db

# Stand for what people wrote: nothing of it is a reference here.
ACCEPTED = OTHERS[1]


@pytest.fixture
def people() -> Cast:
    return cast()


def accept(people: Cast, task: Task, text: str) -> Task:
    return make_acceptance(make_submission(task, people.wataru, text=text), people.ren)


def test_what_was_accepted_is_found_again_with_its_passages_in_both_texts(people: Cast) -> None:
    first, second, third = make_slots(people, 3)
    accept(people, first, ACCEPTED)
    accept(people, second, INDEPENDENT)
    text = f"{OTHERS[2][:60]}{ACCEPTED[:90]}"
    (found,) = likenesses_find(task=third, text=text)
    assert found.submission.text == ACCEPTED
    assert 0.5 < found.share < 0.65
    assert "".join(text[start:end] for start, end in found.here) in ACCEPTED
    assert "".join(ACCEPTED[start:end] for start, end in found.there) in text
    assert likenesses_find(task=third, text=REFERENCE) == []


def test_a_copy_in_other_words_is_found_and_the_nearest_comes_first(people: Cast) -> None:
    first, second, third = make_slots(people, 3)
    accept(people, first, f"{INDEPENDENT}{ACCEPTED[:80]}")
    accept(people, second, as_plain_style(ACCEPTED))
    found = likenesses_find(task=third, text=ACCEPTED)
    assert [like.submission.task_id for like in found] == [second.pk, first.pk]


def test_what_many_outputs_share_says_nothing_unless_it_is_all_there_is(
    people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likenesses, "COMMON_FROM", 2)
    first, second, third, fourth = make_slots(people, 4)
    shared, own = OTHERS[2][:120], ACCEPTED[:120]
    accept(people, first, f"{shared}{own}")
    accept(people, second, f"{shared}{INDEPENDENT}")
    accept(people, third, f"{shared}{OTHERS[3]}")
    found = likenesses_find(task=fourth, text=f"{shared}{own}")
    assert [like.submission.task_id for like in found] == [first.pk]
    assert likenesses_find(task=fourth, text=shared) != []


def test_the_own_task_is_not_its_own_neighbour_and_what_is_not_accepted_is_none(people: Cast) -> None:
    first, second = make_slots(people, 2)
    accept(people, first, ACCEPTED)
    make_submission(second, people.wakana, text=OTHERS[2])
    assert likenesses_find(task=first, text=ACCEPTED) == []
    assert likenesses_find(task=first, text=OTHERS[2]) == []
    Task.objects.filter(pk=first.pk).update(status="revoked")
    assert likenesses_find(task=second, text=ACCEPTED) == []


def test_what_both_quote_from_a_question_does_not_count(people: Cast) -> None:
    first, second = make_slots(people, 2)
    first.instruction = make_instruction(instruction=PROMPT, input=REFERENCE)
    first.save()
    accept(people, first, f"「{REFERENCE[:120]}」とありますが、私なら違うことを書きます。{INDEPENDENT}")
    assert likenesses_find(task=second, text=f"{REFERENCE[:120]}は長すぎると思います。{OTHERS[3]}") == []


@pytest.mark.parametrize("text", ["", "😀😀", "この字は\U0003fffd読めません。"])
def test_of_what_cannot_be_compared_nothing_is_said(people: Cast, text: str) -> None:
    first, second = make_slots(people, 2)
    accept(people, first, ACCEPTED)
    assert likenesses_find(task=second, text=text) == []


def test_what_was_accepted_before_there_was_an_index_is_indexed_at_night(people: Cast) -> None:
    first, second = make_slots(people, 2)
    accept(people, first, ACCEPTED)
    OutputHash.objects.all().delete()
    assert likenesses_find(task=second, text=ACCEPTED) == []
    index_sweep()
    assert likenesses_find(task=second, text=ACCEPTED)
    assert likenesses_mend() == 0


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_desk_shows_the_earlier_text_with_the_passages_marked(people: Cast, language: str) -> None:
    first, second = make_slots(people, 2)
    accept(people, first, ACCEPTED)
    task = make_review_held(make_submission(second, people.wakana, text=ACCEPTED[:90] + INDEPENDENT), people.ren)
    assert review_claim(reviewer=people.ren) == task
    client = Client(headers={"accept-language": language})
    client.force_login(people.ren)
    page = client.get(reverse("annotation:desk", args=[task.public_id])).content.decode()
    words = {"ja": "この文章に近い", "en": "Accepted texts close to this one"}[language]
    assert words in page
    shown = page[page.index('aria-labelledby="alike"') :]
    assert f"<mark>{ACCEPTED[:60]}" in shown
    assert reverse("annotation:record", args=[first.public_id]) in shown


def test_a_desk_without_likenesses_shows_no_heading(people: Cast) -> None:
    (task,) = make_slots(people, 1)
    make_review_held(make_submission(task, people.wakana, text=INDEPENDENT), people.ren)
    client = Client(headers={"accept-language": "en"})
    client.force_login(people.ren)
    assert "close to this one" not in client.get(reverse("annotation:desk", args=[task.public_id])).content.decode()
