"""The bytes of a stream, cut and spelt in every way a network and a provider may."""

import itertools

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from collection.gateway.sse import LINE_LIMIT_BYTES, EventReader, LineTooLong
from tests.collection.gateway.asking import Asking
from tests.provider import raw_server

TEXT = "人手で書く 🐙 — naïve"


def make_chunk(text: str | None = None, finish_reason: str | None = None) -> bytes:
    delta = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return b"data: " + orjson.dumps({"id": "c", "model": "m", "choices": [choice]})


def make_body(line_end: bytes = b"\n") -> bytes:
    lines = [
        b": a comment", b"", *(line for letter in TEXT for line in (make_chunk(letter), b"")),
        b"event: message", b"id: 7", make_chunk(finish_reason="stop"), b"", b"data: [DONE]", b"", b"",
    ]  # fmt: skip
    return line_end.join(lines)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
async def test_bytes_that_come_one_by_one_are_read_whole(settings: Settings, line_end: bytes) -> None:
    body = make_body(line_end)
    async with raw_server(*(body[at : at + 1] for at in range(len(body)))) as server:
        settings.OPENAI_BASE_URL = server.base_url
        asking = await Asking("Hello.").read()
    assert asking.text == TEXT
    assert asking.finished is not None
    assert (asking.finished.finish_reason, asking.finished.model, asking.finished.request_id) == (
        "stop",
        "m",
        "req_raw",
    )


async def test_chunks_that_come_together_are_given_together(settings: Settings) -> None:
    async with raw_server(make_body()) as server:
        settings.OPENAI_BASE_URL = server.base_url
        asking = await Asking("Hello.").read()
    assert asking.texts == [TEXT]


@given(st.data())
def test_wherever_the_bytes_are_cut_the_events_are_the_same(data: st.DataObject) -> None:
    body = make_body(data.draw(st.sampled_from([b"\n", b"\r\n"])))
    cuts = [0, *sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=30))), len(body)]
    reader = EventReader()
    events = [event for start, stop in itertools.pairwise(cuts) for event in reader.feed(body[start:stop])]
    assert events == EventReader().feed(make_body())


def test_an_event_of_several_data_lines_is_one() -> None:
    assert EventReader().feed(b"data: a\ndata:b\nretry: 3\n\ndata: c\n") == [b"a\nb"]


def test_a_line_without_end_is_given_up() -> None:
    reader = EventReader()
    assert reader.feed(b"x" * LINE_LIMIT_BYTES) == []
    with pytest.raises(LineTooLong):
        reader.feed(b"x")


@pytest.mark.parametrize(
    "bad",
    [
        b"data: {\n\n",
        b"data: []\n\n",
        b"data: 7\n\n",
        b'data: {"choices": 7}\n\n',
        b'data: {"choices": [{"delta": {"content": 7}}]}\n\n',
        b'data: {"choices": [], "usage": {"prompt_tokens": "many"}}\n\n',
        b"data: \xff\xfe\n\n",
    ],
)
async def test_what_is_not_a_chunk_is_malformed_and_the_text_before_it_stays(settings: Settings, bad: bytes) -> None:
    async with raw_server(make_chunk("Before.") + b"\n\n" + bad + make_chunk("After.") + b"\n\n") as server:
        settings.OPENAI_BASE_URL = server.base_url
        asking = await Asking("Hello.").read()
    assert asking.text == "Before."
    assert asking.error is not None
    assert asking.error.code == "malformed"


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<title>Welcome</title>",
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"choices": []}',
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
)
async def test_a_server_that_is_something_else_is_malformed(settings: Settings, head: bytes) -> None:
    async with raw_server(head=head) as server:
        settings.OPENAI_BASE_URL = server.base_url
        asking = await Asking("Hello.").read()
    assert asking.error is not None
    assert asking.error.code == "malformed"


@pytest.mark.parametrize(
    ("body", "is_retryable"),
    [
        (b"", True),
        (b": a comment\n\n", True),
        (b"data: [DONE]\n\n", True),
        (make_chunk("Some text") + b"\n\n", False),
        (make_chunk("Some text") + b"\n\ndata: [DONE]\n\n", False),
    ],
)
async def test_an_end_without_a_reason_is_a_cut_and_never_a_whole_answer(
    settings: Settings, body: bytes, is_retryable: bool
) -> None:
    async with raw_server(body) as server:
        settings.OPENAI_BASE_URL = server.base_url
        asking = await Asking("Hello.").read()
    assert asking.finished is None
    assert asking.error is not None
    assert (asking.error.code, asking.error.is_retryable) == ("cut", is_retryable)


@pytest.mark.parametrize("after", [b"", b"data: {\n\n", b'data: {"error": {"message": "x"}}\n\n'])
async def test_once_the_reason_is_known_no_later_fault_spoils_the_text(settings: Settings, after: bytes) -> None:
    async with raw_server(
        make_chunk("Whole.") + b"\n\n" + make_chunk(finish_reason="stop") + b"\n\n" + after
    ) as server:
        settings.OPENAI_BASE_URL = server.base_url
        asking = await Asking("Hello.").read()
    assert asking.error is None
    assert asking.text == "Whole."
    assert asking.finished is not None
    assert asking.finished.usage is None


async def test_a_rate_limit_inside_the_stream_is_a_rate_limit(settings: Settings) -> None:
    async with raw_server(b'data: {"error": {"code": "rate_limit_exceeded", "message": "org-x"}}\n\n') as server:
        settings.OPENAI_BASE_URL = server.base_url
        asking = await Asking("Hello.").read()
    assert asking.error is not None
    assert (asking.error.code, asking.error.is_retryable) == ("rate_limited", True)
