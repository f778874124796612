"""The reviewers' pages: who may enter, what the desk shows, and what a verdict over HTTP does."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from annotation.models import OutputCheck, Review, Showing, Task
from annotation.services.figures import figures_refresh
from annotation.services.reviews import review_accept, review_claim, review_return
from annotation.states import TaskStatus
from tests.cast import Cast, cast
from tests.clients import client_for, queries_of
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import (
    make_acceptance,
    make_moderation,
    make_reason,
    make_review_held,
    make_slots,
    make_submission,
    make_task,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    make_reason("instruction_missed")
    return cast()


def decide(client: Client, task: Task, **form: Any) -> Any:
    return client.post(reverse("annotation:verdict", args=[task.public_id]), form)


def desk_of(task: Task) -> str:
    return reverse("annotation:desk", args=[task.public_id])


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_is_shown_in_both_languages(people: Cast, language: str) -> None:
    first, second = make_slots(people, 2)
    make_acceptance(make_submission(first, people.wataru), people.ren)
    submission = make_submission(second, people.wataru, untrusted=1)
    make_moderation(submission, outcome=OutputCheck.Outcome.FAIL)
    task = make_review_held(submission, people.ren)
    client = client_for(people.ren, language)
    for path in ("/review/", desk_of(task), desk_of(first)):
        response = client.get(path)
        assert response.status_code == 200
        assert f'<html lang="{language}"' in response.content.decode()
    page = client.get(desk_of(task)).content.decode()
    assert submission.text in page
    assert 'name="answer-trace:untrusted_events"' in page
    assert 'name="answer-check:moderation"' in page


@pytest.mark.parametrize("name", ["luna", "wataru", "rei", "riku", "emi", "fumi"])
def test_nobody_else_enters_the_review_room(people: Cast, name: str) -> None:
    task = make_review_held(make_submission(make_task(people), people.wataru), people.ren)
    client = client_for(getattr(people, name))
    for path in ("/review/", desk_of(task)):
        assert client.get(path).status_code in {403, 404}
    assert client.post("/review/next/").status_code in {403, 404}
    assert decide(client, task, verdict="accept").status_code in {403, 404}
    assert not Review.objects.exists()


def test_the_public_is_sent_to_sign_in(people: Cast) -> None:
    task = make_review_held(make_submission(make_task(people), people.wataru), people.ren)
    for path in ("/review/", desk_of(task)):
        response = Client().get(path)
        assert response.status_code == 302 and "/accounts/login/" in response["Location"]


def test_own_writing_looks_as_if_it_did_not_exist(people: Cast) -> None:
    submission = make_submission(make_task(people), people.wataru)
    Task.objects.update(writer=people.ren)
    assert client_for(people.ren).get(desk_of(submission.task)).status_code == 404
    assert client_for(people.rin).get(desk_of(submission.task)).status_code == 200


def test_what_was_never_delivered_is_not_on_any_desk(people: Cast) -> None:
    assert client_for(people.ren).get(desk_of(make_task(people))).status_code == 404


def test_looking_at_a_text_does_not_take_it(people: Cast) -> None:
    submission = make_submission(make_task(people), people.wataru)
    page = client_for(people.ren).get(desk_of(submission.task)).content.decode()
    assert 'value="accept"' not in page
    assert Task.objects.get().status == TaskStatus.SUBMITTED


def test_the_next_text_is_taken_and_shown_and_accepted_and_followed_by_the_next(people: Cast) -> None:
    first, second = make_slots(people, 2)
    for task in (first, second):
        make_submission(task, people.wataru)
    client = client_for(people.ren)
    assert client.post("/review/next/").headers["Location"] == desk_of(first)
    assert 'value="accept"' in client.get(desk_of(first)).content.decode()
    assert decide(client, first, verdict="accept", seconds="42").headers["Location"] == desk_of(second)
    assert Review.objects.get().seconds == 42
    assert decide(client, second, verdict="accept").headers["Location"] == "/review/"
    assert client.post("/review/next/").headers["Location"] == "/review/"


def test_a_refused_acceptance_says_what_is_missing_and_keeps_what_was_typed(people: Cast) -> None:
    submission = make_submission(make_task(people), people.wataru, untrusted=1)
    make_moderation(submission, outcome=OutputCheck.Outcome.HOLD)
    task = make_review_held(submission, people.ren)
    form = {"verdict": "accept", "answer-check:moderation": "A fairy tale.", "comment": "Well told."}
    response = decide(client_for(people.ren), task, **form)
    page = response.content.decode()
    assert response.status_code == 400
    assert "say for each open question" in page
    assert "A fairy tale.</textarea>" in page and "Well told.</textarea>" in page
    assert Task.objects.get().status == TaskStatus.IN_REVIEW
    form["answer-trace:untrusted_events"] = "A declared dictation program."
    assert decide(client_for(people.ren), task, **form).status_code == 302
    assert Task.objects.get().status == TaskStatus.ACCEPTED


@pytest.mark.parametrize("verdict", ["return", "reject"])
def test_a_refusal_without_reason_keeps_the_comment_and_the_ticks(people: Cast, verdict: str) -> None:
    task = make_review_held(make_submission(make_task(people), people.wataru), people.ren)
    client = client_for(people.ren)
    response = decide(client, task, verdict=verdict, comment="Say why.")
    assert response.status_code == 400 and "Say why.</textarea>" in response.content.decode()
    response = decide(client, task, verdict=verdict, reasons="instruction_missed")
    assert response.status_code == 400
    assert 'value="instruction_missed" data-key="1" checked' in response.content.decode()
    assert decide(client, task, verdict=verdict, reasons="instruction_missed", comment="Say why.").status_code == 302


def test_the_desk_tells_of_the_writers_other_texts_of_the_order(people: Cast) -> None:
    first, second, third, hers = make_slots(people, 4)
    make_acceptance(make_submission(first, people.wataru), people.ren)
    make_review_held(make_submission(second, people.wataru), people.ren)
    review_return(reviewer=people.ren, task=second, reasons=["instruction_missed"], comment="Again.")
    make_acceptance(make_submission(hers, people.wakana), people.ren)
    make_submission(third, people.wataru)
    client = client_for(people.rin)

    def told(task: Task) -> tuple[int, int, int, int]:
        record = client.get(desk_of(task)).context["desk"].record
        return record.accepted, record.accepted_first, record.returned, record.rejected

    assert told(third) == (0, 0, 0, 0)  # before the job has counted
    figures_refresh()
    assert told(third) == (1, 1, 1, 0)
    assert (told(first), told(second), told(hers)) == ((0, 0, 1, 0), (1, 1, 0, 0), (0, 0, 0, 0))
    assert "1, of them 1 at once" in client.get(desk_of(third)).content.decode()


def test_putting_back_and_unknown_verdicts(people: Cast) -> None:
    task = make_review_held(make_submission(make_task(people), people.wataru), people.ren)
    client = client_for(people.ren)
    assert decide(client, task, verdict="approve-all").status_code == 400
    assert decide(client, task).status_code == 400
    assert Task.objects.get().status == TaskStatus.IN_REVIEW
    assert decide(client, task, verdict="release", comment="Not my field.").headers["Location"] == "/review/"
    assert Task.objects.get().status == TaskStatus.SUBMITTED


def test_a_verdict_on_a_text_that_somebody_else_took_is_a_conflict(people: Cast) -> None:
    submission = make_submission(make_task(people), people.wataru)
    task = make_review_held(submission, people.rin)
    response = decide(client_for(people.ren), task, verdict="accept")
    assert response.status_code == 409
    assert "Nothing was decided" in response.content.decode()


@pytest.mark.parametrize("seconds", ["", "-5", "1e9", "9" * 5000, "٣", "abc"])
def test_whatever_the_page_sends_as_its_time_the_verdict_counts(people: Cast, seconds: str) -> None:
    task = make_review_held(make_submission(make_task(people), people.wataru), people.ren)
    assert decide(client_for(people.ren), task, verdict="accept", seconds=seconds).status_code == 302
    assert Review.objects.get().seconds == 0


def test_a_day_is_the_longest_time(people: Cast) -> None:
    task = make_review_held(make_submission(make_task(people), people.wataru), people.ren)
    decide(client_for(people.ren), task, verdict="accept", seconds="99999")
    assert Review.objects.get().seconds == 86_400


def test_text_of_others_is_never_taken_for_markup(people: Cast) -> None:
    nasty = "<script>alert(1)</script>" + "川べりを遠回りして、鴨の数をかぞえながら歩きました。" * 3
    submission = make_submission(make_task(people), people.wataru, text=nasty)
    page = client_for(people.ren).get(desk_of(submission.task)).content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_the_queue_page_costs_the_same_however_much_waits(people: Cast) -> None:
    client = client_for(people.ren)

    def fill(size: int) -> None:
        """As many more verdicts, and as many texts that wait."""
        for task in make_slots(people, size):
            make_submission(task, people.wataru)
        while (held := review_claim(reviewer=people.ren)) is not None:
            review_accept(reviewer=people.ren, task=held)
        for task in make_slots(people, size):
            make_submission(task, people.wataru)

    fill(1)
    few = queries_of(lambda: client.get("/review/"))
    fill(4)
    assert queries_of(lambda: client.get("/review/")) == few <= 13


def test_the_desk_costs_the_same_however_long_its_history(people: Cast) -> None:
    client = client_for(people.ren)
    task = make_task(people, rework_rounds=5)

    def submit() -> Task:
        return make_review_held(make_submission(Task.objects.get(pk=task.pk), people.wataru), people.ren)

    review_return(reviewer=people.ren, task=submit(), reasons=["instruction_missed"], comment="Again.")
    submit()
    short = queries_of(lambda: client.get(desk_of(task)))
    for _ in range(3):
        held = Task.objects.get(pk=task.pk)
        review_return(reviewer=people.ren, task=held, reasons=["instruction_missed"], comment="Again.")
        submit()
    assert queries_of(lambda: client.get(desk_of(task))) == short <= 27


# --- editing, and opening the model's answer -------------------------------------------------------------------------

ANSWER = (
    "秋の京都では、まず早朝の東福寺を訪れ、通天橋から谷を埋める紅葉を眺めるのがよいでしょう。昼は錦市場を歩きます。"
)


def on_the_desk(people: Cast, **order: Any) -> Task:
    instruction = make_instruction()
    make_reference(instruction, text=ANSWER)
    task = make_task(people, instruction=instruction, **order)
    return make_review_held(make_submission(task, people.wataru), people.ren)


def test_an_edit_is_handed_in_and_the_next_reviewer_sees_what_it_changed(people: Cast) -> None:
    task = on_the_desk(people)
    client = client_for(people.ren)
    page = client.get(desk_of(task)).content.decode()
    assert 'id="edit"' in page
    form = {
        "text": task.current_submission.text.replace("雨の日は", "雨の朝は"),
        "is_attested": "on",
        "note": "A word.",
    }
    response = client.post(reverse("annotation:edit", args=[task.public_id]), form, follow=True)
    assert response.redirect_chain == [("/review/", 302)]
    assert "Your edit is handed in" in response.content.decode()
    page = client_for(people.rin).get(desk_of(task)).content.decode()
    assert "edited by a reviewer" in page and "<ins>朝</ins>" in page and "<del>日</del>" in page
    record = client_for(people.aoi).get(reverse("annotation:record", args=[task.public_id])).content.decode()
    assert "edited by a reviewer: A word." in record
    writers = client_for(people.wataru).get(reverse("annotation:task", args=[task.public_id])).content.decode()
    assert "雨の朝は" in writers and "/recall/" not in writers


def test_a_blocked_edit_comes_back_with_what_was_typed_and_its_passages_marked(people: Cast) -> None:
    task = on_the_desk(people)
    typed = task.current_submission.text + "\r\n\r\n" + ANSWER
    form = {"text": typed, "is_attested": "on", "note": "Better."}
    response = client_for(people.ren).post(reverse("annotation:edit", args=[task.public_id]), form)
    page = response.content.decode()
    assert response.status_code == 422
    assert typed.replace("\r\n", "\n") + "</textarea>" in page and 'value="Better."' in page
    assert ANSWER[:20] in page.split("<mark")[1].split("</mark>")[0]
    assert Task.objects.get().status == TaskStatus.IN_REVIEW
    refused = client_for(people.ren).post(reverse("annotation:edit", args=[task.public_id]), {"text": "x" * 30})
    assert refused.status_code == 400 and "x" * 30 + "</textarea>" in refused.content.decode()


def test_the_answer_is_opened_by_a_post_alone_and_then_editing_is_over(people: Cast) -> None:
    task = on_the_desk(people)
    client = client_for(people.ren)
    address = reverse("annotation:reference", args=[task.public_id])
    assert client.get(address).status_code == 405
    assert not Showing.objects.exists()
    piece = client.post(address, headers={"hx-request": "true"}).content.decode()
    assert "<html" not in piece and "錦市場" in piece
    whole = client.post(address).content.decode()
    assert "錦市場" in whole and 'id="edit"' not in whole
    assert list(Showing.objects.values_list("user", "place")) == [(people.ren.pk, "desk")] * 2
    assert "錦市場" not in client.get(desk_of(task)).content.decode()
    form = {"text": task.current_submission.text + "また来ます。", "is_attested": "on"}
    refused = client.post(reverse("annotation:edit", args=[task.public_id]), form)
    assert refused.status_code == 409
    page = client.get(desk_of(task)).content.decode()
    assert "You have opened the model’s answer" in page
    assert decide(client, task, verdict="accept").status_code == 302


def test_the_records_page_opens_it_with_a_reason_and_tells_who_saw_it(people: Cast) -> None:
    task = on_the_desk(people)
    address = reverse("annotation:record_reference", args=[task.public_id])
    client = client_for(people.minato)
    assert client.post(address, {"why": " "}).status_code == 400
    assert client_for(people.fumi).post(address, {"why": "Curious."}).status_code == 403
    assert "錦市場" in client.post(address, {"why": "A complaint."}).content.decode()
    page = client_for(people.fumi).get(reverse("annotation:record", args=[task.public_id])).content.decode()
    assert "Minato, on the page of the record — A complaint." in page
    assert "錦市場" not in page


def test_a_verdict_is_offered_back_and_the_desk_has_what_was_typed(people: Cast, settings: Settings) -> None:
    settings.REVIEW_UNDO_SECONDS = 10
    first, second = make_slots(people, 2)
    for task in (first, second):
        make_submission(task, people.wataru)
    client = client_for(people.ren)
    client.post("/review/next/")
    form = {"verdict": "return", "reasons": "instruction_missed", "comment": "Say where."}
    assert decide(client, first, **form).headers["Location"] == desk_of(second)
    undo = reverse("annotation:undo", args=[first.public_id])
    page = client.get(desk_of(second)).content.decode()
    assert undo in page and "Returned to its writer" in page
    assert 'value="accept"' not in client.get(desk_of(first)).content.decode()
    assert client.post(undo).headers["Location"] == desk_of(first)
    page = client.get(desk_of(first)).content.decode()
    assert "Say where.</textarea>" in page and 'value="instruction_missed" data-key="1" checked' in page
    assert client.post(undo).status_code == 409
    assert undo not in client.get("/review/").content.decode()


def test_earlier_versions_show_what_changed(people: Cast) -> None:
    submission = make_submission(make_task(people), people.wataru, text="川べりを歩きました。" * 20)
    task = make_review_held(submission, people.ren)
    review_return(reviewer=people.ren, task=task, reasons=["instruction_missed"], comment="Where?")
    Task.objects.update(status=TaskStatus.CLAIMED, lease_expires_at=timezone.now() + timedelta(hours=1))
    make_submission(Task.objects.get(), people.wataru, text="川べりを歩きました。" * 19 + "浜辺を歩きました。")
    page = client_for(people.ren).get(desk_of(task)).content.decode()
    assert "<del>" in page and "<ins>" in page
