"""What a reviewer sees: the texts that wait, one text with all that is known of it, and its open questions."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from annotation.models import (
    BlindVerdict,
    DayVerdicts,
    FiguresState,
    GateReport,
    OutputCheck,
    PastedPassage,
    PendingVerdict,
    Review,
    ReviewPass,
    ReviewReason,
    Submission,
    Task,
    WritingTrace,
)
from annotation.selectors.calibration import (
    reading_of,
    reading_pending,
    reading_task_of,
    reading_undoable,
    readings_answered_by,
)
from annotation.selectors.lots import waits_for_lot
from annotation.selectors.remarks import pasted_list_of
from annotation.selectors.review_rules import readers_wanted
from annotation.selectors.showings import Policy, has_reference, has_seen
from annotation.selectors.traces import KeptTrace, trace_of_submission
from annotation.states import TaskStatus
from config.errors import NotFound
from config.models import Transition
from vendors.models import User
from vendors.selectors import seat_get_for

REVIEWING_ROLES = ("owner", "manager", "reviewer")


@dataclass(frozen=True, slots=True)
class Question:
    """Something that speaks against a text until a reviewer says why it does not."""

    TRACE: ClassVar[str] = "trace"
    GATE: ClassVar[str] = "gate"
    CHECK: ClassVar[str] = "check"

    kind: str
    code: str
    report_id: int | None = None
    trace_id: int | None = None
    details: tuple[Any, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.code}"


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    """How much waits for judgement, and since when."""

    waiting_count: int
    held_count: int
    oldest_at: datetime | None
    done_today: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a task's way: what it became, why, who made it ("" for the system) and when."""

    to_status: str
    why: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewDesk:
    """One text and all that a verdict needs."""

    task: Task
    submission: Submission
    report: GateReport | None
    questions: list[Question]
    checks: list[OutputCheck]
    earlier: list[Submission]
    reviews: list[Review]
    reasons: list[ReviewReason]
    has_reference: bool
    has_opened: bool
    may_edit: bool
    kept: KeptTrace
    pasted: list[PastedPassage]
    passes: list[ReviewPass]
    record: "WriterRecord"
    readers_wanted: int
    blind: list[BlindVerdict]
    pending: PendingVerdict | None


@dataclass(frozen=True, slots=True)
class ReviewText:
    """One text to judge, as a program sees it; `passages` are ranges of the text in code points, as {start, end}."""

    task: Task
    submission: Submission
    passages: list[dict[str, int]]
    questions: list[Question]
    reasons: list[ReviewReason]


@dataclass(frozen=True, slots=True)
class Decided:
    """A verdict that a reviewer gave, and the id under which they gave it."""

    task: Task
    public_id: UUID
    verdict: str
    label: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WriterRecord:
    """What was decided so far of the other texts that the writer of this one wrote for the same order."""

    accepted: int
    accepted_first: int
    returned: int
    rejected: int

    @property
    def verdicts(self) -> int:
        return self.accepted + self.returned + self.rejected


def open_questions(submission: Submission) -> list[Question]:
    """Return what a reviewer still has to answer: flags of the trace, a close call of the gate, checks on hold."""
    return _questions(submission, _newest_report(submission), newest_checks(submission))


def _questions(submission: Submission, report: GateReport | None, checks: list[OutputCheck]) -> list[Question]:
    questions: list[Question] = []
    for trace in traces_of(submission):
        cleared = set(trace.clearances.values_list("flag", flat=True)) if trace.flags else set()
        questions += [Question(Question.TRACE, flag, trace_id=trace.pk) for flag in trace.flags if flag not in cleared]
    if (
        report is not None
        and report.decision == GateReport.Decision.REVIEW
        and not submission.adjudications.filter(report__reasons_sha256=report.reasons_sha256).exists()
    ):
        questions.append(Question(Question.GATE, "close", report.pk, details=tuple(report.reasons)))
    questions += [
        Question(Question.CHECK, check.check_id, details=tuple(check.findings))
        for check in checks
        if check.outcome != OutputCheck.Outcome.PASS
    ]
    return questions


def traces_of(submission: Submission) -> list[WritingTrace]:
    """Return what is known of how the text came to be: its trace, and of an edited text that of the writer's version."""
    versions = [version for version in (submission.edited_from, submission) if version is not None]
    return [version.trace for version in versions if hasattr(version, "trace")]


def own_text_of(user: User) -> Q:
    """The tasks whose text this person wrote or edited, and therefore does not judge."""
    return Q(writer=user) | Q(current_submission__edited_by=user)


