"""One streamed answer: asked through the SDK, read from the raw bytes, bounded in time, closed the moment nobody reads on."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from django.conf import settings

from collection.gateway.client import completion_begin, error_log, error_of_reading, transport_exceptions
from collection.gateway.cost import Usage
from collection.gateway.errors import (
    DeadlinePassed,
    FirstTokenTimeout,
    IdleTimeout,
    MalformedAnswer,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    StreamCut,
)
from collection.gateway.sse import EventReader, LineTooLong

if TYPE_CHECKING:
    from aiohttp import ClientResponse
    from openai.types.chat import ChatCompletionUserMessageParam

# Once the text is whole, its usage and the end of the connection are worth this much more waiting.
USAGE_SECONDS = 5.0
LAST_BYTES_SECONDS = 0.1
LOOK_AGAIN_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Prompt:
    instruction: str
    input: str = ""


@dataclass(frozen=True, slots=True)
class Delta:
    """The next part of the text: one token or, where several came together, several."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is whole as far as the provider is concerned; `finish_reason` says if it ran out of tokens instead."""

    finish_reason: str
    usage: Usage | None
    model: str
    request_id: str | None


def build_messages(prompt: Prompt) -> "list[ChatCompletionUserMessageParam]":
    """One message with what the participant wrote and nothing of ours, in whatever language it is."""
    parts = [part for part in (prompt.instruction, prompt.input) if part.strip()]
    return [{"role": "user", "content": "\n\n".join(parts)}]


async def answer_stream(
    prompt: Prompt,
    *,
    safety_identifier: str,
    max_completion_tokens: int,
    deadline_seconds: float | None = None,
) -> AsyncGenerator[Delta | Finished, None]:
    """Ask, and give the text as it comes; at the end one Finished. Raises ProviderError.

    `safety_identifier` is the participant's hashed identity, never the identity. The deadline bounds the whole call,
    the waiting for the reader included.
    """
    reading = _Reading(deadline_seconds if deadline_seconds is not None else settings.PROVIDER_DEADLINE_SECONDS)
    fault: ProviderError | None = None
    try:
        with ExitStack() as connection:
            question = {
                "model": settings.OPENAI_MODEL,
                "messages": build_messages(prompt),
                "stream": True,
                "stream_options": {"include_usage": True},
                "max_completion_tokens": max_completion_tokens,
                "safety_identifier": safety_identifier,
                "store": False,
            }
            watch = connection.enter_context(closing(_Watch(reading)))
            with watch:
                response = await completion_begin(question)
            connection.callback(response.release)
            reading.begin(response)
            while not reading.is_over:
                with watch:
                    chunk = await response.content.readany()
                text = reading.take(chunk)
                if reading.finish_reason is not None:
                    watch.set()
                if text:
                    # What comes meanwhile is left in the socket: read at once, many small pieces cost little more than one.
                    transport = response.connection.transport if response.connection is not None else None
                    if transport is not None and not transport.is_closing():
                        transport.pause_reading()
                    yield Delta(text)
                    if transport is not None and not transport.is_closing():
                        transport.resume_reading()
                    reading.progress()
            await _last_bytes_read(response)
    except TimeoutError:
        fault = reading.timeout_error()
    except ProviderError as raised:
        fault = raised
    except transport_exceptions() as raised:
        fault = error_of_reading(raised, has_begun=reading.has_begun, request_id=reading.request_id)
    # Out here, so that the provider's own message is not carried along as the context of ours.
    fault = fault or reading.fault
    if reading.finish_reason is None:
        raise error_log(fault or StreamCut(has_begun=reading.has_begun, request_id=reading.request_id))
    yield Finished(reading.finish_reason, reading.usage, reading.model, reading.request_id)


async def _last_bytes_read(response: "ClientResponse") -> None:
    """Read on to the end of the body, which is there already or nearly: a connection read out serves the next visitor."""
    if response.content.at_eof():
        return
    try:
        async with asyncio.timeout(LAST_BYTES_SECONDS):
            while await response.content.readany():
                pass
    except TimeoutError:
        pass


