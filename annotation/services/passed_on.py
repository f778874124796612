"""What the operator answers to an instruction that writers passed on: it stays in the queue, or leaves it."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from annotation.models import SkipAnswer, Task
from annotation.states import TaskStatus
from collection.models import Instruction
from collection.services.screening import instruction_decide
from config.errors import BadInput
from vendors.models import User

WHY_MAX_CHARACTERS = 300


def passed_on_keep(*, by: User, instruction: Instruction, why: str) -> SkipAnswer:
    """Leave it in the queue; what writers say of it from now on comes up again. Raises BadInput without a reason."""
    if not why.strip():
        raise BadInput(_("Say why it stays. The next reader sees it."), field="why")
    return SkipAnswer.objects.create(instruction=instruction, by=by, why=why.strip()[:WHY_MAX_CHARACTERS])


@transaction.atomic
def passed_on_reject(*, by: User, instruction: Instruction, why: str) -> int:
    """Reject the instruction; those of its tasks that nobody has begun are cancelled with it. Returns how many.

    Locks the instruction. Raises BadInput without a reason. What is being written or judged goes on.
    """
    cancelled = Task.objects.filter(instruction=instruction, status=TaskStatus.CANCELLED)
    before = cancelled.count()
    instruction_decide(instruction=instruction, accept=False, by=by, why=why)
    return cancelled.count() - before