def not_to_judge(user: User) -> Q:
    """The tasks that this person is not given to judge: their own text, one left to a colleague, one they have judged, one that
    its lot keeps."""
    left = ReviewPass.objects.filter(
        submission=OuterRef("current_submission"), reviewer=user, kind=ReviewPass.Kind.OPINION
    )
    read = BlindVerdict.objects.filter(submission=OuterRef("current_submission"), reviewer=user)
    is_given = Q(pending_verdict__state=PendingVerdict.State.WAITING)
    return own_text_of(user) | Q(Exists(left)) | Q(Exists(read)) | is_given | waits_for_lot()


def blind_verdicts_seen(submission: Submission) -> list[BlindVerdict]:
    """What two reviewers thought of a text, once both have read it; before that nobody sees what the first thought."""
    verdicts = list(submission.blind_verdicts.select_related("reviewer"))
    return verdicts if len(verdicts) == 2 else []


def was_skipped_by(user: User) -> Q:
    return Q(Exists(ReviewPass.objects.filter(submission=OuterRef("current_submission"), reviewer=user)))


def writer_record_of(submission: Submission, task: Task) -> WriterRecord:
    """Count the verdicts on the writer's other texts of the order, as the job of the summaries counted them last. Two queries."""
    verdict = Review.Verdict
    kinds = {
        "accepted": Q(verdict=verdict.ACCEPT),
        "accepted_first": Q(verdict=verdict.ACCEPT, is_first=True),
        "returned": Q(verdict=verdict.RETURN),
        "rejected": Q(verdict=verdict.REJECT),
    }
    counted = DayVerdicts.objects.filter(work_order=task.work_order_id, writer=submission.writer_id).aggregate(
        **{name: Sum("count", filter=kind, default=0) for name, kind in kinds.items()}
    )
    own = Review.objects.filter(
        submission__task=task,
        submission__writer=submission.writer_id,
        at__lte=FiguresState.objects.values("made_at")[:1],
    ).values_list("verdict", "submission__version")
    counts = Counter({name: int(count) for name, count in counted.items()})
    for given, version in own:
        counts[
            {verdict.ACCEPT: "accepted", verdict.RETURN: "returned", verdict.REJECT: "rejected"}[verdict(given)]
        ] -= 1
        counts["accepted_first"] -= given == verdict.ACCEPT and version == 1
    return WriterRecord(**{name: max(0, counts[name]) for name in kinds})


def pending_verdict_of(user: User, task: Task | None = None) -> PendingVerdict | None:
    """Return this person's notes on `task`, or without one the newest verdict that they can still take back."""
    pending = PendingVerdict.objects.filter(reviewer=user).select_related("task__work_order", "task__instruction")
    if task is not None:
        return pending.filter(task=task).first()
    waiting = pending.filter(state=PendingVerdict.State.WAITING, due_at__gt=timezone.now()).order_by("-due_at").first()
    found = [one for one in (waiting, reading_undoable(user)) if one is not None]
    return max(found, key=lambda one: one.due_at, default=None)


def newest_checks(submission: Submission) -> list[OutputCheck]:
    """Return the newest result of each check of the submission."""
    newest = {check.check_id: check for check in submission.output_checks.order_by("id")}
    return [newest[check_id] for check_id in sorted(newest)]


def review_queue_for(user: User) -> ReviewQueue:
    now = timezone.now()
    waiting = Q(status=TaskStatus.SUBMITTED) | Q(status=TaskStatus.IN_REVIEW, review_expires_at__lt=now)
    figures = (
        Task.objects.filter(status__in=(TaskStatus.SUBMITTED, TaskStatus.IN_REVIEW))
        .exclude(not_to_judge(user))
        .aggregate(
            waiting=Count("id", filter=waiting),
            held=Count("id", filter=~waiting),
            oldest=Min("submitted_at", filter=waiting),
        )
    )
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    done = _decided_by(user).filter(at__gte=today).count()
    done += BlindVerdict.objects.filter(reviewer=user, at__gte=today).count()
    done += readings_answered_by(user).filter(answered_at__gte=today).count()
    return ReviewQueue(figures["waiting"], figures["held"], figures["oldest"], done)


def review_recent_for(user: User, limit: int = 20) -> list["Decided"]:
    """Return the reviewer's own latest verdicts, whatever became of them. Three queries."""
    rows: list[Decided] = []
    for verdicts in (_decided_by(user), BlindVerdict.objects.filter(reviewer=user)):
        told = verdicts.select_related("submission__task__instruction", "submission__task__work_order")
        rows += [
            Decided(one.submission.task, one.submission.task.public_id, one.verdict, one.get_verdict_display(), one.at)
            for one in told.order_by("-at", "-id")[:limit]
        ]
    related = ("item__submission__task__instruction", "item__submission__task__work_order")
    for reading in readings_answered_by(user).select_related(*related).order_by("-answered_at")[:limit]:
        task, at = reading.item.submission.task, reading.answered_at or reading.given_at
        rows.append(Decided(task, reading.public_id, reading.answer, reading.get_answer_display(), at))
    return sorted(rows, key=lambda row: row.at, reverse=True)[:limit]


