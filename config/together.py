"""Work that several threads bring at once, done by one of them for all: one round trip, one commit to wait for."""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import Generic, TypeVar

Piece = TypeVar("Piece")
Outcome = TypeVar("Outcome")


class Together(Generic[Piece, Outcome]):
    """Does pieces of work of several threads in groups: those that come while a group is at work are the next one.

    Nobody waits for company: a piece that comes alone is a group of one, at once. `act` gets the pieces of a group, at most
    `at_most`, in the thread of one of them, and returns what came of each, an exception for one that failed.
    """

    def __init__(self, act: Callable[[Sequence[Piece]], Sequence[Outcome | BaseException]], *, at_most: int) -> None:
        self._act = act
        self._at_most = at_most
        self._waiting: deque[_Place[Piece, Outcome]] = deque()
        self._is_at_work = False
        self._lock = Lock()

    def do(self, piece: Piece) -> Outcome:
        """What came of a piece. Raises what its work raised, and what the work of its whole group raised."""
        place = _Place[Piece, Outcome](piece)
        with self._lock:
            self._waiting.append(place)
            is_first, self._is_at_work = not self._is_at_work, True
        if not is_first:
            place.turn.wait()
        if not place.outcome:
            self._lead()
        (outcome,) = place.outcome
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def _lead(self) -> None:
        """Do the work of those who wait longest, oneself first among them, and let the next one lead."""
        with self._lock:
            group = [self._waiting.popleft() for _ in range(min(self._at_most, len(self._waiting)))]
        outcomes: Sequence[Outcome | BaseException]
        try:
            outcomes = self._act([place.piece for place in group])
        except BaseException as error:  # whatever it is: the others must not wait for ever
            outcomes = [error] * len(group)
        for place, outcome in zip(group, outcomes, strict=True):
            place.outcome.append(outcome)
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._is_at_work = following is not None
        for place in [following, *group] if following else group:
            place.turn.set()


class _Place(Generic[Piece, Outcome]):
    """Of one who waits: at `turn` the outcome is there or, without one, it is theirs to lead."""

    __slots__ = ("outcome", "piece", "turn")

    def __init__(self, piece: Piece) -> None:
        self.piece = piece
        self.outcome: list[Outcome | BaseException] = []
        self.turn = Event()
