"""The editor's requests: what each answers, to whom, and that nothing is told that a writer must not see."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotation.models import Draft, InstructionSkip, Submission, Task
from annotation.services.drafts import draft_save
from annotation.services.reviews import review_claim, review_return
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.annotation import TEXT, lease_end, make_claim, make_open_order, make_submission
from tests.factories.collection import make_reference
from tests.factories.records import make_reason

pytestmark = pytest.mark.django_db

SECRET = "模型だけが知っている合言葉は、鶴の恩返しの第三章にあります。"


def send(client: Client, name: str, task: Task, **body: Any) -> Any:
    return client.post(reverse(f"annotation:{name}", args=[task.public_id]), body, content_type="application/json")


def page(client: Client, task: Task) -> Any:
    return client.get(reverse("annotation:task", args=[task.public_id]))


def test_the_page_shows_what_is_asked_the_guideline_and_the_draft_and_never_the_reference() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    make_reference(task.instruction, text=SECRET)
    draft_save(writer=people.wataru, task=task, text="書きかけ<b>", base_revision=0)
    html = page(client_for(people.wataru), task).content.decode()
    assert task.instruction.instruction in html
    assert "書きかけ&lt;b&gt;" in html
    assert "Use your own words." in html
    assert SECRET not in html


@pytest.mark.parametrize("size", [0, 40])
def test_the_page_costs_at_most_twelve_queries_however_much_was_written(size: int) -> None:
    people = cast()
    make_open_order(people, quantity=2)
    task = make_claim(people.wataru)
    for revision in range(size):
        draft_save(writer=people.wataru, task=task, text=f"{TEXT}{revision}", base_revision=revision)
    client = client_for(people.wataru)
    with CaptureQueriesContext(connection) as captured:
        assert page(client, task).status_code == 200
    assert len(captured) <= 12, [query["sql"] for query in captured]


@pytest.mark.parametrize("who", ["rei", "riku", "wakana", "luna", "ren", "minato", "emi"])
def test_nobody_else_finds_the_task(who: str) -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    client = client_for(getattr(people, who))
    names = ("task", "task_lease", "task_draft", "task_submit", "task_back", "task_pass", "task_again", "task_recall")
    for name in names:
        address = reverse(f"annotation:{name}", args=[task.public_id])
        body = {"text": "x", "base_revision": 0, "reason": "other"}
        answers = [client.get(address)] if name in {"task", "task_lease"} else []
        answers += [] if name == "task" else [client.post(address, body)]
        assert {answer.status_code for answer in answers} <= {403, 404}, name
    task.refresh_from_db()
    assert (task.status, task.writer_id) == ("claimed", people.wataru.pk)


def test_a_visitor_is_sent_to_sign_in_and_a_script_is_told() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    assert page(Client(), task)["Location"].startswith("/accounts/login/?next=/work/tasks/")
    answer = send(Client(), "task_draft", task, text="x", base_revision=0)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_saving_answers_with_the_revision_and_a_stale_one_with_both_texts() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    client = client_for(people.wataru)
    saved = send(client, "task_draft", task, text="朝", base_revision=0, buckets=[])
    assert (saved.status_code, saved.json()["revision"]) == (200, 1)
    stale = send(client, "task_draft", task, text="夜", base_revision=0)
    assert stale.status_code == 409
    told = stale.json()
    assert (told["code"], told["text"], told["revision"]) == ("stale_revision", "朝", 1)


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b"{", b'{"text": 3, "base_revision": 0}', b'{"text": "x", "base_revision": "0"}']
)
def test_a_malformed_draft_is_refused_and_changes_nothing(body: bytes) -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    address = reverse("annotation:task_draft", args=[task.public_id])
    answer = client_for(people.wataru).generic("POST", address, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_input")
    assert not Draft.objects.exists()


def test_half_of_an_emoji_is_saved_with_a_sign_for_what_is_missing() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    address = reverse("annotation:task_draft", args=[task.public_id])
    body = b'{"text": "\\ud83d\xe9\xad\x9a", "base_revision": 0, "buckets": []}'
    answer = client_for(people.wataru).generic("POST", address, body, content_type="application/json")
    assert answer.status_code == 200
    assert Draft.objects.get().text == "\ufffd魚"
    nested = b'{"text": "\\ud83d", "buckets": ' + b"[" * 100_000 + b"}"
    assert (
        client_for(people.wataru).generic("POST", address, nested, content_type="application/json").status_code == 400
    )


def test_the_heartbeat_renews_and_says_when_the_task_is_gone() -> None:
    people = cast()
    make_open_order(people, quantity=1)
    task = make_claim(people.wataru)
    draft_save(writer=people.wataru, task=task, text="書きかけ", base_revision=0)
    client = client_for(people.wataru)
    lease_end(task)
    assert send(client, "task_lease", task).json()["is_in_hand"] is True
    lease_end(task)
    make_claim(people.wakana)
    lost = send(client, "task_lease", task)
    assert (lost.status_code, lost.json()["code"]) == (409, "lease_lost")
    state = client.get(reverse("annotation:task_lease", args=[task.public_id])).json()
    assert (state["is_in_hand"], state["can_take"], state["is_sent"]) == (False, False, False)
    html = page(client, task).content.decode()
    assert "書きかけ" in html
    assert "Somebody else holds this task now." in html


def test_sending_answers_with_the_next_task_ready_to_be_shown() -> None:
    people = cast()
    make_open_order(people, quantity=2)
    task = make_claim(people.wataru)
    make_reference(task.instruction, text=SECRET)
    answer = send(client_for(people.wataru), "task_submit", task, text=TEXT, base_revision=0, is_attested=True)
    following = answer.json()["next"]
    held = Task.objects.select_related("instruction").get(status="claimed")
    assert (following["id"], following["is_fresh"]) == (str(held.public_id), True)
    assert following["instruction"] == held.instruction.instruction
    assert following["state"] == {
        "revision": 0, "trace": following["state"]["trace"], "least": 1, "most": 4000, "pace": 500,
        "quotable": [held.instruction.instruction],
    }  # fmt: skip
    assert SECRET not in answer.content.decode()


def test_sending_and_stopping_claims_nothing() -> None:
    people = cast()
    make_open_order(people, quantity=2)
    task = make_claim(people.wataru)
    sent = {"text": TEXT, "base_revision": 0, "is_attested": True, "claims_next": False}
    assert send(client_for(people.wataru), "task_submit", task, **sent).json() == {"next": None, "work": "/work/"}
    assert not Task.objects.filter(status="claimed").exists()


def test_a_text_that_the_gate_stops_comes_back_with_the_writers_own_passages_only() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    make_reference(task.instruction, text=f"{SECRET}そして{TEXT}")
    answer = send(client_for(people.wataru), "task_submit", task, text=TEXT, base_revision=0, is_attested=True)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, "gate_blocked")
    assert told["passages"]
    assert SECRET not in answer.content.decode()


def test_without_a_script_a_plain_form_saves_and_sends() -> None:
    people = cast()
    make_open_order(people, quantity=2)
    task = make_claim(people.wataru)
    client = client_for(people.wataru)
    draft = reverse("annotation:task_draft", args=[task.public_id])
    assert client.post(draft, {"text": "朝\r\n昼", "base_revision": "0"}).status_code == 302
    assert Draft.objects.get().text == "朝\n昼"
    submit = reverse("annotation:task_submit", args=[task.public_id])
    answer = client.post(submit, {"text": TEXT, "base_revision": "1", "is_attested": "on"})
    held = Task.objects.get(status="claimed")
    assert answer["Location"] == reverse("annotation:task", args=[held.public_id])
    assert Submission.objects.get().text == TEXT


def test_passing_on_putting_back_and_taking_up_again_lead_where_they_should() -> None:
    people = cast()
    make_open_order(people, quantity=2)
    task = make_claim(people.wataru)
    client = client_for(people.wataru)
    unsaid = client.post(reverse("annotation:task_pass", args=[task.public_id]), {"reason": ""})
    assert unsaid.status_code == 400
    passed = client.post(reverse("annotation:task_pass", args=[task.public_id]), {"reason": "unclear", "note": "?"})
    assert InstructionSkip.objects.get().note == "?"
    other = Task.objects.get(status="claimed")
    assert passed["Location"] == reverse("annotation:task", args=[other.public_id])
    send(client, "task_draft", other, text="書きかけ", base_revision=0)
    back = client.post(reverse("annotation:task_back", args=[other.public_id]))
    assert back["Location"] == "/work/"
    again = client.post(reverse("annotation:task_again", args=[other.public_id]))
    assert again["Location"] == reverse("annotation:task", args=[other.public_id])


def test_a_returned_text_shows_the_reviewers_words_and_can_be_corrected() -> None:
    people = cast()
    make_open_order(people, quantity=1)
    task = make_submission(people.wataru).task
    review_claim(reviewer=people.ren)
    review_return(
        reviewer=people.ren, task=task, reasons=[make_reason("facts").code], comment="拝観の時刻を確かめてください。"
    )
    client = client_for(people.wataru)
    html = page(client, task).content.decode()
    assert "拝観の時刻を確かめてください。" in html
    assert "Facts are wrong" in html
    assert "Correct it" in html


def test_the_preview_is_clean_html() -> None:
    people = cast()
    client = client_for(people.wataru)
    html = client.post(reverse("annotation:preview"), {"text": "**太字** <script>alert(1)</script>"}).content.decode()
    assert html == "<p><strong>太字</strong> &lt;script&gt;alert(1)&lt;/script&gt;</p>\n"


def test_nothing_is_changed_by_reading() -> None:
    people: Cast = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    client = client_for(people.wataru)
    with CaptureQueriesContext(connection) as captured:
        for address in ("/work/", "/work/history/", reverse("annotation:task", args=[task.public_id])):
            assert client.get(address).status_code == 200
        client.get(reverse("annotation:task_lease", args=[task.public_id]))
    writing = [q["sql"] for q in captured if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert writing == []