def _decided_by(user: User) -> QuerySet[Review]:
    """The reviews of this person, but for those that say again what they had thought as one of two."""
    thought = BlindVerdict.objects.filter(submission=OuterRef("submission"), reviewer=user)
    return Review.objects.filter(~Exists(thought), reviewer=user)


def review_task_get_for(user: User, public_id: str) -> Task:
    """Return a delivered task that `user` may judge, or the reading that stands for one on their desk. Raises `NotFound` for anybody else and for own writing."""
    seat = seat_get_for(user)
    if seat is None or not seat.is_operator or not seat.has_role(*REVIEWING_ROLES):
        raise NotFound()
    task = (
        Task.objects.select_related(
            "instruction",
            "work_order__guideline_version__guideline",
            "current_submission__trace",
            "current_submission__edited_from__trace",
            "vendor",
        )
        .filter(public_id=public_id, current_submission__isnull=False)
        .exclude(writer=user)
        .first()
    ) or reading_task_of(user, public_id)
    if task is None:
        raise NotFound()
    return task


def review_desk_for(user: User, public_id: str) -> ReviewDesk:
    """Return everything the desk shows about one text; the reference is not among it, `references_show` opens it."""
    task = review_task_get_for(user, public_id)
    submission = task.current_submission
    assert submission is not None
    has_opened = has_seen(user, task.instruction_id)
    report, checks = _newest_report(submission), newest_checks(submission)
    reading = reading_of(task)
    before = (
        task.submissions.filter(version__lt=submission.version)
        if reading
        else task.submissions.exclude(pk=submission.pk)
    )
    return ReviewDesk(
        task=task,
        submission=submission,
        report=report,
        questions=_questions(submission, report, checks),
        checks=checks,
        earlier=list(before.order_by("-version")),
        reviews=_reviews_of(task, submission, is_reading=reading is not None),
        reasons=list(ReviewReason.objects.filter(is_active=True)),
        has_reference=has_reference(task.instruction_id),
        has_opened=has_opened,
        may_edit=not (has_opened and task.work_order.reference_policy == Policy.HIDDEN),
        kept=trace_of_submission(submission.edited_from or submission),
        pasted=pasted_list_of(submission.writer_id, task),
        passes=_passes_of(submission) if not reading else [],
        record=writer_record_of(submission, task),
        readers_wanted=readers_wanted(task),
        blind=blind_verdicts_seen(submission) if task.work_order.reviewers_each == 2 and not reading else [],
        pending=reading_pending(reading, task) if reading else pending_verdict_of(user, task),
    )


def _reviews_of(task: Task, submission: Submission, *, is_reading: bool) -> list[Review]:
    """The verdicts on the task so far; of a reading those on earlier versions, for the last one would give it away."""
    found = Review.objects.filter(submission__task=task.pk).select_related("reviewer").order_by("-id")
    return list(found.filter(submission__version__lt=submission.version) if is_reading else found)


def _passes_of(submission: Submission) -> list[ReviewPass]:
    return list(submission.passes.filter(kind=ReviewPass.Kind.OPINION).select_related("reviewer").order_by("id"))


def review_text_for(user: User, public_id: str) -> ReviewText:
    """Return one delivered text and what stands in the way of accepting it. Raises `NotFound`."""
    task = review_task_get_for(user, public_id)
    submission = task.current_submission
    assert submission is not None
    report = _newest_report(submission)
    return ReviewText(
        task=task,
        submission=submission,
        passages=[{"start": one["start"], "end": one["end"]} for one in report.passages] if report else [],
        questions=_questions(submission, report, newest_checks(submission)),
        reasons=list(ReviewReason.objects.filter(is_active=True)),
    )


def task_history_for(task: Task, *, nameless: Collection[int] = ()) -> list[Step]:
    """Return every step of a task in order, with the names of the people who made them. Two queries.

    `nameless` are the keys of people who are not named.
    """
    rows = list(task.transitions.order_by("id"))
    people = {row.actor_id for row in rows if row.actor_kind == Transition.ActorKind.USER and row.actor_id.isdigit()}
    names = dict(User.objects.filter(pk__in=people).exclude(pk__in=nameless).values_list("pk", "name"))
    return [
        Step(row.to_status, row.why, names.get(int(row.actor_id), "") if row.actor_id in people else "", row.at)
        for row in rows
    ]


def _newest_report(submission: Submission) -> GateReport | None:
    return GateReport.objects.filter(submission=submission).order_by("-id").first()
