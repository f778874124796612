"""One clock for all the streams of an event loop: it sends their text in small batches, and keeps the books of all at once.

A timer, a thread or a statement for each stream is what makes many streams slow; here each is shared.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import ceil
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

from collection.services.answers import answers_note_begun
from collection.services.limits import PLACE_SECONDS, places_renew

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

# The first word goes out at once; then what has come is sent this often. With many streams, to send takes a process longer than
# that: each adds to the pause, up to what a reader still takes for a flow, and the first words of others need not wait.
BATCH_SECONDS = 0.03
STREAM_SECONDS = 0.0004
BATCH_AT_MOST_SECONDS = 0.1
# Pauses end together so far as they end within this: all at once, nobody else would have a turn meanwhile.
BEAT_SECONDS = 0.01
# An answer that takes longer than this is noted as begun; a shorter one is stored before that.
NOTE_SECONDS = 1.0
# Answers are stored group by group, and little is done in a thread beside that.
THREADS = 4


_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="answers")


def in_database(function: Callable[P, R]) -> "Callable[P, asyncio.Future[R]]":
    """The function as a coroutine, in one of a few threads, that gives its database connection back before it returns."""

    def released(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    def called(*args: P.args, **kwargs: P.kwargs) -> "asyncio.Future[R]":
        return asyncio.get_running_loop().run_in_executor(_threads, partial(released, *args, **kwargs))

    return called


def batch_seconds(streams: int) -> float:
    """How long the streams of a process gather what comes before they send it."""
    return min(BATCH_AT_MOST_SECONDS, max(BATCH_SECONDS, STREAM_SECONDS * streams))


class Pace:
    """Lets streams whose pauses end go on in one beat, and notes their beginnings in one statement; idle, no timer runs."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._beats: dict[int, list[asyncio.Future[None]]] = {}
        self._begun: set[int] = set()
        self._noting: dict[int, asyncio.Future[None]] = {}
        self._holding: Counter[str] = Counter()
        self._renewal: asyncio.TimerHandle | None = None

    def beat(self) -> "asyncio.Future[None]":
        """Done when the pause of a stream is over, with the others whose pauses end at about the same time."""
        until = self._loop.time() + batch_seconds(self._holding.total())
        number = ceil(until / BEAT_SECONDS)
        waiting = self._beats.get(number)
        if waiting is None:
            waiting = self._beats[number] = []
            self._loop.call_at(number * BEAT_SECONDS, self._beat, number)
        waiter = self._loop.create_future()
        waiting.append(waiter)
        return waiter

    def _beat(self, number: int) -> None:
        for waiter in self._beats.pop(number):
            if not waiter.done():
                waiter.set_result(None)

    def note_begun(self, reference: int) -> None:
        """Note within a second that the provider has begun to answer; the reader does not wait for our books."""
        if not self._begun:
            self._loop.call_later(NOTE_SECONDS, self._note)
        self._begun.add(reference)

    async def begun_settled(self, reference: int) -> None:
        """Wait while the beginning is being noted; if that has not started, it need not be."""
        self._begun.discard(reference)
        if noting := self._noting.get(reference):
            await asyncio.wait({noting})

    def place_hold(self, who: str) -> None:
        """Keep renewing the place of a participant whose answer comes."""
        self._holding[who] += 1
        if self._renewal is None:
            self._renewal = self._loop.call_later(PLACE_SECONDS / 3, self._renew)

    def place_leave(self, who: str) -> None:
        """Renew it no longer."""
        self._holding[who] -= 1
        if not self._holding[who]:
            del self._holding[who]

    def _renew(self) -> None:
        self._renewal = None
        if self._holding:
            self._renewal = self._loop.call_later(PLACE_SECONDS / 3, self._renew)
            renewing = in_database(places_renew)(list(self._holding))
            renewing.add_done_callback(_renewed)

    def _note(self) -> None:
        begun, self._begun = self._begun, set()
        if not begun:
            return
        noting = in_database(answers_note_begun)(sorted(begun))
        self._noting |= dict.fromkeys(begun, noting)
        noting.add_done_callback(partial(self._noted, begun))

    def _noted(self, begun: set[int], noting: "asyncio.Future[None]") -> None:
        for reference in begun:
            self._noting.pop(reference, None)
        if error := noting.exception():
            log.warning("The beginning of %s answers could not be noted: %s", len(begun), type(error).__name__)


def _renewed(renewing: "asyncio.Future[None]") -> None:
    if error := renewing.exception():
        log.warning("The places of open answers could not be renewed: %s", type(error).__name__)


_paces: dict[asyncio.AbstractEventLoop, Pace] = {}


def pace_of_loop() -> Pace:
    """The running loop's clock."""
    loop = asyncio.get_running_loop()
    if loop not in _paces:
        for old in [one for one in _paces if one.is_closed()]:
            del _paces[old]
        _paces[loop] = Pace(loop)
    return _paces[loop]
