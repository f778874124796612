"""The practice provider's ASGI application: Chat Completions, models, moderations, and a log of what became of each request.

Meant for one process: the log and the counted faults live in its memory. Serve it with
`granian --interface asginl collection.practice.app:application`.
"""

import asyncio
import os
import time
from collections import deque
from typing import Any

import orjson

from collection.practice.answers import Answer, answers_load, pieces_of
from collection.practice.exchange import BodyTooLarge, ClientGone, Exchange, Receive, Scope, Send
from collection.practice.faults import (
    HEADER,
    RETRY_AFTER_SECONDS,
    FaultCounter,
    UnknownFault,
    fault_find,
    fault_strip,
    refusal_of,
)

MODEL = "practice"
FIRST_SECONDS = float(os.environ.get("HITODE_PRACTICE_FIRST_MS") or "200") / 1000
TOKEN_SECONDS = float(os.environ.get("HITODE_PRACTICE_TOKEN_MS") or "20") / 1000
SLOW_SECONDS = float(os.environ.get("HITODE_PRACTICE_SLOW_MS") or "8000") / 1000

ANSWERS = answers_load(piece_count=int(os.environ.get("HITODE_PRACTICE_TOKENS") or "0"))
FAULT_COUNTER = FaultCounter()
LOG: deque[Exchange] = deque(maxlen=2000)

# A text containing one of these is flagged, in this category.
MODERATION_MARKERS = {
    "moderation:flag": "harassment",
    "moderation:violence": "violence",
    "moderation:self-harm": "self-harm",
    "moderation:sexual": "sexual",
}

