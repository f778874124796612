"""The short way of ordinary views: same answers as Django's, nothing carried from one request to the next."""

import asyncio
import gc
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.core.signals import request_finished, request_started

from config.handler import Handler
from tests.config.odd_urls import Endless

pytestmark = [
    pytest.mark.urls("tests.config.odd_urls"),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]


@pytest.fixture
def handler() -> Handler:
    return Handler()


def scope_of(path: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    """A request as an ASGI server describes it."""
    pairs = [(b"host", b"localhost"), *((name.encode(), value.encode()) for name, value in headers.items())]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": pairs}
    return {**scope, "http_version": "1.1", "scheme": "http", "root_path": ""}


async def ask(
    handler: Handler, path: str, *, method: str = "GET", body: bytes = b"", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Send one request through the ASGI protocol and collect the whole response."""
    talk = ApplicationCommunicator(handler, scope_of(path, method, **headers))
    await talk.send_input({"type": "http.request", "body": body})
    start = await talk.receive_output(timeout=10)
    parts = []
    more = True
    while more:
        message = await talk.receive_output(timeout=10)
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    await talk.wait(timeout=10)
    found = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return start["status"], found, b"".join(parts)


@pytest.mark.parametrize("path", ["/conflict", "/conflict-async"])
async def test_an_ordinary_and_an_asynchronous_view_answer_alike(handler: Handler, path: str) -> None:
    status, headers, body = await ask(handler, path, accept="application/json")
    assert status == 409
    assert headers["content-type"] == "application/problem+json"
    assert b'"conflict"' in body
    assert "content-security-policy" in headers


@pytest.mark.parametrize("path", ["/numbered/7/whole-async", "/regular-7-async"])
async def test_an_asynchronous_view_is_found_whatever_its_address_is_made_of(handler: Handler, path: str) -> None:
    status, _headers, body = await ask(handler, path)
    assert (status, body) == (200, b"in the loop")


async def test_the_body_reaches_the_view_and_an_address_that_is_none_is_answered(handler: Handler) -> None:
    status, _headers, body = await ask(handler, "/echo", method="POST", body=b"x" * 100_000)
    assert (status, body) == (200, b"x" * 100_000)
    status, _headers, _body = await ask(handler, "/no/such/page", accept="application/json")
    assert status == 404


@pytest.mark.parametrize("path", ["/echo", "/conflict-async"])
async def test_a_body_without_end_is_not_read_to_its_end(handler: Handler, path: str) -> None:
    """Whatever it says of its length, and whichever way its view takes."""
    talk = ApplicationCommunicator(handler, scope_of(path, "POST"))
    piece = b"x" * (256 * 1024)
    for _ in range(settings.REQUEST_MAX_BYTES // len(piece) + 1):
        await talk.send_input({"type": "http.request", "body": piece, "more_body": True})
    start = await talk.receive_output(timeout=10)
    body = (await talk.receive_output(timeout=10))["body"]
    assert start["status"] == 413 and b"body_too_large" in body
    await talk.wait(timeout=10)


async def test_a_streamed_response_arrives_whole(handler: Handler) -> None:
    status, _headers, body = await ask(handler, "/streamed")
    assert (status, body) == (200, b"one two three")


@pytest.mark.parametrize("waiting_for", ["http.response.start", "http.response.body"])
async def test_a_reader_who_leaves_while_something_is_sent_ends_the_stream_at_once(
    handler: Handler, waiting_for: str
) -> None:
    stuck = asyncio.Event()
    said = iter([{"type": "http.request", "body": b""}])

    async def receive() -> dict[str, Any]:
        if (message := next(said, None)) is not None:
            return message
        await stuck.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == waiting_for:
            stuck.set()
            await asyncio.Event().wait()

    Endless.noted.clear()
    gc.disable()  # else luck may close what nobody closes
    try:
        await asyncio.wait_for(handler(scope_of("/endless"), receive, send), 10)
        begun = ["left"] if waiting_for == "http.response.body" else []
        assert Endless.noted == [*begun, "closed"]
    finally:
        gc.enable()


async def test_a_request_that_is_dropped_while_its_view_works_leaves_nothing_open(handler: Handler) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        raise AssertionError("nobody listens")

    Endless.noted.clear()
    asked = asyncio.create_task(handler(scope_of("/endless-slowly"), receive, send))
    await asyncio.sleep(0.05)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert Endless.noted == ["closed"]


async def test_the_language_of_one_request_does_not_stay_for_the_next(handler: Handler) -> None:
    wanted = ["ja", "en", "fr", "ja", "en"] * settings.WEB_THREADS
    answers = await asyncio.gather(*(ask(handler, "/language-now", **{"accept-language": name}) for name in wanted))
    assert [body.decode() for _status, _headers, body in answers] == ["en" if name == "fr" else name for name in wanted]


async def test_every_request_starts_and_finishes_once(handler: Handler) -> None:
    seen: list[str] = []

    def note_start(**kwargs: Any) -> None:
        seen.append("started")

    def note_finish(**kwargs: Any) -> None:
        seen.append("finished")

    request_started.connect(note_start)
    request_finished.connect(note_finish)
    try:
        await ask(handler, "/conflict", accept="application/json")
        await ask(handler, "/streamed")
        await ask(handler, "/broken", accept="application/json")
    finally:
        request_started.disconnect(note_start)
        request_finished.disconnect(note_finish)
    assert seen == ["started", "finished"] * 3
