"""Who knows which writer's name: reviewers judge without it, until they ask for it with a reason."""

from annotation.models import AuditAct, AuditNote, Task
from vendors.models import User
from vendors.selectors import MANAGEMENT, seat_get_for

SUBJECT = "task"


def knows_writer(user: User, task: Task) -> bool:
    """Whether this person runs the operation, or has asked for the name of the task's writer before. At most one query."""
    seat = seat_get_for(user)
    if seat is not None and seat.has_role(*MANAGEMENT):
        return True
    asked = AuditNote.objects.filter(user=user.pk, act=AuditAct.UNMASKED, subject_kind=SUBJECT)
    return asked.filter(subject_id=str(task.public_id)).exists()


def writers_of(task: Task) -> set[int]:
    """Everybody who ever wrote for the task, by key. One query."""
    now = [task.writer_id] if task.writer_id is not None else []
    return {*now, *task.submissions.values_list("writer", flat=True)}
