"""One answer on its way from the provider to a reader: in small batches, with no database connection held, and stored
whatever happens, also when the reader leaves before the first word.
"""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone

from collection.gateway import (
    Delta,
    Finished,
    Prompt,
    ProviderError,
    answer_stream,
    cost_microusd,
)
from collection.models import Participant, Reference
from collection.services.answers import answer_finish, answer_first_token
from collection.services.budget import usage_estimate
from collection.states import ReferenceStatus
from config.errors import Conflict, IllegalMove
from config.moves import Actor

P = ParamSpec("P")
R = TypeVar("R")

# The first word goes out at once; then what has come is sent this often.
BATCH_SECONDS = 0.03

# What these say of the provider, it did not charge for.
_FREE_ERRORS = {"rate_limited", "provider_refused", "unreachable", "provider_unavailable"}

# A task that nobody refers to may be collected before it is done.
_endings: "set[asyncio.Task[Reference]]" = set()


@dataclass(frozen=True, slots=True)
class AnswerText:
    """The next part of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerEnd:
    """The answer is over and stored; `error` says why, if it is not whole."""

    status: str
    text: str
    finish_reason: str
    error: ProviderError | None


def in_database(function: Callable[P, R]) -> "Callable[P, asyncio.Future[R]]":
    """The function as a coroutine that gives its database connection back before it returns."""

    def released(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return sync_to_async(released)  # type: ignore[return-value]


def safety_identifier(participant: Participant) -> str:
    """What the provider may know a participant by: the same for the same one, and traceable by nobody else."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"safety:{participant.public_id}".encode(), hashlib.sha256).hexdigest()


async def answer_deliver(reference: Reference, *, identity: str) -> AsyncGenerator[AnswerText | AnswerEnd, None]:
    """Ask the provider and give the text as it comes; at the end one AnswerEnd.

    Closing the generator, or cancelling the task that reads it, closes the provider's connection at once and stores what
    had come as interrupted.
    """
    course = _Course(reference, identity)
    reading = asyncio.create_task(course.read())
    reading.add_done_callback(course.wake)
    ending: asyncio.Task[Reference] | None = None
    try:
        while not (reading.done() and not course.has_unsent):
            await course.wait()
            if text := course.take():
                yield AnswerText(text)
                await asyncio.wait({reading}, timeout=BATCH_SECONDS)
        await reading
        ending = _ending_start(course)
        stored = await asyncio.shield(ending)
        yield AnswerEnd(stored.status, course.text, course.finish_reason, course.error)
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        if ending is None:
            await asyncio.shield(_ending_start(course))


def _ending_start(course: "_Course") -> "asyncio.Task[Reference]":
    task = asyncio.create_task(course.end())
    _endings.add(task)
    task.add_done_callback(_endings.discard)
    return task


class _Course:
    """What has come of one answer so far, between the task that reads it and the one that sends it."""

    def __init__(self, reference: Reference, identity: str) -> None:
        self.reference = reference
        self.prompt = Prompt(reference.instruction.instruction, reference.instruction.input)
        self.finished: Finished | None = None
        self.error: ProviderError | None = None
        self._identity = identity
        self._parts: list[str] = []
        self._sent = 0
        self._woken = asyncio.Event()
        self._first_token_at: datetime | None = None
        self._beginning: asyncio.Task[None] | None = None

    @property
    def text(self) -> str:
        return "".join(self._parts)

    @property
    def has_unsent(self) -> bool:
        return self._sent < len(self._parts)

    @property
    def finish_reason(self) -> str:
        return self.finished.finish_reason if self.finished else ""

    async def wait(self) -> None:
        await self._woken.wait()

    def wake(self, _reading: "asyncio.Task[None]") -> None:
        """Called when the reading task is done, and not before: a wake-up from inside it would come too early."""
        self._woken.set()

    def take(self) -> str:
        """What has come since the last time."""
        parts = self._parts[self._sent :]
        self._sent = len(self._parts)
        self._woken.clear()
        return "".join(parts)

    async def read(self) -> None:
        """Read the provider's stream to its end; its errors become `error`."""
        stream = answer_stream(
            self.prompt,
            safety_identifier=self._identity,
            max_completion_tokens=settings.MAX_COMPLETION_TOKENS,
        )
        try:
            async with aclosing(stream):
                async for event in stream:
                    if isinstance(event, Delta):
                        self._part_add(event.text)
                    else:
                        self.finished = event
        except ProviderError as error:
            self.error = error

    def _part_add(self, text: str) -> None:
        if self._first_token_at is None:
            self._first_token_at = timezone.now()
            # Beside the stream, not before it: the reader does not wait for our books.
            self._beginning = asyncio.create_task(_first_token_note(self.reference))
        self._parts.append(text)
        self._woken.set()

    async def end(self) -> Reference:
        """Store the answer and settle its cost."""
        if self._beginning is not None:
            await asyncio.wait({self._beginning})
        cost, is_estimated = self._cost()
        usage = self.finished.usage if self.finished else None
        facts = {
            "model": self.finished.model[:100] if self.finished else self.reference.model,
            "finish_reason": self.finish_reason[:40],
            "error_code": self.error.code if self.error else "",
            "provider_request_id": self._request_id(),
            "prompt_tokens": usage.prompt_tokens if usage else None,
            "completion_tokens": usage.completion_tokens if usage else None,
            "first_token_at": self._first_token_at,
        }
        return await in_database(answer_finish)(
            reference=self.reference,
            text=self.text,
            status=self._status(),
            cost_microusd=cost,
            is_estimated=is_estimated,
            by=Actor.system("answering"),
            **facts,
        )

    def _status(self) -> str:
        if self.finished is not None:
            return ReferenceStatus.COMPLETE
        if self.error is not None and not self._parts:
            return ReferenceStatus.FAILED
        return ReferenceStatus.INTERRUPTED

    def _cost(self) -> tuple[int, bool]:
        """The cost, and whether it is an estimate because the provider did not say."""
        if self.finished is not None and self.finished.usage is not None:
            return cost_microusd(self.finished.model, self.finished.usage), False
        if self.error is not None and self.error.code in _FREE_ERRORS and not self._parts:
            return 0, False
        model = self.finished.model if self.finished else self.reference.model
        asked = f"{self.prompt.instruction}\n\n{self.prompt.input}"
        return cost_microusd(model, usage_estimate(prompt=asked, text=self.text)), True

    def _request_id(self) -> str:
        known = self.finished or self.error
        return (known.request_id or "")[:200] if known else ""


async def _first_token_note(reference: Reference) -> None:
    with suppress(Conflict, IllegalMove):  # swept meanwhile
        await in_database(answer_first_token)(reference=reference)
