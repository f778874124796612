"""My work: what to do now, why there is nothing, and what came of it."""

from datetime import timedelta

import pgtrigger
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from annotation.models import Draft, Submission, Task
from annotation.selectors.queue import queue_state_for, work_summary_for
from annotation.selectors.review import open_questions
from annotation.services.drafts import draft_save
from annotation.services.queue import task_release, task_skip, task_take
from annotation.services.reviews import review_accept, review_claim, review_return
from annotation.services.submissions import submission_send
from annotation.states import TaskStatus
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.annotation import lease_end, make_claim, make_open_order, make_submission
from tests.factories.collection import client_of as participants_browser
from tests.factories.collection import make_instruction, make_participant, make_reference
from tests.factories.records import make_reason, make_task, make_text
from tests.factories.vendors import make_agreement
from vendors.models import User

pytestmark = pytest.mark.django_db


def accept_next(people: Cast) -> None:
    task = review_claim(reviewer=people.ren)
    assert task is not None and task.current_submission is not None
    answers = {question.key: "確かめました。" for question in open_questions(task.current_submission)}
    review_accept(reviewer=people.ren, task=task, answers=answers)


def reason_for(user: User) -> str:
    return queue_state_for(User.objects.get(pk=user.pk)).reason


def test_an_empty_queue_says_why() -> None:
    people = cast()
    assert reason_for(people.wataru) == "no_order"
    make_open_order(people, quantity=1, language="en")
    assert reason_for(people.wataru) == "language"
    make_open_order(people, quantity=1)
    assert reason_for(people.wataru) == ""
    task_skip(writer=people.wataru, task=make_claim(people.wataru), reason="expert")
    assert reason_for(people.wataru) == "seen"
    held = make_claim(people.wakana)
    state = queue_state_for(people.wataru)
    assert (state.reason, state.held_count) == ("held", 1)
    assert state.next_lease_ends_at == Task.objects.get(pk=held.pk).lease_expires_at
    lease_end(held)
    assert reason_for(people.wataru) == ""
    make_submission(people.wakana)
    assert reason_for(people.wataru) == "done"
    make_agreement()
    assert reason_for(people.wataru) == "unsigned"
    User.objects.filter(pk=people.wataru.pk).update(barred_at=timezone.now())
    assert reason_for(people.wataru) == "barred"


@pytest.mark.parametrize(("reason", "words"), [("unsigned", "Read and sign"), ("held", "may come free at")])
def test_the_page_says_what_to_do_about_it(reason: str, words: str) -> None:
    people = cast()
    make_open_order(people, quantity=1)
    if reason == "unsigned":
        make_agreement()
    else:
        make_claim(people.wakana)
    assert words in client_for(people.wataru).get("/work/").content.decode()


def test_claiming_leads_to_the_task_and_back_with_a_word_when_there_is_none() -> None:
    people = cast()
    client = client_for(people.wataru)
    empty = client.post(reverse("annotation:work_claim"), follow=True)
    assert "no running order" in empty.content.decode()
    make_open_order(people)
    answer = client.post(reverse("annotation:work_claim"))
    assert answer["Location"] == reverse("annotation:task", args=[Task.objects.get(status="claimed").public_id])


def test_the_days_figures_count_what_was_sent_accepted_and_earned() -> None:
    people = cast()
    make_open_order(people, quantity=4, unit_price=480)
    for _ in range(3):
        make_submission(people.wataru)
    accept_next(people)
    review_claim(reviewer=people.ren)
    task = Task.objects.get(status="in_review")
    review_return(reviewer=people.ren, task=task, reasons=[make_reason("facts").code], comment="直してください。")
    summary = work_summary_for(people.wataru)
    assert (summary.sent_today, summary.accepted_today, summary.waiting_count) == (3, 1, 1)
    assert (summary.earned_today, summary.earned_this_month, summary.currency) == (480, 480, "JPY")
    assert [returned.pk for returned in summary.returned] == [task.pk]
    assert [(line.free_count, line.accepted_count) for line in summary.orders] == [(1, 1)]
    page = client_for(people.wataru).get("/work/").content.decode()
    assert "1 text came back to you" in page
    assert "直してください。" in page


def test_what_came_back_comes_first_unless_another_text_is_begun() -> None:
    people = cast()
    make_open_order(people, quantity=2)
    make_submission(people.wataru)
    held = make_claim(people.wataru)
    task = review_claim(reviewer=people.ren)
    assert task is not None
    review_return(reviewer=people.ren, task=task, reasons=[make_reason("facts").code], comment="直してください。")
    client = client_for(people.wataru)
    html = client.get("/work/").content.decode()
    assert html.index(f"/work/tasks/{task.public_id}/again/") < html.index(f"/work/tasks/{held.public_id}/")
    assert html.count(f"due {date_format(held.work_order.due_on, 'DATE_FORMAT')}") >= 2
    draft_save(writer=people.wataru, task=held, text="書きかけ", base_revision=0)
    html = client.get("/work/").content.decode()
    assert "Finish the text in hand first" in html
    assert f"/work/tasks/{task.public_id}/again/" not in html
    client.post(f"/work/tasks/{held.public_id}/back/")
    client.post(f"/work/tasks/{task.public_id}/again/")
    assert work_summary_for(people.wataru).in_hand == task


