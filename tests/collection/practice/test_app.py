"""The practice provider over real HTTP: its protocol, its answers, its faults, and what its log says afterwards."""

import http.client
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from collection.practice.faults import ACCOUNT_CANARY
from tests.provider import Provider, provider_run


def make_request(prompt: str, **fields: object) -> dict[str, object]:
    return {"model": "any", "messages": [{"role": "user", "content": prompt}], **fields}


def stream(provider: Provider, prompt: str, **fields: object) -> Iterator[str]:
    """The data of each event of a streamed answer."""
    connection = http.client.HTTPConnection(urlsplit(provider.url).netloc, timeout=10)
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(make_request(prompt, stream=True, **fields)))
        response = connection.getresponse()
        assert response.getheader("content-type", "").startswith("text/event-stream")
        for event in response.read().decode().removesuffix("\n\n").split("\n\n"):
            assert event.startswith("data: ")
            yield event.removeprefix("data: ")
    finally:
        connection.close()


def test_a_stream_has_a_role_then_text_then_a_reason_then_usage_then_done(practice_provider: Provider) -> None:
    *chunks, done = stream(practice_provider, "How does tea grow?", stream_options={"include_usage": True})
    first, *texts, closing, usage = map(json.loads, chunks)
    assert done == "[DONE]"
    assert first["choices"][0]["delta"]["role"] == "assistant"
    assert {chunk["choices"][0]["finish_reason"] for chunk in (first, *texts)} == {None}
    assert closing["choices"][0]["finish_reason"] == "stop"
    assert closing["choices"][0]["delta"] == {}
    assert usage["choices"] == []
    assert usage["usage"]["completion_tokens"] == len(texts)
    assert usage["usage"]["total_tokens"] == usage["usage"]["prompt_tokens"] + len(texts)
    assert {chunk["model"] for chunk in (first, *texts, closing, usage)} == {"practice"}
    assert len({chunk["id"] for chunk in (first, *texts, closing, usage)}) == 1


def test_usage_is_sent_only_to_those_who_ask_for_it(practice_provider: Provider) -> None:
    assert not any('"usage"' in event for event in stream(practice_provider, "How does tea grow?"))


@pytest.mark.parametrize("prompt", ["How does tea grow?", "お茶はどのように育ちますか。"])
def test_streamed_or_whole_the_same_prompt_gets_the_same_answer(practice_provider: Provider, prompt: str) -> None:
    chunks = [json.loads(event) for event in stream(practice_provider, prompt) if event != "[DONE]"]
    streamed = "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks)
    assert streamed == practice_provider.answer(prompt) != ""


def test_an_answer_longer_than_the_limit_ends_by_length(practice_provider: Provider) -> None:
    status, body = practice_provider.post(
        "/v1/chat/completions", make_request("How does tea grow?", max_completion_tokens=3)
    )
    assert status == 200
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["completion_tokens"] == 3


def test_the_model_list_names_the_practice_model(practice_provider: Provider) -> None:
    assert [model["id"] for model in practice_provider.get("/v1/models")["data"]] == ["practice"]


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("400", 400, "invalid_request_error"),
        ("401", 401, "invalid_request_error"),
        ("403", 403, "invalid_request_error"),
        ("404", 404, "invalid_request_error"),
        ("429", 429, "tokens"),
        ("quota", 429, "insufficient_quota"),
        ("500", 500, "server_error"),
        ("503", 503, "server_error"),
    ],
)
def test_a_refusal_looks_like_openais_and_names_the_account(
    practice_provider: Provider, fault: str, status: int, kind: str
) -> None:
    got, body = practice_provider.post("/v1/chat/completions", make_request(f"Hello.\npractice: {fault}"))
    assert got == status
    assert body["error"]["type"] == kind
    assert ACCOUNT_CANARY in body["error"]["message"]


