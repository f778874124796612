"""What the operator answers to an instruction that writers passed on: it stays in the queue, or leaves it."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from annotation.models import SkipAnswer, Task, TaskTransition
from annotation.states import TASK_MOVES, TaskStatus
from collection.models import Instruction
from collection.services.screening import instruction_decide
from config.errors import BadInput
from config.moves import Actor, move
from vendors.models import User

WHY_MAX_CHARACTERS = 300


def passed_on_keep(*, by: User, instruction: Instruction, why: str) -> SkipAnswer:
    """Leave it in the queue; what writers say of it from now on comes up again. Raises BadInput without a reason."""
    if not why.strip():
        raise BadInput(_("Say why it stays. The next reader sees it."), field="why")
    return SkipAnswer.objects.create(instruction=instruction, by=by, why=why.strip()[:WHY_MAX_CHARACTERS])


@transaction.atomic
def passed_on_reject(*, by: User, instruction: Instruction, why: str) -> int:
    """Reject the instruction, and cancel those of its tasks that nobody has begun; returns how many.

    Locks the tasks, then the instruction. Raises BadInput without a reason. What is being written or judged goes on.
    """
    free = Task.objects.select_for_update().filter(instruction=instruction, status=TaskStatus.QUEUED).order_by("pk")
    tasks = list(free)
    instruction_decide(instruction=instruction, accept=False, by=by, why=why)
    for task in tasks:
        move(
            task,
            TaskStatus.CANCELLED,
            moves=TASK_MOVES,
            log=TaskTransition,
            by=Actor.user(by),
            why="instruction_rejected",
        )
    return len(tasks)