class _Watch:
    """Bounds each wait of a stream with one timer for all of them; `with` it around a wait, never around a `yield`.

    As `asyncio.timeout` does, it cancels the task that waits, and makes a TimeoutError of that.
    """

    def __init__(self, reading: "_Reading") -> None:
        self._reading = reading
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Task[Any] | None = None
        self._cancelling = 0
        self._has_expired = False
        self._timer = self._loop.call_at(reading.limit(), self._look)

    def set(self) -> None:
        """Look again at the limit, which came nearer."""
        self._timer.cancel()
        self._timer = self._loop.call_at(self._reading.limit(), self._look)

    def close(self) -> None:
        self._timer.cancel()

    def __enter__(self) -> None:
        self._waiter = asyncio.current_task()
        assert self._waiter is not None
        self._cancelling = self._waiter.cancelling()

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, _trace: object) -> None:
        waiter, self._waiter = self._waiter, None
        if self._has_expired and waiter is not None:
            self._has_expired = False
            if waiter.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
                raise TimeoutError from raised

    def _look(self) -> None:
        now = self._loop.time()
        limit = self._reading.limit()
        if now < limit:
            self._timer = self._loop.call_at(limit, self._look)
        elif self._waiter is None:  # the reader takes its time; that is not the provider's
            self._timer = self._loop.call_at(now + LOOK_AGAIN_SECONDS, self._look)
        else:
            self._has_expired = True
            self._waiter.cancel()


class _Reading:
    """What is known of an answer so far. Once it has its finish reason the text is whole, and no later fault spoils it."""

    def __init__(self, deadline_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._events = EventReader()
        self._waiting_since = self._loop.time()
        self._deadline = self._waiting_since + deadline_seconds
        self._patience_seconds = settings.PROVIDER_IDLE_SECONDS
        self.has_begun = False
        self.is_over = False
        self.fault: ProviderError | None = None
        self.finish_reason: str | None = None
        self.usage: Usage | None = None
        self.model = str(settings.OPENAI_MODEL)
        self.request_id: str | None = None

    def limit(self) -> float:
        """Until when to wait for the next word. A comment that keeps the connection awake is no word."""
        patience_seconds = self._patience_seconds if self.finish_reason is None else USAGE_SECONDS
        return min(self._waiting_since + patience_seconds, self._deadline)

    def progress(self) -> None:
        self._waiting_since = self._loop.time()

    def begin(self, response: "ClientResponse") -> None:
        self.request_id = response.headers.get("x-request-id")
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            self._break_off(MalformedAnswer(request_id=self.request_id))

    def take(self, chunk: bytes) -> str:
        """Learn from the next bytes (none: there are no more), and return the text in them."""
        if not chunk:
            self.is_over = True
            return ""
        texts: list[str] = []
        try:
            events = self._events.feed(chunk)
            if events:
                self.progress()
            for event in events:
                if event == b"[DONE]":
                    self.is_over = True
                else:
                    texts.append(self._event_read(orjson.loads(event)))
                if self.is_over:
                    break
        except (LineTooLong, LookupError, TypeError, AttributeError, ValueError):
            self._break_off(MalformedAnswer(request_id=self.request_id))
        return "".join(texts)

    def timeout_error(self) -> ProviderError:
        if self._loop.time() >= self._deadline:
            return DeadlinePassed(request_id=self.request_id)
        if self.has_begun:
            return IdleTimeout(request_id=self.request_id)
        return FirstTokenTimeout(request_id=self.request_id)

    def _event_read(self, event: dict[str, Any]) -> str:
        if error := event.get("error"):
            self._break_off(self._error_inside(error))
            return ""
        if model := event.get("model"):
            self.model = str(model)
        if counted := event.get("usage"):
            self.usage = Usage(int(counted["prompt_tokens"]), int(counted["completion_tokens"]))
        choices = event.get("choices")
        if not choices:
            return ""
        choice = choices[0]
        if reason := choice.get("finish_reason"):
            self.finish_reason = str(reason)
        delta = choice.get("delta") or {}
        # A refusal is the model's text as well.
        text = delta.get("content") or delta.get("refusal") or ""
        if not isinstance(text, str):
            raise TypeError("content")
        if text:
            self.has_begun = True
        return text

    def _error_inside(self, error: object) -> ProviderError:
        """An error object in the stream: its code counts, its message stays behind."""
        code = error.get("code") if isinstance(error, dict) else None
        kind = RateLimited if code == "rate_limit_exceeded" else ProviderUnavailable
        return kind(has_begun=self.has_begun, request_id=self.request_id)

    def _break_off(self, fault: ProviderError) -> None:
        self.fault = fault
        self.is_over = True
