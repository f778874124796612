"""What a writer has before them beside the instruction: the guideline as they last read it, and examples."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from annotation.models import Example, GuidelineReading, Task
from annotation.states import TaskStatus
from vendors.models import GuidelineVersion, User

EXAMPLES_SHOWN = 5
# What the page shows of one, and the keys on the way there.
_TASK = "submission__task"
_SHOWN = (
    *("note", "submission__text", _TASK, f"{_TASK}__instruction", f"{_TASK}__instruction__instruction"),
    *(f"{_TASK}__instruction__input", f"{_TASK}__instruction__category"),
)
UNWRITTEN = (TaskStatus.QUEUED, TaskStatus.CLAIMED, TaskStatus.RETURNED)


def guideline_last_read_by(user: User, version: GuidelineVersion) -> GuidelineVersion | None:
    """Return the newest version of this guideline, up to this one, that the person has read."""
    readings = GuidelineReading.objects.filter(
        user=user.pk, version__guideline=version.guideline_id, version__version__lte=version.version
    )
    newest = readings.select_related("version").order_by("-version__version").first()
    return newest.version if newest else None


def example_list_for(task: Task) -> list[Example]:
    """Return examples for the writer of a task, those of its kind first; never one for an instruction that is still to be written for.

    Each with its text and instruction; `task` comes with its order's guideline and its instruction.
    """
    standing = _standing(task.work_order.guideline_version.guideline_id)
    wanted = Task.objects.filter(instruction=OuterRef("submission__task__instruction"), status__in=UNWRITTEN)
    found = standing.filter(~Exists(wanted), submission__task__language=task.language)
    category = task.instruction.category
    newest = list(found.only(*_SHOWN).order_by("-at")[:50])
    return sorted(newest, key=lambda one: one.submission.task.instruction.category != category)[:EXAMPLES_SHOWN]


def example_of(task: Task) -> Example | None:
    """Return the example that a record is, if it is one. No query when the task came with `current_submission__example`."""
    return getattr(task.current_submission, "example", None)


def _standing(guideline_id: int) -> QuerySet[Example]:
    """Examples whose text is still the accepted one."""
    accepted = Q(submission__task__status=TaskStatus.ACCEPTED, submission__task__current_submission=F("submission"))
    return Example.objects.filter(accepted, guideline=guideline_id).select_related("submission__task__instruction")
