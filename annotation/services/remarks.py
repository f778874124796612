"""Leaving a remark be, and looking at all of them again."""

from annotation.models import Draft, RemarkDismissal, Task
from config.errors import NotFound
from vendors.models import User

KEY_MAX_CHARACTERS = 80


def remark_dismiss(*, writer: User, task: Task, key: str) -> None:
    """Do not show this remark on the writer's draft again while its passage stays as it is. Safe to run twice."""
    draft = _draft(writer, task)
    RemarkDismissal.objects.bulk_create(
        [RemarkDismissal(draft=draft, key=key[:KEY_MAX_CHARACTERS])], ignore_conflicts=True
    )


def remarks_restore(*, writer: User, task: Task) -> None:
    """Show every remark on the writer's draft again."""
    RemarkDismissal.objects.filter(draft=_draft(writer, task)).delete()


def _draft(writer: User, task: Task) -> Draft:
    draft = Draft.objects.filter(task=task, writer=writer).first()
    if draft is None:
        raise NotFound()
    return draft
