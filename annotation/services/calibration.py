"""Measuring reviewers on texts whose verdict is known. Nothing here moves a task, earns anything or enters a release."""

import secrets
from dataclasses import asdict
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotation.models import AuditAct, CalibrationItem, CalibrationReading, Review, Submission, Task
from annotation.selectors.calibration import items_for, may_calibrate, reading_open_of
from annotation.selectors.review import REVIEWING_ROLES, open_questions
from annotation.services.audit import note_write
from annotation.services.drafts import text_clean
from annotation.services.reviews import (
    Place,
    ReviewNotHeld,
    ReworkUsedUp,
    VerdictForm,
    answers_read,
    place_find,
    reasons_check,
)
from annotation.services.verdicts import UndoTooLate
from config.errors import BadInput
from vendors.models import User
from vendors.permissions import require_management, require_role

Answer = CalibrationReading.Answer


class NotForCalibration(BadInput):
    code = "not_for_calibration"
    message = _(
        "This text cannot serve: it has to be accepted or rejected, without a question that a reviewer had to answer."
    )


@transaction.atomic
def item_set(*, by: User, submission: Submission, verdict: str, why: str, is_active: bool = True) -> CalibrationItem:
    """Have a judged text measure reviewers, with the verdict it should get and why, or no longer.

    Raises `RoleMissing`, `NotForCalibration` or `BadInput`.
    """
    require_management(by)
    why = text_clean(why).strip()[:500]
    if verdict not in Review.Verdict.values or not why:
        raise BadInput(_("Choose the right verdict and say why it is right."))
    if is_active and not may_calibrate(submission):
        raise NotForCalibration()
    facts = {"verdict": verdict, "why": why, "by": by, "is_active": is_active}
    item, _made = CalibrationItem.objects.update_or_create(submission=submission, defaults=facts)
    details = {"what": "calibration_item", "to": verdict if is_active else "off"}
    subject = {"subject_kind": "task", "subject_id": str(submission.task.public_id)}
    note_write(by=by, act=AuditAct.CHANGED, why=why, details=details, **subject)
    return item


def reading_next(*, reviewer: User) -> CalibrationReading | None:
    """Return the reading on the reviewer's desk, or now and then a new one; None in the ordinary case.

    One in `REVIEW_CALIBRATION_EVERY` texts, by chance, so that nobody can count; never an item that the reviewer has met.
    Call it where a text really waits, or the item would stand alone. Raises `RoleMissing`.
    """
    require_role(reviewer, *REVIEWING_ROLES)
    held = reading_open_of(reviewer)
    every = settings.REVIEW_CALIBRATION_EVERY
    if held is not None or not every or secrets.randbelow(every):
        return held
    item = items_for(reviewer).order_by("?").first()
    if item is None:
        return None
    try:
        with transaction.atomic():
            return CalibrationReading.objects.create(item=item, reviewer=reviewer)
    except IntegrityError:  # another window was given one a moment before
        return reading_open_of(reviewer)


@transaction.atomic
def reading_answer(*, reviewer: User, task: Task, verdict: str, form: VerdictForm) -> CalibrationReading:
    """Keep what a reviewer says of an item; it asks for as much as a verdict on any text.

    `task` is the item as it was on the desk. Raises `ReviewNotHeld`, `QuestionsOpen`, `ReasonMissing`, `PassageMissing`
    or `ReworkUsedUp`.
    """
    reading = _held(reviewer, task)
    submission = reading.item.submission
    for place in form.places:
        place_find(submission.text, Place(*place))
    if verdict == Answer.ACCEPT:
        answers_read(open_questions(submission), form.answers)
    elif verdict in (Answer.RETURN, Answer.REJECT):
        reasons_check(form.reasons, form.comment)
    if verdict == Answer.RETURN and task.rework_round >= task.work_order.rework_rounds:
        raise ReworkUsedUp()
    now = timezone.now()
    reading.answer, reading.form, reading.answered_at = verdict, asdict(form), now
    reading.due_at = None
    if verdict in Review.Verdict.values:
        reading.due_at = now + timedelta(seconds=settings.REVIEW_UNDO_SECONDS)
    reading.save()
    return reading


@transaction.atomic
def reading_undo(*, reviewer: User, task: Task) -> None:
    """Take a verdict on an item back, as any other. Raises `UndoTooLate`."""
    mine = CalibrationReading.objects.filter(public_id=task.public_id, reviewer=reviewer, due_at__gt=timezone.now())
    try:
        with transaction.atomic():
            taken_back = mine.exclude(answer="").update(answer="", answered_at=None, due_at=None)
    except IntegrityError:  # there is another one on the desk already
        taken_back = 0
    if not taken_back:
        raise UndoTooLate()


def _held(reviewer: User, task: Task) -> CalibrationReading:
    open_ones = CalibrationReading.objects.select_for_update(of=("self",)).select_related("item__submission")
    reading = open_ones.filter(public_id=task.public_id, reviewer=reviewer, answer="").first()
    if reading is None:
        raise ReviewNotHeld()
    return reading
