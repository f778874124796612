"""Texts whose verdict is known: which may serve, how one looks on a reviewer's desk, and how reviewers did on them."""

from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from annotation.cleanroom.calibration import wilson
from annotation.models import (
    BlindVerdict,
    CalibrationItem,
    CalibrationReading,
    GateAdjudication,
    OutputCheck,
    PendingVerdict,
    Review,
    Submission,
    Task,
    TraceFlagClearance,
)
from annotation.states import TaskStatus
from vendors.models import User

Answer = CalibrationReading.Answer
# What a text became, in the eyes of a reviewer who does not know that nothing became of it.
_SEEN_AS = {
    "": TaskStatus.IN_REVIEW,
    Answer.ACCEPT: TaskStatus.ACCEPTED,
    Answer.RETURN: TaskStatus.RETURNED,
    Answer.REJECT: TaskStatus.REJECTED,
    Answer.EDIT: TaskStatus.SUBMITTED,
    Answer.PASSED: TaskStatus.SUBMITTED,
}


@dataclass(frozen=True, slots=True)
class ReviewerCalibration:
    """How one reviewer did: `right` of `answered`; what was let through though it should not, and the other way round."""

    name: str
    answered: int
    right: int
    let_through: int
    too_strict: int

    @property
    def percent(self) -> float:
        return 100 * self.right / self.answered

    @property
    def percent_range(self) -> tuple[float, float]:
        """95%, after Wilson."""
        _share, low, high = wilson(self.right, self.answered)
        return 100 * low, 100 * high


def may_calibrate(submission: Submission) -> bool:
    """Whether a judged text can serve: one that raised no question, for an answer to it would give the verdict away."""
    of_text = {"submission": OuterRef("pk")}
    return (
        Submission.objects.filter(pk=submission.pk, task__status__in=(TaskStatus.ACCEPTED, TaskStatus.REJECTED))
        .exclude(Exists(TraceFlagClearance.objects.filter(trace__submission=OuterRef("pk"))))
        .exclude(Exists(GateAdjudication.objects.filter(**of_text)))
        .exclude(Exists(OutputCheck.objects.filter(decided_by__isnull=False, **of_text)))
        .exists()
    )


def item_of(task: Task) -> CalibrationItem | None:
    """The item that a record's text is now. The task comes with its submission's item."""
    item: CalibrationItem | None = getattr(task.current_submission, "calibration_item", None)
    return item if item is not None and item.is_active else None


def items_for(reviewer: User) -> QuerySet[CalibrationItem]:
    """The items that this reviewer has never seen: neither as an item, nor as the text's writer, editor or judge."""
    of_task = {"submission__task": OuterRef("submission__task"), "reviewer": reviewer}
    known = Q(submission__writer=reviewer) | Q(submission__edited_by=reviewer)
    return (
        CalibrationItem.objects.filter(is_active=True, submission__task__current_submission=F("submission"))
        .filter(submission__task__status__in=(TaskStatus.ACCEPTED, TaskStatus.REJECTED))
        .exclude(submission__task__instruction__instruction="")
        .exclude(known)
        .exclude(Exists(CalibrationReading.objects.filter(item=OuterRef("pk"), reviewer=reviewer)))
        .exclude(Exists(Review.objects.filter(**of_task)))
        .exclude(Exists(BlindVerdict.objects.filter(**of_task)))
    )


def reading_open_of(reviewer: User) -> CalibrationReading | None:
    return CalibrationReading.objects.filter(reviewer=reviewer, answer="").first()


def reading_of(task: Task) -> CalibrationReading | None:
    """The reading as which a task was put on a desk; None for a text that is really to be judged."""
    return getattr(task, "reading", None)


def reading_task_of(user: User, public_id: str) -> Task | None:
    """The text of a reading as its reviewer sees it: as any text on their desk, under the reading's own id.

    What is returned is never saved: the row behind it is an old record, and is left alone.
    """
    reading = CalibrationReading.objects.filter(reviewer=user, public_id=public_id).select_related("item").first()
    if reading is None:
        return None
    related = ("instruction", "work_order__guideline_version__guideline", "vendor", "current_submission__trace")
    task = Task.objects.select_related(*related, "current_submission__edited_from__trace").get(
        current_submission=reading.item.submission_id
    )
    task.public_id = reading.public_id
    task.status = _SEEN_AS[reading.answer]
    task.reviewer = user
    task.decided_at = reading.answered_at
    task.reading = reading  # type: ignore[attr-defined]
    return task


def reading_pending(reading: CalibrationReading, task: Task) -> PendingVerdict | None:
    """The verdict on a reading as one that waits, or was taken back: what the desk shows of any other. Never saved."""
    if not reading.form or reading.answer in (Answer.EDIT, Answer.PASSED):
        return None
    waits = bool(reading.answer) and reading.due_at is not None and reading.due_at > timezone.now()
    state = PendingVerdict.State.WAITING if waits else PendingVerdict.State.UNDONE
    due_at = reading.due_at or timezone.now()
    return PendingVerdict(
        task=task, reviewer=reading.reviewer, verdict=reading.answer, form=reading.form, state=state, due_at=due_at
    )


def reading_undoable(user: User) -> PendingVerdict | None:
    """The verdict on a reading that this person can still take back."""
    found = CalibrationReading.objects.filter(reviewer=user, due_at__gt=timezone.now()).exclude(answer="")
    reading = found.order_by("-due_at").first()
    if reading is None:
        return None
    task = reading_task_of(user, str(reading.public_id))
    return reading_pending(reading, task) if task is not None else None


def readings_answered_by(user: User) -> QuerySet[CalibrationReading]:
    return CalibrationReading.objects.filter(reviewer=user).exclude(answer__in=("", Answer.EDIT, Answer.PASSED))


def calibration_by_reviewer() -> list[ReviewerCalibration]:
    """Everybody who has judged an item, by name; what was edited counts as returned. One query."""
    refused = Q(answer__in=(Answer.RETURN, Answer.REJECT, Answer.EDIT))
    right = Q(answer=F("item__verdict")) | Q(answer=Answer.EDIT, item__verdict=Review.Verdict.RETURN)
    accepts = Q(item__verdict=Review.Verdict.ACCEPT)
    rows = (
        CalibrationReading.objects.exclude(answer__in=("", Answer.PASSED))
        .values("reviewer__name")
        .annotate(
            answered=Count("pk"),
            right=Count("pk", filter=right),
            let_through=Count("pk", filter=Q(answer=Answer.ACCEPT) & ~accepts),
            too_strict=Count("pk", filter=refused & accepts),
        )
        .order_by("reviewer__name", "reviewer")
    )
    return [
        ReviewerCalibration(row["reviewer__name"], row["answered"], row["right"], row["let_through"], row["too_strict"])
        for row in rows
    ]


def item_list() -> list[CalibrationItem]:
    """The items in use, the newest first, each with its record and how often it was read. One query."""
    items = CalibrationItem.objects.filter(is_active=True).select_related("submission__task__instruction")
    return list(items.annotate(read=Count("readings", filter=~Q(readings__answer=""))).order_by("-at", "-pk"))
