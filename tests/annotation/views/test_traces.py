"""The writer's word on recording, and the record shown: to its writer and to the reviewer, and to nobody else."""

from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from annotation.models import TraceChoice
from annotation.selectors.traces import KeptTrace, is_recorded
from annotation.services.reviews import review_claim
from annotation.views.trace_words import FLAG_MEANS, SIGN_MEANS, trace_told
from annotation.wording import QUESTION_WORDS
from tests.annotation.views.test_editor import page
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.annotation import make_claim, make_open_order
from tests.factories.records import make_submission, make_task
from tests.factories.traces import make_person, make_trace
from tests.factories.vendors import make_signature, make_user

pytestmark = pytest.mark.django_db


def choose(client: Client, word: str, **more: str) -> Any:
    return client.post("/work/recording/", {"word": word, **more})


def test_who_was_not_asked_yet_is_asked_instead_of_shown_an_editor() -> None:
    people = cast()
    make_open_order(people)
    writer = make_user(organisation=people.kaede, writes_languages="ja")
    make_signature(writer)
    task, client = make_claim(writer), client_for(writer)
    html = page(client, task).content.decode()
    assert "Agree and start writing" in html
    assert "<textarea" not in html and "editor.js" not in html
    address = f"/work/tasks/{task.public_id}/"
    assert choose(client, "recorded", next=address)["Location"] == address
    assert is_recorded(writer)
    assert "<textarea" in page(client, task).content.decode()


def test_the_word_can_be_taken_back_and_leads_nowhere_else() -> None:
    people = cast()
    client = client_for(people.wataru)
    assert choose(client, "off", next="https://elsewhere.example/")["Location"] == "/work/recording/"
    assert not is_recorded(people.wataru)
    assert "Since " in client.get("/work/recording/").content.decode()
    assert choose(client, "perhaps").status_code == 400
    assert TraceChoice.objects.filter(writer=people.wataru).count() == 2  # with the one of the cast


@pytest.mark.parametrize("who", ["rei", "riku", "wakana", "luna", "ren", "minato", "emi"])
def test_nobody_else_sees_the_record(who: str) -> None:
    people = cast()
    task = make_task(people)
    make_submission(task, people.wataru)
    address = f"/work/tasks/{task.public_id}/trace/"
    assert client_for(people.wataru).get(address).status_code == 200
    assert client_for(getattr(people, who)).get(address).status_code in (403, 404)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({}, "Nothing was pasted from elsewhere."),
        ({"composed": 0, "pasted": 400, "largest_insertion": 400}, "More than 40 characters appeared at once"),
        ({"untrusted": 1}, "A program put text into the editor"),
    ],
)
def test_the_reviewer_sees_the_plot_and_what_is_asked(counts: dict[str, int], words: str) -> None:
    people: Cast = cast()
    submission = make_submission(make_task(people), people.wataru, **counts)
    assert review_claim(reviewer=people.ren) == submission.task
    html = client_for(people.ren).get(f"/review/{submission.task.public_id}/").content.decode()
    assert "How the text grew" in html and "<svg" in html
    assert words in html


def test_a_trace_is_told_in_words_and_marks_pastes_and_pauses() -> None:
    steps = make_person(12)
    steps[3] |= {"pasted": 20, "largest_insertion": 20}
    steps[7] |= {"pauses": (1, 0, 0, 0, 0, 2), "focus_losses": 2, "blurred_ms": 90_000}
    steps[9] |= {"pasted_own": 7, "undone": 3}
    kept = KeptTrace(
        make_trace(*steps), is_sent=True, is_off=False, flags=["paste_share"], totals={"signs": ["flat_rate"]}
    )
    with override("en"):
        told = trace_told(kept)
        assert told.sentences[0] == "About 2 minutes of writing."
        assert "20 characters pasted or dropped in from elsewhere." in told.sentences
        assert "7 characters moved within the text, 0 quoted from the instruction." in told.sentences
        assert "3 characters put back by undo." in told.sentences
        assert "The window was left 2 times (2 min)." in told.sentences
        assert [str(sign) for sign in told.signs] == ["the pace hardly changed"]
        assert [(flag.words, flag.is_cleared) for flag in told.flags] == [(FLAG_MEANS["paste_share"], False)]
        assert told.plot is not None
        marked = [row[2] for row in told.plot.rows if row[2]]
    assert marked == ["pasted from elsewhere", "paused for more than 30 seconds, left the window"]


def test_every_flag_and_sign_has_words_for_both() -> None:
    from annotation.checks.words import FLAG_WORDS
    from annotation.cleanroom.trace_habits import Sign
    from annotation.cleanroom.trace_score import Flag
    from annotation.selectors.traces import TRACE_OFF
    from annotation.services.traces import LOOKS_COPIED

    flags = {*(flag.value for flag in Flag), TRACE_OFF, LOOKS_COPIED}
    assert flags == set(FLAG_MEANS)
    assert flags <= set(FLAG_WORDS)
    assert {f"trace:{flag}" for flag in flags} <= set(QUESTION_WORDS)
    assert {sign.value for sign in Sign} == set(SIGN_MEANS)
