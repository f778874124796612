"""A verdict as it comes from the desk: looked over at once, entered when it can no longer be taken back."""

import logging
from dataclasses import asdict
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotation.models import PendingVerdict, Task
from annotation.services.blind_verdicts import verdict_allow, verdict_enter
from annotation.services.reviews import REVIEW_LEASE, VerdictForm
from annotation.states import TaskStatus
from config.errors import Conflict, DomainError
from vendors.models import User

log = logging.getLogger(__name__)

ENTERED_AT_ONCE = 200
NOTES_KEPT = timedelta(days=1)
# Entering is a job's work; a reviewer's own step does it where no worker has come so long after it was due.
WORKER_AWAITED = timedelta(seconds=5)


class UndoTooLate(Conflict):
    code = "undo_too_late"
    message = _("This verdict is entered and can no longer be taken back.")


@transaction.atomic
def verdict_give(*, reviewer: User, task: Task, verdict: str, form: VerdictForm) -> PendingVerdict | None:
    """Decide as the review services do, `REVIEW_UNDO_SECONDS` from now; None when it was entered at once.

    Whatever stands in the way is raised now, and looked for again when it is entered. Given twice, the first stands.
    Locks the task. Raises what `review_accept`, `review_return` and `review_reject` raise.
    """
    if not settings.REVIEW_UNDO_SECONDS:
        PendingVerdict.objects.filter(task=task, reviewer=reviewer).delete()
        verdict_enter(reviewer=reviewer, task=task, verdict=verdict, form=form)
        return None
    waiting = PendingVerdict.objects.filter(task=task, reviewer=reviewer, state=PendingVerdict.State.WAITING).first()
    if waiting is not None:
        return waiting
    held = verdict_allow(reviewer=reviewer, task=task, verdict=verdict, form=form)
    now = timezone.now()
    Task.objects.filter(pk=held.pk).update(review_expires_at=now + REVIEW_LEASE)
    pending = PendingVerdict(
        task=held,
        reviewer=reviewer,
        verdict=verdict,
        form=asdict(form),
        state=PendingVerdict.State.WAITING,
        due_at=now + timedelta(seconds=settings.REVIEW_UNDO_SECONDS),
    )
    facts = ("reviewer", "verdict", "form", "state", "due_at")
    PendingVerdict.objects.bulk_create([pending], update_conflicts=True, unique_fields=["task"], update_fields=facts)
    return pending


@transaction.atomic
def verdict_undo(*, reviewer: User, task: Task) -> None:
    """Take a verdict back before it is entered; the text is on the reviewer's desk again. Raises `UndoTooLate`."""
    waiting = PendingVerdict.objects.filter(task=task, reviewer=reviewer, state=PendingVerdict.State.WAITING)
    if not waiting.update(state=PendingVerdict.State.UNDONE):
        raise UndoTooLate()


def verdicts_enter(*, reviewer: User | None = None) -> int:
    """Enter the verdicts that are due, each in a transaction of its own; returns how many. Safe to run twice at once.

    With `reviewer`, as part of that person's next step: only theirs, and only what no worker came for.
    """
    due = PendingVerdict.objects.filter(state=PendingVerdict.State.WAITING, due_at__lte=timezone.now())
    if reviewer is not None:
        due = due.filter(reviewer=reviewer, due_at__lte=timezone.now() - WORKER_AWAITED)
    keys = list(due.order_by("due_at").values_list("pk", flat=True)[:ENTERED_AT_ONCE])
    return sum(_enter(key) for key in keys)


@transaction.atomic
def refusals_tell(*, reviewer: User) -> list[PendingVerdict]:
    """Return, once, the reviewer's verdicts that could not be entered because the text is no longer with them."""
    refused = PendingVerdict.objects.filter(reviewer=reviewer, state=PendingVerdict.State.REFUSED)
    gone = list(
        refused.exclude(task__status=TaskStatus.IN_REVIEW, task__reviewer=reviewer).select_related("task__work_order")
    )
    if gone:
        PendingVerdict.objects.filter(pk__in=[pending.pk for pending in gone]).delete()
    return gone


def notes_purge() -> int:
    """Delete what reviewers filled in and did not come back to; returns how many."""
    left = PendingVerdict.objects.exclude(state=PendingVerdict.State.WAITING)
    return left.filter(due_at__lt=timezone.now() - NOTES_KEPT).delete()[0]


@transaction.atomic
def _enter(key: int) -> bool:
    """Enter one verdict if it still waits; one that can no longer be given stays as its reviewer's notes."""
    pending = (
        PendingVerdict.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("task", "reviewer")
        .filter(pk=key, state=PendingVerdict.State.WAITING)
        .first()
    )
    if pending is None:
        return False
    # While it waits nothing else may be decided of its text; so it stops waiting before it is carried out.
    pending.state = PendingVerdict.State.REFUSED
    pending.save(update_fields=["state"])
    form = VerdictForm(**pending.form | {"places": [tuple(place) for place in pending.form["places"]]})
    try:
        with transaction.atomic():
            verdict_enter(reviewer=pending.reviewer, task=pending.task, verdict=pending.verdict, form=form)
            pending.delete()
    except DomainError as refused:
        log.warning("A verdict on task %s could not be entered: %s", pending.task_id, refused.code)
        return False
    return True
