"""Writing, review, imports and releases through the API: the same services, the same gate."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from annotation.models import Draft, Release, Submission
from collection.models import ImportBatch, Instruction
from config.api_operations import operation
from tests.cast import Cast, cast
from tests.factories.annotation import TEXT, make_open_order
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_order, make_reason
from tests.factories.vendors import make_token_client
from tests.races import at_once
from vendors.api.base import ApiView
from vendors.models import KeptAnswer
from vendors.services.kept_answers import answers_purge

JSON = "application/json"


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


def send(client: Client, path: str, body: Any = None, key: str = "", verb: str = "post") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return getattr(client, verb)(f"/api/v1/{path}", {} if body is None else body, content_type=JSON, headers=headers)


def claimed(client: Client) -> str:
    return str(send(client, "tasks/claim").json()["task"]["id"])


def text_of(words: str = TEXT, **more: Any) -> dict[str, Any]:
    return {"text": words, "base_revision": 0, "is_attested": True, **more}


def test_a_text_goes_from_claim_to_acceptance(people: Cast) -> None:
    make_open_order(people, quantity=2)
    writer, reviewer = make_token_client(people.wataru), make_token_client(people.ren)
    task = claimed(writer)
    assert claimed(writer) == task  # what is in hand comes first
    saved = send(writer, f"tasks/{task}/draft", {"text": "まだ途中です。", "base_revision": 0}, verb="put").json()
    assert saved["revision"] == 1 and saved["lease_ends_at"]
    stale = send(writer, f"tasks/{task}/draft", {"text": "別の窓", "base_revision": 0}, verb="put")
    assert (stale.status_code, stale.json()["code"], stale.json()["revision"]) == (409, "stale_revision", 1)
    sent = send(writer, f"tasks/{task}/submit", text_of(base_revision=1, claims_next=True))
    assert sent.status_code == 201
    assert sent.json()["submission"]["characters"] == len(TEXT) and sent.json()["next"]["id"] != task
    desk = send(reviewer, "reviews/claim").json()["review"]
    assert (desk["task"]["id"], desk["submission"]["text"]) == (task, TEXT)
    verdict = f"reviews/{task}/verdict"
    unanswered = send(reviewer, verdict, {"verdict": "accept"})
    assert (unanswered.status_code, unanswered.json()["code"]) == (400, "questions_open")
    answers = {question["key"]: "よく読みました。" for question in desk["questions"]}
    assert send(reviewer, verdict, {"verdict": "accept", "answers": answers}).json()["undo_until"] is None
    mine = writer.get(f"/api/v1/tasks/{task}").json()
    assert (mine["task"]["status"], mine["reviews"][0]["verdict"]) == ("accepted", "accept")
    assert [one["id"] for one in writer.get("/api/v1/tasks").json()["results"]][1:] == [task]
    assert reviewer.get("/api/v1/reviews").json()["done_today"] == 1


def test_a_copy_is_refused_with_its_own_passages_and_kept_as_a_draft(people: Cast) -> None:
    instruction = make_instruction()
    answer = "岬の灯台は、霧の濃い夜にも船を導くように、三つの光を順に放つ仕組みになっていると伝えられています。"
    make_reference(instruction, text=answer)
    make_order(people)
    writer = make_token_client(people.wataru)
    task = claimed(writer)
    copied = "祖父の話です。" + answer
    for key in ("", "a-key"):
        refused = send(writer, f"tasks/{task}/submit", text_of(copied, base_revision=int(bool(key))), key=key)
        assert (refused.status_code, refused.json()["code"]) == (422, "gate_blocked")
        assert all(set(passage) == {"start", "end"} for passage in refused.json()["passages"])
        assert Draft.objects.get().text == copied
    assert not KeptAnswer.objects.exists()  # nothing was made: the key is free for the text that is sent at last


def test_a_task_is_put_back_passed_on_taken_up_and_called_back(people: Cast) -> None:
    make_open_order(people, quantity=3)
    writer = make_token_client(people.wataru)
    task = claimed(writer)
    assert send(writer, f"tasks/{task}/lease").json()["lease_ends_at"]
    send(writer, f"tasks/{task}/draft", {"text": "途中", "base_revision": 0}, verb="put")
    assert send(writer, f"tasks/{task}/release").status_code == 204
    assert send(writer, f"tasks/{task}/lease").json()["code"] == "lease_lost"
    assert send(writer, f"tasks/{task}/take").json()["status"] == "claimed"
    sent = send(writer, f"tasks/{task}/submit", text_of(base_revision=1))
    assert sent.json()["next"] is None
    assert send(writer, f"tasks/{task}/recall").json()["status"] == "claimed"
    assert send(writer, f"tasks/{task}/skip", {"reason": "expert"}).status_code == 204
    assert claimed(writer) != task


def test_an_empty_queue_says_why(people: Cast) -> None:
    assert send(make_token_client(people.wataru), "tasks/claim").json()["reason"] == "no_order"


def test_what_is_anothers_is_not_there(people: Cast) -> None:
    make_open_order(people)
    task = claimed(make_token_client(people.wataru))
    bodies: dict[str, Any] = {
        "draft": {"text": "", "base_revision": 0},
        "submit": text_of(),
        "skip": {"reason": "other"},
    }
    for person in (people.wakana, people.rei):
        client = make_token_client(person)
        assert client.get(f"/api/v1/tasks/{task}").status_code == 404
        for verb in ("draft", "submit", "lease", "take", "release", "skip", "recall"):
            asked = send(client, f"tasks/{task}/{verb}", bodies.get(verb), verb="put" if verb == "draft" else "post")
            assert asked.status_code == 404, verb
    reviewer = make_token_client(people.ren)
    assert reviewer.get(f"/api/v1/reviews/{task}").status_code == 404  # nothing is handed in yet
    assert send(make_token_client(people.wataru), "reviews/claim").json()["code"] == "role_missing"


def test_a_text_is_skipped_and_left_to_a_colleague(people: Cast) -> None:
    make_open_order(people)
    writer = make_token_client(people.wataru)
    task = claimed(writer)
    send(writer, f"tasks/{task}/submit", text_of())
    ren, rin = make_token_client(people.ren), make_token_client(people.rin)
    assert send(ren, "reviews/claim").json()["review"]["task"]["id"] == task
    assert send(rin, f"reviews/{task}/verdict", {"verdict": "accept"}).json()["code"] == "review_not_held"
    assert send(ren, f"reviews/{task}/skip", {"why": "later"}).status_code == 204
    send(ren, "reviews/claim")
    assert send(ren, f"reviews/{task}/opinion", {}).json()["code"] == "opinion_unsaid"
    assert send(ren, f"reviews/{task}/opinion", {"why": "本当でしょうか。"}).status_code == 204
    assert send(ren, "reviews/claim").json()["review"] is None
    send(rin, "reviews/claim")
    make_reason()
    place = {"passage": TEXT[:4], "at": 0, "comment": "ここです。"}
    returned = {
        "verdict": "return",
        "reasons": ["instruction_missed"],
        "comment": "直してください。",
        "places": [place],
    }
    assert send(rin, f"reviews/{task}/verdict", returned).status_code == 200
    (said,) = writer.get(f"/api/v1/tasks/{task}").json()["reviews"]
    assert said["places"] == [{"start": 0, "end": 4, "comment": "ここです。"}]


def test_instructions_are_imported(people: Cast) -> None:
    client = make_token_client(people.minato)
    lines = [
        {"instruction": "梅干しの作り方を教えてください。"},
        {"instruction": "梅干しの作り方を教えてください。"},
        {"instruction": "い" * 5000},
    ]
    body = {"name": "五月の質問", "licence": "CC-BY-4.0", "lines": lines}
    made = send(client, "imports", body)
    assert made.status_code == 201
    result = made.json()
    assert (result["read"], result["imported"], result["duplicates"], result["refused"][0]["line"]) == (3, 1, 1, 3)
    assert client.get(f"/api/v1/imports/{result['id']}").json()["statuses"] == {"received": 1}
    assert client.get("/api/v1/imports").json()["results"][0]["name"] == "五月の質問"
    assert Instruction.objects.get().import_batch.imported_by == f"api:{people.minato.public_id}"
    too_many = send(client, "imports", body | {"lines": lines[:1] * 1001})
    assert too_many.status_code == 400
    assert send(client, "imports", body | {"lines": [{"instruction": "い" * 20_000}] * 60}).status_code == 413
    assert client.get(f"/api/v1/imports/{uuid4()}").status_code == 404
    assert make_token_client(people.luna).get("/api/v1/imports").status_code == 403


def test_releases_tell_how_they_stand(people: Cast) -> None:
    release = Release.objects.create(name="一号")
    client = make_token_client(people.ren)
    assert client.get("/api/v1/releases").json()["results"][0]["status"] == "draft"
    assert client.get(f"/api/v1/releases/{release.public_id}").json()["name"] == "一号"


def test_the_same_request_is_carried_out_once(people: Cast) -> None:
    make_open_order(people, quantity=2)
    writer = make_token_client(people.wataru)
    task = claimed(writer)
    first = send(writer, f"tasks/{task}/submit", text_of(), key="k-1")
    again = send(writer, f"tasks/{task}/submit", text_of(), key="k-1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first
    assert Submission.objects.count() == 1
    other = send(writer, f"tasks/{task}/submit", text_of(TEXT + "別の文。"), key="k-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    elsewhere = send(writer, "tasks/claim", key="k-1")
    assert elsewhere.status_code == 422
    assert send(make_token_client(people.wakana), "tasks/claim", key="k-1").status_code == 200  # her key is hers
    for bad in ("鍵", "x" * 256, " \x7f"):
        assert send(writer, "tasks/claim", key=bad).json()["code"] == "idempotency_key_malformed"
    KeptAnswer.objects.update(at="2026-01-01T00:00:00Z")
    assert answers_purge() == 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_with_one_key_one_is_carried_out() -> None:
    client = make_token_client(cast().minato)
    body = {"name": "同時", "licence": "CC0-1.0", "lines": [{"instruction": "同時に来た質問です。"}]}
    answers = at_once(*[lambda: send(client, "imports", body, key="once")] * 4)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert ImportBatch.objects.count() == 1
    assert sum("Idempotency-Replayed" not in answer for answer in answers) == 1


class Failing(ApiView):
    """Writes something, and breaks."""

    @operation("fail", "Fail", answers={204: None})
    def post(self, request: Request) -> Response:
        ImportBatch.objects.create(name="half", licence="CC0-1.0")
        raise RuntimeError


def test_a_failure_undoes_its_work_and_gives_the_key_back(people: Cast) -> None:
    request = APIRequestFactory().post("/", headers={"Idempotency-Key": "k"})
    force_authenticate(request, people.minato)
    with pytest.raises(RuntimeError):
        Failing.as_view()(request)
    assert not KeptAnswer.objects.exists() and not ImportBatch.objects.exists()
