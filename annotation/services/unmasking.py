"""Telling a reviewer who wrote a text, with the reason on record."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from annotation.models import AuditAct, Task
from annotation.selectors.review import REVIEWING_ROLES
from annotation.selectors.unmasking import SUBJECT
from annotation.services.audit import note_write
from annotation.services.drafts import text_clean
from config.errors import BadInput, NotFound
from vendors.models import User
from vendors.permissions import require_role


class UnmaskingUnexplained(BadInput):
    code = "unmasking_unexplained"
    message = _("Say why you need the writer's name. It is written down with yours.")


@transaction.atomic
def writer_unmask(*, reviewer: User, task: Task, why: str) -> User:
    """Return who wrote the task's text, after a row in the audit. Raises `RoleMissing`, `NotFound` or
    `UnmaskingUnexplained`."""
    require_role(reviewer, *REVIEWING_ROLES)
    if task.current_submission is None:
        raise NotFound()
    why = text_clean(why).strip()
    if not why:
        raise UnmaskingUnexplained()
    subject = {"subject_kind": SUBJECT, "subject_id": str(task.public_id)}
    note_write(by=reviewer, act=AuditAct.UNMASKED, why=why, details={"what": "writer"}, **subject)
    return task.current_submission.writer