EVENT_STREAM = ((b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache"))
# Trouble with the stream begins after this many pieces: enough to be seen as text, fewer than any answer has.
PIECES_BEFORE_TROUBLE = 5


class BadRequest(Exception):
    """The request is not what the protocol asks for."""


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        return
    exchange = Exchange(scope, receive, send)
    try:
        answer = _ROUTES.get((scope["method"], scope["path"]))
        if answer is None:
            await exchange.json_send(404, _error("Unknown request URL.", "unknown_url"))
        else:
            await answer(exchange, scope)
    except ClientGone:
        exchange.end("disconnected")
    except BodyTooLarge:
        await exchange.json_send(413, _error("The request is too large.", "request_too_large"))
    except (BadRequest, UnknownFault) as error:
        await exchange.json_send(400, _error(str(error), "bad_request"))
    finally:
        # Whatever has not ended by now was refused or broke.
        exchange.end("fault")


async def health_answer(exchange: Exchange, scope: Scope) -> None:
    await exchange.json_send(200, {"status": "ok", "model": MODEL})


async def models_answer(exchange: Exchange, scope: Scope) -> None:
    model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "hitode"}
    await exchange.json_send(200, {"object": "list", "data": [model]})


async def log_answer(exchange: Exchange, scope: Scope) -> None:
    """The newest requests first; `open` counts those still going on."""
    records = [one.record() for one in reversed(LOG)]
    await exchange.json_send(200, {"open": sum(one["ended"] is None for one in records), "requests": records})


async def moderation_answer(exchange: Exchange, scope: Scope) -> None:
    body = await _request_read(exchange)
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise BadRequest("'input' must be a string or a list of strings.")
    fault = _fault_due(scope, "\n".join(texts), is_moderation=True)
    if fault is not None and await _was_refused(exchange, fault):
        return
    results = [_moderation_result(text.casefold()) for text in texts]
    await exchange.json_send(200, {"id": "modr-" + exchange.id, "model": MODEL, "results": results})
    exchange.end("complete")


async def completion_answer(exchange: Exchange, scope: Scope) -> None:
    body = await _request_read(exchange)
    prompt = _prompt_of(body)
    fault = _fault_due(scope, prompt, is_moderation=False)
    if fault is not None and await _was_refused(exchange, fault):
        return
    exchange.fault = fault
    answer = ANSWERS.answer_for(fault_strip(prompt))
    count, finish_reason = _extent(answer, body, fault)
    usage = _usage(prompt, count)
    if body.get("stream") is not True:
        await _whole_send(exchange, answer.pieces[:count], finish_reason, usage, fault)
        return
    await exchange.pause_until(_now() + (SLOW_SECONDS if fault == "slow" else FIRST_SECONDS))
    options = body.get("stream_options")
    includes_usage = isinstance(options, dict) and options.get("include_usage") is True and fault != "no-usage"
    stream = _Stream(exchange, answer)
    await stream.begin()
    if fault in _TROUBLES:
        await _TROUBLES[fault](stream)
        exchange.end("fault")
        return
    await stream.pieces_send(0, count)
    await stream.end(finish_reason, usage if includes_usage else None, says_done=fault != "no-done")
    exchange.end("complete")


class _Stream:
    """A streamed answer; everything that repeats in its chunks is put together once."""

    def __init__(self, exchange: Exchange, answer: Answer) -> None:
        self.exchange = exchange
        self.answer = answer
        self.envelope: dict[str, object] = {
            "id": "chatcmpl-" + exchange.id,
            "object": "chat.completion.chunk",
            "created": int(exchange.started),
            "model": MODEL,
            "system_fingerprint": "fp_practice",
        }
        opening = orjson.dumps({**self.envelope, "choices": []}).removesuffix(b"[]}")
        self.head = b"data: " + opening + b'[{"index":0,"delta":{"content":'

    def chunk(self, delta: dict[str, object], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return b"data: " + orjson.dumps({**self.envelope, "choices": [choice]}) + b"\n\n"

    async def begin(self) -> None:
        await self.exchange.start(200, EVENT_STREAM)
        await self.exchange.write(self.chunk({"role": "assistant", "content": "", "refusal": None}))

    async def pieces_send(self, start: int, stop: int) -> None:
        """Send pieces at their pace; those that fell due while the program was busy leave together."""
        exchange, head, tails = self.exchange, self.head, self.answer.chunk_tails
        due = _now()
        while start < stop:
            late = (_now() - due) / TOKEN_SECONDS if TOKEN_SECONDS else 0
            upto = min(stop, start + 1 + int(late))
            await exchange.write(b"".join([head + tail for tail in tails[start:upto]]))
            if exchange.first_sent is None:
                exchange.first_sent = time.time()
            exchange.chunks_sent += upto - start
            due += TOKEN_SECONDS * (upto - start)
            start = upto
            await exchange.pause_until(due)

    async def end(self, finish_reason: str, usage: dict[str, int] | None, *, says_done: bool) -> None:
        closing = self.chunk({}, finish_reason)
        if usage is not None:
            closing += b"data: " + orjson.dumps({**self.envelope, "choices": [], "usage": usage}) + b"\n\n"
        await self.exchange.finish(closing + (b"data: [DONE]\n\n" if says_done else b""))


async def _silent(stream: _Stream) -> None:
    """No text at all, but comments that keep the connection awake."""
    while True:
        await stream.exchange.write(b": still here\n\n")
        await stream.exchange.pause_until(_now() + 0.1)


async def _hang(stream: _Stream) -> None:
    """Some text, and then nothing any more."""
    await stream.pieces_send(0, PIECES_BEFORE_TROUBLE)
    await stream.exchange.pause_until(None)


async def _cut(stream: _Stream) -> None:
    """Some text, and the connection is closed without a word."""
    await stream.pieces_send(0, PIECES_BEFORE_TROUBLE)
    raise ConnectionAbortedError("asked for by practice: cut")


async def _malformed(stream: _Stream) -> None:
    """Some text, and a chunk that is not JSON."""
    await stream.pieces_send(0, PIECES_BEFORE_TROUBLE)
    await stream.exchange.write(stream.head + b'"half a cha\n\n')
    await stream.exchange.finish(b"data: [DONE]\n\n")


async def _error_inside(stream: _Stream) -> None:
    """Some text, and an error object where a chunk should be."""
    await stream.pieces_send(0, PIECES_BEFORE_TROUBLE)
    refusal = refusal_of("500")
    assert refusal is not None
    await stream.exchange.finish(b"data: " + orjson.dumps(refusal[1]) + b"\n\n")


_TROUBLES = {"silent": _silent, "hang": _hang, "cut": _cut, "malformed": _malformed, "error": _error_inside}


async def _whole_send(
    exchange: Exchange, pieces: tuple[str, ...], finish_reason: str, usage: dict[str, int], fault: str | None
) -> None:
    """The answer without streaming, after the time its streaming would have taken."""
    seconds = (SLOW_SECONDS if fault == "slow" else FIRST_SECONDS) + TOKEN_SECONDS * len(pieces)
    await exchange.pause_until(_now() + seconds)
    exchange.first_sent = time.time()
    message = {"role": "assistant", "content": "".join(pieces), "refusal": None}
    content = {
        "id": "chatcmpl-" + exchange.id,
        "object": "chat.completion",
        "created": int(exchange.started),
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}],
    }
    await exchange.json_send(200, content if fault == "no-usage" else {**content, "usage": usage})
    exchange.end("complete")


