"""What an act on many rows does to some of them in one transaction, and how it is taken back. Each row has a result of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import transaction

from annotation.models import BulkJob, Task
from annotation.services.filling import tasks_withdraw
from annotation.services.hand_back import task_hand_back
from annotation.services.queue import tasks_requeue
from annotation.states import TaskStatus
from collection.errors import ModerationMissing
from collection.services.decisions import instructions_decide, instructions_hold, unmoderated
from collection.states import InstructionStatus
from config.errors import BadInput, Conflict, DomainError
from config.moves import Moved
from vendors.models import User

Action = BulkJob.Action
# Of so many rows, their keys each with the status it had before the job ("" before it is done), what became of it. Who does it
# waits for nobody: what somebody else has locked is left out, and comes again.
Doing = Callable[[User, Mapping[int, str], str], Mapping[int, Moved]]

TO_REJECT = frozenset({InstructionStatus.HELD, InstructionStatus.ELIGIBLE})
TO_ACCEPT = frozenset({InstructionStatus.HELD})
TO_REQUEUE = frozenset({TaskStatus.CLAIMED, TaskStatus.RETURNED})


@dataclass(frozen=True, slots=True)
class Act:
    """How an action changes rows, and how it takes that back; `statuses` are those it applies to.

    `undo_at_once`: so many rows are taken back in one transaction.
    """

    statuses: frozenset[str]
    do: Doing
    undo: Doing | None = None
    undo_at_once: int | None = None


def _reject(by: User, rows: Mapping[int, str], why: str) -> Mapping[int, Moved]:
    return instructions_decide(keys=rows, accept=False, by=by, why=why, among=TO_REJECT)


def _reject_undo(by: User, rows: Mapping[int, str], why: str) -> Mapping[int, Moved]:
    """Those that were let through are let through again; what moderation has never passed stays as it is."""
    through = [key for key, before in rows.items() if before == InstructionStatus.ELIGIBLE]
    stays = unmoderated(through)
    rejected = {InstructionStatus.REJECTED}
    held = instructions_hold(keys=rows.keys() - stays, by=by, why=why, among=rejected)
    back = [key for key in through if key in held and not held[key].code]
    instructions_decide(keys=back, accept=True, by=by, why=why, among=TO_ACCEPT)
    return {**held, **{key: Moved(InstructionStatus.REJECTED, ModerationMissing.code) for key in stays}}


def _accept(by: User, rows: Mapping[int, str], why: str) -> Mapping[int, Moved]:
    return instructions_decide(keys=rows, accept=True, by=by, why=why, among=TO_ACCEPT)


def _accept_undo(by: User, rows: Mapping[int, str], why: str) -> Mapping[int, Moved]:
    """What is in an order by now stays."""
    wanted = Task.objects.filter(instruction__in=rows).exclude(status=TaskStatus.CANCELLED)
    stays = set(wanted.values_list("instruction", flat=True))
    held = instructions_hold(keys=rows.keys() - stays, by=by, why=why, among={InstructionStatus.ELIGIBLE})
    return {**held, **{key: Moved(InstructionStatus.ELIGIBLE, Conflict.code) for key in stays}}


def _cancel(by: User, rows: Mapping[int, str], why: str) -> Mapping[int, Moved]:
    return tasks_withdraw(by=by, keys=rows, why=why)


def _requeue(by: User, rows: Mapping[int, str], why: str) -> Mapping[int, Moved]:
    return tasks_requeue(by=by, keys=rows, why=why)


def _requeue_undo(by: User, rows: Mapping[int, str], why: str) -> Mapping[int, Moved]:
    """Each by itself: whether its writer has a free hand only the moment tells."""
    found = {}
    for task in Task.objects.filter(pk__in=rows):
        try:
            with transaction.atomic():
                task_hand_back(by=by, task=task, why=why)
            found[task.pk] = Moved(TaskStatus.QUEUED)
        except DomainError as refused:
            found[task.pk] = Moved(task.status, refused.code)
    return found


ACTS: dict[str, Act] = {
    Action.REJECT: Act(TO_REJECT, _reject, _reject_undo),
    Action.ACCEPT: Act(TO_ACCEPT, _accept, _accept_undo),
    Action.CANCEL: Act(frozenset({TaskStatus.QUEUED}), _cancel),
    Action.REQUEUE: Act(TO_REQUEUE, _requeue, _requeue_undo, undo_at_once=1),
}


def act_of(action: str) -> Act:
    """The act of that name. Raises `BadInput` where there is none."""
    if action not in ACTS:
        raise BadInput()
    return ACTS[action]


def can_undo(action: str) -> bool:
    """Whether there is a way back from an act at all."""
    return act_of(action).undo is not None
