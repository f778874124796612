"""How close a text is to the models' answers while it is being written. The gate's word at the hand-in is another matter."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache

from annotation.cleanroom.decide import Outcome
from annotation.errors import DraftTooLong, LeaseLost
from annotation.models import Task
from annotation.services.drafts import DRAFT_LENGTHS, text_clean
from annotation.services.gate import gate_check
from annotation.states import TaskStatus
from config.errors import TooMany
from vendors.models import User

# The editor asks every ten seconds at most; a little less here, for the way from there.
PAUSE_SECONDS = 9


@dataclass(frozen=True, slots=True)
class Closeness:
    """What a writer may know of it: which of their own passages, in code points from `start` to `end`, apart and in order.

    `is_close`: as it stands, the text would not be taken; a text can be close as a whole, and no passage of it be.
    """

    passages: tuple[tuple[int, int], ...] = ()
    is_close: bool = False


def closeness_check(*, writer: User, task: Task, text: str) -> Closeness:
    """Compare the text in hand with every reference, quietly: nothing is written, and nothing of a reference is told.

    `task` comes with its instruction. Raises LeaseLost, DraftTooLong, TooMany when the writer asked a moment ago, so
    that nobody feels their way to an answer letter by letter, and what `gate_check` raises.
    """
    if task.status != TaskStatus.CLAIMED or task.writer_id != writer.pk:
        raise LeaseLost()
    text = text_clean(text)
    if len(text) > DRAFT_LENGTHS * settings.OUTPUT_MAX_CHARACTERS:
        raise DraftTooLong(characters=len(text))
    if not text.strip():
        return Closeness()
    if not cache.add(f"closeness:{writer.pk}", True, PAUSE_SECONDS):
        raise TooMany()
    result = gate_check(task=task, text=text.strip())
    passages = ((passage["start"], passage["end"]) for passage in result.passages_in(text))
    return Closeness(tuple(_apart(passages)), is_close=result.outcome == Outcome.BLOCK)


def _apart(passages: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join what overlaps or touches, as the passages of several references do."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(passages):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
