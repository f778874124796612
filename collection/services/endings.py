"""Storing the answers of an event loop: those that end while others are being stored go into one transaction together.

Every stored answer gets a position, one after the other, and waits for the disk. Alone, some fifty a second would be all.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from collection.models import Reference
from collection.services.answers import Outcome, answers_end
from collection.services.limits import places_give_back
from collection.services.pace import in_database
from collection.services.rendering import answer_html
from config.moves import Actor

# Many end with the same beat: a moment later they are one group.
GATHER_SECONDS = 0.03
# A larger group would let the first of it wait too long, and hold the caps too long.
TOGETHER_AT_MOST = 32


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer as it was stored: its status, and its text as HTML."""

    status: str
    html: str


@dataclass(frozen=True, slots=True)
class _Ending:
    reference: Reference
    outcome: Outcome
    stored: "asyncio.Future[Stored]"


class Endings:
    """Stores answers in the order in which they end; one group at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[_Ending] = []
        self._is_storing = False

    def store(self, reference: Reference, outcome: Outcome) -> "asyncio.Future[Stored]":
        """Store an answer, settle its cost, give the place back and make the HTML. The future has the error if that failed."""
        ending = _Ending(reference, outcome, self._loop.create_future())
        self._waiting.append(ending)
        if not self._is_storing:
            self._is_storing = True
            self._loop.call_later(GATHER_SECONDS, self._store_next)
        return ending.stored

    def _store_next(self) -> None:
        group, self._waiting = self._waiting[:TOGETHER_AT_MOST], self._waiting[TOGETHER_AT_MOST:]
        self._is_storing = bool(group)
        if group:
            storing = in_database(_group_store)([(ending.reference, ending.outcome) for ending in group])
            storing.add_done_callback(partial(self._told, group))

    def _told(self, group: list[_Ending], storing: "asyncio.Future[list[Stored | Exception]]") -> None:
        self._store_next()
        error = storing.exception()
        results = [error] * len(group) if error else storing.result()
        for ending, result in zip(group, results, strict=True):
            if ending.stored.done():
                continue
            if isinstance(result, Stored):
                ending.stored.set_result(result)
            elif result is not None:
                ending.stored.set_exception(result)


def _group_store(endings: Sequence[tuple[Reference, Outcome]]) -> list[Stored | Exception]:
    try:
        results = answers_end(endings=endings, by=Actor.system("answering"))
    finally:
        places_give_back(reference.instruction.participant for reference, _outcome in endings)
    return [
        result if isinstance(result, Exception) else Stored(result.status, answer_html(outcome.text))
        for result, (_reference, outcome) in zip(results, endings, strict=True)
    ]


_endings: dict[asyncio.AbstractEventLoop, Endings] = {}


def endings_of_loop() -> Endings:
    """The running loop's."""
    loop = asyncio.get_running_loop()
    if loop not in _endings:
        for old in [one for one in _endings if one.is_closed()]:
            del _endings[old]
        _endings[loop] = Endings(loop)
    return _endings[loop]
