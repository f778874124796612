"""One answer on its way from the provider to a reader: in small batches, with no database connection held, asked again only
while nothing has come, and stored whatever happens, also when the reader leaves before the first word.
"""

import asyncio
import hashlib
import hmac
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from collection.gateway import Delta, Finished, Prompt, ProviderError, answer_stream
from collection.models import Participant, Reference
from collection.services.answers import Outcome, answer_end, answer_retry
from collection.services.pace import in_database, pace_of_loop
from collection.services.rendering import answer_html
from config.moves import Actor

# Before asking again: this long, then twice as long; never longer than a reader waits gladly.
RETRY_SECONDS = 0.4
RETRY_AFTER_AT_MOST_SECONDS = 5.0

# A task that nobody refers to may be collected before it is done.
_endings: "set[asyncio.Task[AnswerEnd]]" = set()


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
    html: str = ""


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
    reading.add_done_callback(course.read_ended)
    ending: asyncio.Task[AnswerEnd] | None = None
    try:
        while not reading.done() or course.has_unsent:
            await course.ready()
            if text := course.take():
                yield AnswerText(text)
        await reading
        ending = _ending_start(course)
        yield await asyncio.shield(ending)
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        if ending is None:
            await asyncio.shield(_ending_start(course))


def _ending_start(course: "_Course") -> "asyncio.Task[AnswerEnd]":
    task = asyncio.create_task(course.end())
    _endings.add(task)
    task.add_done_callback(_endings.discard)
    return task


class _Course:
    """What has come of one answer so far, between the task that reads it and the one that sends it."""

    def __init__(self, reference: Reference, identity: str) -> None:
        self.reference = reference
        self._prompt = Prompt(reference.instruction.instruction, reference.instruction.input)
        self._identity = identity
        self._loop = asyncio.get_running_loop()
        self._pace = pace_of_loop()
        self._deadline = self._loop.time() + settings.PROVIDER_DEADLINE_SECONDS
        self._finished: Finished | None = None
        self._error: ProviderError | None = None
        self._parts: list[str] = []
        self._sent = 0
        self._is_resting = False
        self._is_read = False
        self._waiter: asyncio.Future[None] | None = None
        self._first_token_at: datetime | None = None

    @property
    def has_unsent(self) -> bool:
        return self._sent < len(self._parts)

    async def ready(self) -> None:
        """Wait until there is text that may be sent now, or nothing more will come."""
        if self._is_read or (self.has_unsent and not self._is_resting):
            return
        self._waiter = self._loop.create_future()
        await self._waiter

    def take(self) -> str:
        """What has come since the last time. The next batch waits for the next beat of the clock."""
        parts = self._parts[self._sent :]
        self._sent = len(self._parts)
        if parts and not self._is_resting:
            self._is_resting = True
            self._pace.rest(self)
        return "".join(parts)

    def rested(self) -> None:
        self._is_resting = False
        if self.has_unsent:
            self._wake()

    def read_ended(self, _reading: "asyncio.Task[None]") -> None:
        """Called when the reading task is done, and not before: a wake-up from inside it would come too early."""
        self._is_read = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def read(self) -> None:
        """Read the provider's stream to its end, asking again while nothing has come; the last error becomes `error`."""
        while True:
            try:
                await self._read_once()
            except ProviderError as error:
                self._error = error
                if not await self._is_asked_again(error):
                    return
            else:
                return

    async def _read_once(self) -> None:
        stream = answer_stream(
            self._prompt,
            safety_identifier=self._identity,
            max_completion_tokens=settings.MAX_COMPLETION_TOKENS,
            deadline_seconds=max(0.0, self._deadline - self._loop.time()),
        )
        async with aclosing(stream):
            async for event in stream:
                if isinstance(event, Delta):
                    self._part_add(event.text)
                else:
                    self._finished = event

    async def _is_asked_again(self, error: ProviderError) -> bool:
        """Whether another try is worth it and paid for: then the failed one is settled, and the reference is the new one's."""
        tried = self.reference.attempt
        wait_seconds = error.retry_after_seconds or RETRY_SECONDS * 2 ** (tried - 1) * random.uniform(1, 1.5)
        if not error.is_retryable or tried > settings.PROVIDER_RETRIES or self._parts:
            return False
        if wait_seconds > min(RETRY_AFTER_AT_MOST_SECONDS, self._deadline - self._loop.time()):
            return False
        await asyncio.sleep(wait_seconds)
        # Shielded: a reader who leaves now leaves either the old attempt open or the new one, never both.
        retrying = asyncio.ensure_future(in_database(answer_retry)(reference=self.reference, outcome=self._outcome()))
        try:
            following = await asyncio.shield(retrying)
        except asyncio.CancelledError:
            following = await retrying
            self.reference = following or self.reference
            raise
        if following is None:
            return False
        self.reference, self._error = following, None
        return True

    def _part_add(self, text: str) -> None:
        if self._first_token_at is None:
            self._first_token_at = timezone.now()
            self._pace.note_begun(self.reference.pk)
        self._parts.append(text)
        if not self._is_resting:
            self._wake()

    def _outcome(self) -> Outcome:
        return Outcome("".join(self._parts), self._finished, self._error, self._first_token_at)

    async def end(self) -> AnswerEnd:
        """Store the answer, settle its cost, and make its HTML, all in one visit to a thread."""
        await self._pace.begun_settled(self.reference.pk)
        return await in_database(_answer_end)(self.reference, self._outcome())


def _answer_end(reference: Reference, outcome: Outcome) -> AnswerEnd:
    stored = answer_end(reference=reference, outcome=outcome, by=Actor.system("answering"))
    finish_reason = outcome.finished.finish_reason if outcome.finished else ""
    return AnswerEnd(stored.status, outcome.text, finish_reason, outcome.error, answer_html(outcome.text))
