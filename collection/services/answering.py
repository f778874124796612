"""One answer on its way from the provider to a reader: in small batches, with no database connection held, asked again only
while nothing has come, and stored whatever happens, also when the reader leaves before the first word.
"""

import asyncio
import hashlib
import hmac
import logging
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from collection.gateway import Delta, Finished, Prompt, ProviderError, answer_stream
from collection.models import Participant, Reference
from collection.services.answers import Outcome, answer_retry
from collection.services.endings import endings_of_loop
from collection.services.pace import in_database, pace_of_loop

# Before asking again: this long, then twice as long; never longer than a reader waits gladly.
RETRY_SECONDS = 0.4
RETRY_AFTER_AT_MOST_SECONDS = 5.0

# How long to wait, time after time, for a database that is away when an answer has to be stored.
STORE_AGAIN_SECONDS = (0.1, 0.5, 2.0, 5.0)

log = logging.getLogger(__name__)

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

    The first word goes out at once; after each batch, what comes waits unread until the next beat. Closing the generator, or
    cancelling the task that reads it, closes the provider's connection at once and stores what had come as interrupted.
    """
    course = _Course(reference, identity)
    pace = pace_of_loop()
    who = _who(reference)
    pace.place_hold(who)
    ending: asyncio.Task[AnswerEnd] | None = None
    try:
        while True:
            try:
                async with aclosing(course.stream()) as stream:
                    async for event in stream:
                        if text := course.take(event):
                            yield AnswerText(text)
                            await pace.beat()
            except ProviderError as error:
                if await course.is_asked_again(error):
                    continue
            break
        ending = _ending_start(course)
        yield await asyncio.shield(ending)
    finally:
        pace.place_leave(who)
        if ending is None:
            await asyncio.shield(_ending_start(course))


def _ending_start(course: "_Course") -> "asyncio.Task[AnswerEnd]":
    task = asyncio.create_task(course.end())
    _endings.add(task)
    task.add_done_callback(_endings.discard)
    return task


class _Course:
    """What has come of one answer so far, over all its attempts."""

    def __init__(self, reference: Reference, identity: str) -> None:
        self._reference = reference
        self._prompt = Prompt(reference.instruction.instruction, reference.instruction.input)
        self._identity = identity
        self._loop = asyncio.get_running_loop()
        self._pace = pace_of_loop()
        self._deadline = self._loop.time() + settings.PROVIDER_DEADLINE_SECONDS
        self._finished: Finished | None = None
        self._error: ProviderError | None = None
        self._parts: list[str] = []
        self._first_token_at: datetime | None = None

    def stream(self) -> AsyncGenerator[Delta | Finished, None]:
        """Ask once."""
        return answer_stream(
            self._prompt,
            safety_identifier=self._identity,
            max_completion_tokens=settings.MAX_COMPLETION_TOKENS,
            deadline_seconds=max(0.0, self._deadline - self._loop.time()),
        )

    def take(self, event: Delta | Finished) -> str:
        """Keep what came, and return the text in it."""
        if isinstance(event, Finished):
            self._finished = event
            return ""
        if self._first_token_at is None:
            self._first_token_at = timezone.now()
            self._pace.note_begun(self._reference.pk)
        self._parts.append(event.text)
        return event.text

    async def is_asked_again(self, error: ProviderError) -> bool:
        """Whether another try is worth it and paid for: then the failed one is settled, and the reference is the new one's."""
        self._error = error
        tried = self._reference.attempt
        wait_seconds = error.retry_after_seconds or RETRY_SECONDS * 2 ** (tried - 1) * random.uniform(1, 1.5)
        if not error.is_retryable or tried > settings.PROVIDER_RETRIES or self._parts:
            return False
        if wait_seconds > min(RETRY_AFTER_AT_MOST_SECONDS, self._deadline - self._loop.time()):
            return False
        await asyncio.sleep(wait_seconds)
        # Shielded: of a reader who leaves now, either the old attempt is open or the new one, never both.
        retry = in_database(answer_retry)(reference=self._reference, outcome=self._outcome())
        try:
            following = await asyncio.shield(retry)
        except asyncio.CancelledError:
            self._reference = await retry or self._reference
            raise
        if following is None:
            return False
        self._reference, self._error = following, None
        return True

    def _outcome(self) -> Outcome:
        return Outcome("".join(self._parts), self._finished, self._error, self._first_token_at)

    async def end(self) -> AnswerEnd:
        """Store the answer, settle its cost, and make its HTML, all in one visit to a thread."""
        await self._pace.begun_settled(self._reference.pk)
        outcome = self._outcome()
        for pause_seconds in STORE_AGAIN_SECONDS:
            try:
                stored = await endings_of_loop().store(self._reference, outcome)
                break
            except (OperationalError, InterfaceError):
                log.warning("The database is away; answer %s is stored in a moment.", self._reference.pk)
                await asyncio.sleep(pause_seconds)
        else:
            stored = await endings_of_loop().store(self._reference, outcome)
        finish_reason = outcome.finished.finish_reason if outcome.finished else ""
        return AnswerEnd(stored.status, outcome.text, finish_reason, outcome.error, stored.html)


def _who(reference: Reference) -> str:
    participant = reference.instruction.participant
    return str(participant.public_id) if participant else ""
