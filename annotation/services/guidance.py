"""A writer's word on a guideline, and the operator's choice of examples."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from annotation.models import Example, GuidelineReading, Task
from annotation.states import TaskStatus
from config.audit import act_note
from config.errors import BadInput
from vendors.models import GuidelineVersion, User

NOTE_MAX_CHARACTERS = 300


def guideline_read(*, user: User, version: GuidelineVersion) -> None:
    """Keep that the person has read this version. Safe to run twice."""
    GuidelineReading.objects.bulk_create([GuidelineReading(user=user, version=version)], ignore_conflicts=True)


@transaction.atomic
def example_add(*, by: User, task: Task, note: str) -> Example:
    """Show an accepted text to the writers under its order's guideline. Raises BadInput; a new note replaces the old."""
    if task.status != TaskStatus.ACCEPTED or task.current_submission is None:
        raise BadInput(_("Only an accepted text can be an example."))
    if not note.strip():
        raise BadInput(_("Say what is good about it. The writers read it beside the text."))
    values = {
        "guideline_id": task.work_order.guideline_version.guideline_id,
        "note": note.strip()[:NOTE_MAX_CHARACTERS],
        "by": by,
    }
    example, _made = Example.objects.update_or_create(submission=task.current_submission, defaults=values)
    _noted(by, task, "example_shown")
    return example


@transaction.atomic
def example_remove(*, by: User, task: Task) -> None:
    """Show it no longer. Safe to run twice."""
    if Example.objects.filter(submission=task.current_submission_id).delete()[0]:
        _noted(by, task, "example_taken_away")


def _noted(by: User, task: Task, what: str) -> None:
    act_note(by=by, act="changed", subject_kind="task", subject_id=task.public_id, what=what)