async def _request_read(exchange: Exchange) -> dict[str, Any]:
    LOG.append(exchange)
    try:
        body = orjson.loads(await exchange.body_read())
    except orjson.JSONDecodeError:
        raise BadRequest("The request is not JSON.") from None
    if not isinstance(body, dict):
        raise BadRequest("The request is not a JSON object.")
    exchange.asked = {name: value for name, value in body.items() if name not in ("messages", "input")}
    return body


def _prompt_of(body: dict[str, Any]) -> str:
    """The text of all messages that are not the model's own."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise BadRequest("'messages' must be a list of objects.")
    contents = [message.get("content") for message in messages if message.get("role") != "assistant"]
    parts = [part for content in contents for part in (content if isinstance(content, list) else [content])]
    texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
    prompt = "\n".join(text for text in texts if isinstance(text, str))
    if not prompt.strip():
        raise BadRequest("'messages' has no text.")
    return prompt


def _fault_due(scope: Scope, prompt: str, *, is_moderation: bool) -> str | None:
    """The name of the fault this request gets: asked for here, and not yet as often as was asked."""
    fault = fault_find(prompt, _header(scope, HEADER))
    if fault is None or fault.name.startswith("moderation-") is not is_moderation:
        return None
    return fault.name if FAULT_COUNTER.happens(fault, prompt) else None


async def _was_refused(exchange: Exchange, fault: str) -> bool:
    refusal = refusal_of(fault)
    if refusal is None:
        return False
    exchange.fault = fault
    status, content = refusal
    headers = [(b"retry-after", str(RETRY_AFTER_SECONDS).encode())] if status in (429, 503) else []
    await exchange.json_send(status, content, headers)
    return True


def _extent(answer: Answer, body: dict[str, Any], fault: str | None) -> tuple[int, str]:
    """How many pieces to say, and why it ends there. A piece counts as a token."""
    count = len(answer.pieces)
    if fault == "empty":
        return 0, "stop"
    if fault in ("length", "filter"):
        return max(1, count // 2), "length" if fault == "length" else "content_filter"
    limit = body.get("max_completion_tokens")
    if isinstance(limit, int) and 0 < limit < count:
        return limit, "length"
    return count, "stop"


def _usage(prompt: str, completion_tokens: int) -> dict[str, int]:
    prompt_tokens = len(pieces_of(prompt)) + 7  # the envelope of a message costs a few as well
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def _moderation_result(text: str) -> dict[str, object]:
    categories = {category: marker in text for marker, category in MODERATION_MARKERS.items()}
    scores = {category: 0.99 if is_met else 0.0001 for category, is_met in categories.items()}
    return {"flagged": any(categories.values()), "categories": categories, "category_scores": scores}


def _error(message: str, code: str) -> dict[str, object]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name), None)


def _now() -> float:
    return asyncio.get_running_loop().time()


_ROUTES = {
    ("GET", "/healthz"): health_answer,
    ("GET", "/v1/models"): models_answer,
    ("GET", "/practice/log"): log_answer,
    ("POST", "/v1/chat/completions"): completion_answer,
    ("POST", "/v1/moderations"): moderation_answer,
}