def test_a_counted_fault_happens_so_often_and_then_begins_again(practice_provider: Provider) -> None:
    request = make_request(f"{uuid4()}\npractice: 429x2")
    statuses = [practice_provider.post("/v1/chat/completions", request)[0] for _ in range(4)]
    assert statuses == [429, 429, 200, 429]


def test_a_fault_can_be_asked_for_by_header(practice_provider: Provider) -> None:
    status, _ = practice_provider.post("/v1/chat/completions", make_request("Hello."), {"x-practice": "500"})
    assert status == 500


def test_a_misspelt_fault_is_refused_in_a_header_and_is_prose_in_a_prompt(practice_provider: Provider) -> None:
    status, body = practice_provider.post("/v1/chat/completions", make_request("Hello."), {"x-practice": "5000"})
    assert status == 400
    assert "x-practice" not in body["error"]["message"]
    assert "5000" in body["error"]["message"]
    status, _ = practice_provider.post("/v1/chat/completions", make_request("My hobbies\npractice: piano"))
    assert status == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/chat/completions", b"{", 400),
        ("/v1/chat/completions", b"[]", 400),
        ("/v1/chat/completions", {"messages": "Hello."}, 400),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": " "}]}, 400),
        ("/v1/moderations", {"input": 3}, 400),
        ("/v1/moderations", {"input": []}, 400),
        ("/v1/elsewhere", {}, 404),
        ("/v1/chat/completions", b" " * (1024 * 1024 + 1), 413),
    ],
)
def test_a_bad_request_is_answered_in_the_protocols_way(
    practice_provider: Provider, path: str, body: object, status: int
) -> None:
    got, content = practice_provider.post(path, body)
    assert got == status
    assert content["error"]["message"]


def test_a_text_with_a_marker_is_flagged(practice_provider: Provider) -> None:
    texts = ["A quiet afternoon.", "Something Moderation:Violence something."]
    status, body = practice_provider.post("/v1/moderations", {"input": texts})
    assert status == 200
    quiet, violent = body["results"]
    assert not quiet["flagged"]
    assert not any(quiet["categories"].values())
    assert violent["flagged"]
    assert violent["categories"]["violence"]


def test_a_moderation_fault_leaves_the_answer_alone(practice_provider: Provider) -> None:
    text = f"{uuid4()}\npractice: moderation-500"
    assert practice_provider.post("/v1/moderations", {"input": text})[0] == 500
    assert practice_provider.post("/v1/chat/completions", make_request(text))[0] == 200


def test_the_log_tells_a_complete_request_from_one_whose_client_left(practice_provider: Provider) -> None:
    complete, left, refused = (uuid4().hex for _ in range(3))
    list(stream(practice_provider, "Hello.", safety_identifier=complete))
    practice_provider.post("/v1/chat/completions", make_request("\npractice: 500", safety_identifier=refused))
    address = urlsplit(practice_provider.url)
    body = json.dumps(make_request("Hello.\npractice: hang", stream=True, safety_identifier=left)).encode()
    with socket.create_connection((address.hostname, address.port)) as client:
        client.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        practice_provider.wait_for(left, lambda request: request["chunks_sent"] == 5)
        assert practice_provider.requests_by(left)[0]["ended"] is None
    record = practice_provider.wait_for_end(left, seconds=1)
    assert record["ended"] == "disconnected"
    assert record["started"] < record["first_sent"] < record["ended_at"]
    assert practice_provider.wait_for_end(complete)["ended"] == "complete"
    assert practice_provider.wait_for_end(refused)["ended"] == "fault"


def test_the_log_never_keeps_the_prompt(practice_provider: Provider) -> None:
    secret = uuid4().hex
    practice_provider.answer(secret)
    assert secret not in json.dumps(practice_provider.requests())


def test_answers_can_be_given_a_number_of_pieces_for_measurements() -> None:
    with provider_run(token_ms=0, tokens=777) as provider:
        assert sum('"content"' in event for event in stream(provider, "Hello.")) == 777 + 1  # and the role's empty one