def test_history_tells_every_verdict_of_every_version() -> None:
    people = cast()
    make_open_order(people, quantity=1)
    task = make_submission(people.wataru).task
    for comment in ("一つ目の指摘です。", "二つ目の指摘です。"):
        review_claim(reviewer=people.ren)
        held = Task.objects.get(pk=task.pk)
        review_return(reviewer=people.ren, task=held, reasons=[make_reason("facts").code], comment=comment)
        draft = Draft.objects.get()
        submission_send(
            writer=people.wataru,
            task=task_take(writer=people.wataru, task=held),
            text=f"{draft.text}直しました。",
            base_revision=draft.revision,
            is_attested=True,
        )
    accept_next(people)
    html = client_for(people.wataru).get("/work/history/").content.decode()
    assert html.index("二つ目の指摘です。") < html.index("一つ目の指摘です。")
    assert html.count("badge-returned") == 2


def test_an_empty_queue_says_by_when_a_word_on_what_was_sent_is_due() -> None:
    people = cast()
    make_open_order(people, quantity=1, inspection_days=5)
    make_submission(people.wataru)
    due = timezone.localdate() + timedelta(days=5)
    summary = work_summary_for(people.wataru)
    assert (summary.state.reason, summary.waiting_count, summary.word_due_on) == ("done", 1, due)
    html = client_for(people.wataru).get("/work/").content.decode()
    assert f"You will have a word on it by {date_format(due, 'DATE_FORMAT')}" in html


def test_a_pause_keeps_the_task_for_a_whole_lease_and_says_until_when() -> None:
    people = cast()
    make_open_order(people, quantity=1, lease_seconds=1800)
    task = make_claim(people.wataru)
    lease_end(task, seconds_ago=-60)
    client = client_for(people.wataru)
    html = client.post(f"/work/tasks/{task.public_id}/pause/", follow=True).content.decode()
    task.refresh_from_db()
    assert task.status == "claimed" and task.lease_expires_at is not None
    assert task.lease_expires_at > timezone.now() + timedelta(minutes=29)
    assert date_format(timezone.localtime(task.lease_expires_at), "SHORT_DATETIME_FORMAT") in html
    task_release(writer=people.wataru, task=task)
    assert client.post(f"/work/tasks/{task.public_id}/pause/").status_code in {404, 409}


def test_yesterdays_work_is_not_todays() -> None:
    people = cast()
    make_open_order(people)
    sent = make_submission(people.wataru)
    assert work_summary_for(people.wataru).sent_today == 1
    with pgtrigger.ignore("annotation.Submission:append_only"):
        Submission.objects.filter(pk=sent.pk).update(at=timezone.now() - timedelta(days=1))
    assert work_summary_for(people.wataru).sent_today == 0


@pytest.mark.parametrize("address", ["/work/", "/work/history/"])
def test_the_pages_cost_the_same_for_a_little_and_for_a_lot(address: str) -> None:
    people = cast()
    make_open_order(people, quantity=12)
    client = client_for(people.wataru)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    make_submission(people.wataru)
    accept_next(people)
    few = cost()
    for _ in range(8):
        make_submission(people.wataru)
    accept_next(people)
    make_open_order(people, quantity=3)
    assert cost() <= few
    assert few <= 18


@pytest.mark.parametrize("who", ["luna", "ren", "minato", "fumi"])
def test_the_room_is_for_writers(who: str) -> None:
    people = cast()
    client = client_for(getattr(people, who))
    assert client.get("/work/").status_code == 403
    assert client.post("/work/claim/").status_code == 403


def test_history_shows_only_ones_own_and_the_newest_version() -> None:
    people = cast()
    make_open_order(people, quantity=2)
    mine = make_submission(people.wataru)
    make_submission(people.wakana)
    html = client_for(people.wataru).get("/work/history/").content.decode()
    assert html.count("/work/tasks/") == 1
    assert str(mine.task.public_id) in html


# --- a browser that is also a participant's ---------------------------------------------------------------------------


def test_a_writer_is_not_given_what_the_same_browser_asked() -> None:
    people = cast()
    asker = make_participant()
    instruction = make_instruction(participant=asker)
    make_reference(instruction)
    task = make_task(people, instruction=instruction)
    browser = participants_browser(asker, client_for(people.wataru))
    assert browser.post("/work/claim/").headers["Location"] == "/work/"
    assert Task.objects.get().status == TaskStatus.QUEUED
    plain = client_for(people.wataru)
    assert plain.post("/work/claim/").headers["Location"] == f"/work/tasks/{task.public_id}/"
    sent = {"text": make_text(), "base_revision": 0, "is_attested": True}
    address = f"/work/tasks/{task.public_id}/submit/"
    refused = browser.post(address, sent, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "reference_seen")
    assert Draft.objects.get().text == sent["text"]  # nothing was lost
    assert plain.post(address, sent | {"base_revision": 1}, content_type="application/json").status_code == 200
