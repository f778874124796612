"""Taking a requeueing back: the task goes to the writer that it was taken from, as long as nothing has happened to it since."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import Task, TaskTransition
from annotation.states import TASK_MOVES, TaskStatus
from config.errors import Conflict
from config.moves import Actor, move
from vendors.models import User
from vendors.permissions import require_fit, require_management, require_writer


@transaction.atomic
def task_hand_back(*, by: User, task: Task, why: str) -> None:
    """Put a task from the queue into the hand that `tasks_requeue` took it from, with a whole lease, or among what was returned.

    Locks the task. Raises `Conflict` when somebody has had it since or the writer has another task in hand, and what a claim
    raises of a writer who may not write any more.
    """
    require_management(by)
    found = Task.objects.select_for_update(of=("self",)).select_related("work_order").get(pk=task.pk)
    steps = list(TaskTransition.objects.filter(subject=found).order_by("-pk"))
    if found.status != TaskStatus.QUEUED or not steps or steps[0].to_status != TaskStatus.QUEUED or not found.is_open:
        raise Conflict()
    writer = _writer_before(steps)
    require_writer(writer)
    require_fit(writer, found.work_order)
    now = timezone.now()
    kept = {"rework_round": _rounds_before(steps), "writer": writer, "claimed_at": now}
    lease = timedelta(seconds=found.work_order.lease_seconds)
    try:
        with transaction.atomic():
            _move(found, TaskStatus.CLAIMED, by, why, **kept, lease_expires_at=now + lease)
    except IntegrityError as refused:  # nobody has two in hand
        raise Conflict() from refused
    if steps[0].from_status == TaskStatus.RETURNED:
        _move(found, TaskStatus.RETURNED, by, why, lease_expires_at=None)


def _writer_before(steps: list[TaskTransition]) -> User:
    """Who claimed it last, of moves that have the newest first."""
    claim = next((step for step in steps if step.to_status == TaskStatus.CLAIMED and step.actor_kind == "user"), None)
    if claim is None:
        raise Conflict()
    return User.objects.get(pk=int(claim.actor_id))


def _rounds_before(steps: list[TaskTransition]) -> int:
    """How often the writer had been sent it back before it was put into the queue."""
    rounds = 0
    for step in steps[1:]:
        if step.to_status == TaskStatus.QUEUED:
            break
        rounds += step.from_status == TaskStatus.IN_REVIEW and step.to_status == TaskStatus.RETURNED
    return rounds


def _move(task: Task, to: str, by: User, why: str, **fields: object) -> None:
    move(task, to, moves=TASK_MOVES, log=TaskTransition, by=Actor.user(by), why=why, **fields)
