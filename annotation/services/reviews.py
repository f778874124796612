"""Reviewing: a reviewer takes a submitted text, and accepts, returns or rejects exactly that text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotation.errors import PassedByLot
from annotation.models import (
    GateAdjudication,
    OutputCheck,
    PendingVerdict,
    Review,
    ReviewPass,
    ReviewPlace,
    ReviewReason,
    Submission,
    Task,
    TaskTransition,
    TraceFlagClearance,
)
from annotation.selectors.lots import is_passed_by_lot
from annotation.selectors.review import REVIEWING_ROLES, Question, not_to_judge, open_questions, was_skipped_by
from annotation.services.drafts import text_clean
from annotation.services.likenesses import likeness_index
from annotation.services.order_end import order_complete_if_done
from annotation.states import TASK_MOVES, TaskStatus
from config.errors import BadInput, Conflict, DomainError
from config.moves import Actor, move
from vendors.models import Event, User
from vendors.permissions import require_role
from vendors.selectors import earning_exists
from vendors.services import earning_record, earning_take_back
from vendors.services.letters import letters_queue
from vendors.services.orders import order_hold
from vendors.services.webhooks import event_tell

REVIEW_LEASE = timedelta(minutes=30)
WHY_MAX_CHARACTERS = 500


class ReviewNotHeld(Conflict):
    code = "review_not_held"
    message = _("This text is no longer with you: it was recalled, or somebody else took it. Nothing was decided.")


class QuestionsOpen(BadInput):
    code = "questions_open"
    message = _("Before this can be accepted, say for each open question why it does not speak against the text.")


class ReasonMissing(BadInput):
    code = "reason_missing"
    message = _("Choose at least one reason and write a sentence that tells the writer what to do.")


class OpinionUnsaid(BadInput):
    code = "opinion_unsaid"
    message = _("Write in the comment what a colleague should look at.")


class PassageMissing(BadInput):
    code = "passage_missing"
    message = _("A passage that you comment on does not stand in the text. Choose it in the text once more.")


@dataclass(frozen=True, slots=True)
class Place:
    """A comment at a place, as the desk sends it: the passage, and about where it stands, in code points."""

    passage: str
    at: int
    comment: str


@dataclass(frozen=True, slots=True)
class VerdictForm:
    """What a reviewer filled in. `places` are (passage, position in code points, comment)."""

    answers: dict[str, str] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    comment: str = ""
    places: list[tuple[str, int, str]] = field(default_factory=list)
    seconds: int = 0


class ReworkUsedUp(DomainError):
    code = "rework_used_up"
    status = 409
    message = _("The order's rounds of rework are used up. Accept the text or reject it.")


@transaction.atomic
def review_claim(*, reviewer: User, with_skipped: bool = True) -> Task | None:
    """Give `reviewer` the next text to judge, or the one already held; None when there is none.

    The orders' rules of review say what is read first; what is alike, the oldest. Never the reviewer's own writing or editing, nor what they left to a colleague or decided a moment ago; what they
    skipped comes last, or without `with_skipped` not at all. A review whose lease ended is taken over. Raises `RoleMissing`.
    """
    require_role(reviewer, *REVIEWING_ROLES)
    now = timezone.now()
    waiting = Q(status=TaskStatus.SUBMITTED) | Q(status=TaskStatus.IN_REVIEW, review_expires_at__lt=now)
    mine = Q(status=TaskStatus.IN_REVIEW, reviewer=reviewer)
    tasks = Task.objects.select_for_update(skip_locked=True, of=("self",)).exclude(not_to_judge(reviewer))
    queue = tasks.filter(waiting).order_by("review_rank", "submitted_at", "id")
    task = tasks.filter(mine).first() or queue.exclude(was_skipped_by(reviewer)).first()
    if task is None and with_skipped:
        task = queue.first()
    if task is None:
        return None
    expires_at = now + REVIEW_LEASE
    if task.status == TaskStatus.IN_REVIEW and task.reviewer_id == reviewer.pk:
        Task.objects.filter(pk=task.pk).update(review_expires_at=expires_at)
        task.review_expires_at = expires_at
        return task
    if task.status == TaskStatus.IN_REVIEW:
        _move(task, TaskStatus.SUBMITTED, Actor.system("review_claim"), why="review lease ended")
    _move(task, TaskStatus.IN_REVIEW, Actor.user(reviewer), reviewer=reviewer, review_expires_at=expires_at)
    return task


@transaction.atomic
def review_release(*, reviewer: User, task: Task, why: str = "") -> None:
    """Put a text back among those that wait; `reviewer` gets it again after all others. Raises `ReviewNotHeld`."""
    _pass_on(reviewer, task, ReviewPass.Kind.SKIP, text_clean(why).strip())


@transaction.atomic
def review_ask_opinion(*, reviewer: User, task: Task, why: str) -> None:
    """Leave a text to a colleague, with what they should look at. Raises `ReviewNotHeld` or `OpinionUnsaid`."""
    why = text_clean(why).strip()
    if not why:
        raise OpinionUnsaid()
    _pass_on(reviewer, task, ReviewPass.Kind.OPINION, why)


def _pass_on(reviewer: User, task: Task, kind: str, why: str) -> None:
    held = review_hold(reviewer=reviewer, task=task)
    ReviewPass.objects.create(
        submission=held_submission(held), reviewer=reviewer, kind=kind, why=why[:WHY_MAX_CHARACTERS]
    )
    _move(held, TaskStatus.SUBMITTED, Actor.user(reviewer), why=why, reviewer=None, review_expires_at=None)


@transaction.atomic
def review_accept(
    *,
    reviewer: User,
    task: Task,
    answers: Mapping[str, str] | None = None,
    comment: str = "",
    places: Sequence[Place] = (),
    seconds: int = 0,
) -> Review:
    """Accept the text that `reviewer` holds, and earn its writer the order's price in the same transaction.

    `answers` gives a reason for each open question (a flag of the trace, a close call of the gate, a check on
    hold), by the question's key. Locks the order, then the task. Raises `RoleMissing`, `ReviewNotHeld`,
    `QuestionsOpen` or `PassageMissing`.
    """
    held = review_hold_with_order(reviewer=reviewer, task=task)
    submission = held_submission(held)
    _answer(open_questions(submission), answers or {}, submission, reviewer)
    review = _record(reviewer, submission, Review.Verdict.ACCEPT, [], comment, places, seconds)
    _move(held, TaskStatus.ACCEPTED, Actor.user(reviewer), decided_at=timezone.now())
    likeness_index(submission=submission)
    own = submission.edited_from or submission
    earning_record(
        vendor=held.vendor,
        writer=submission.writer,
        work_order=held.work_order,
        # What was entered because nobody had inspected in time stands under the writer's own version.
        submission_id=own.public_id if earning_exists(own.public_id) else submission.public_id,
        received_at=own.at,
        characters=own.character_count,
        category=held.instruction.category,
    )
    order_complete_if_done(order=held.work_order)
    verdict_tell(Event.TASK_ACCEPTED, held)
    return review


@transaction.atomic
def review_return(
    *,
    reviewer: User,
    task: Task,
    reasons: Sequence[str],
    comment: str,
    places: Sequence[Place] = (),
    seconds: int = 0,
) -> Review:
    """Send the text back to its writer with reasons. Raises `ReviewNotHeld`, `ReasonMissing`,
    `PassageMissing`, `ReworkUsedUp`, or `PassedByLot` for what the order has accepted."""
    held = review_hold(reviewer=reviewer, task=task)
    return_allow(held)
    review = _refuse(held, reviewer, Review.Verdict.RETURN, reasons, comment, places, seconds)
    _move(
        held,
        TaskStatus.RETURNED,
        Actor.user(reviewer),
        why=review.comment,
        rework_round=held.rework_round + 1,
        decided_at=timezone.now(),
        lease_expires_at=None,
    )
    verdict_tell(Event.TASK_RETURNED, held)
    path = reverse("annotation:task", args=[held.public_id])
    letters_queue("work_returned", [review.submission.writer], path, order=held.work_order, count=1)
    return review


@transaction.atomic
def review_reject(
    *,
    reviewer: User,
    task: Task,
    reasons: Sequence[str],
    comment: str,
    places: Sequence[Place] = (),
    seconds: int = 0,
) -> Review:
    """Refuse the text for good. Locks the order, then the task. Raises `ReviewNotHeld`, `ReasonMissing` or
    `PassageMissing`."""
    held = review_hold_with_order(reviewer=reviewer, task=task)
    review = _refuse(held, reviewer, Review.Verdict.REJECT, reasons, comment, places, seconds)
    _move(held, TaskStatus.REJECTED, Actor.user(reviewer), why=review.comment, decided_at=timezone.now())
    order_complete_if_done(order=held.work_order)
    return review


@transaction.atomic
def question_answer(*, reviewer: User, submission: Submission, key: str, why: str) -> None:
    """Answer a question that came up after acceptance, such as a moderation that had not answered in time.

    Locks the task, so that two who answer at once do not both write. Raises `RoleMissing` or `QuestionsOpen`.
    """
    require_role(reviewer, *REVIEWING_ROLES)
    Task.objects.select_for_update(of=("self",)).get(pk=submission.task_id)
    asked = [question for question in open_questions(submission) if question.key == key]
    if not asked or reviewer.pk in (submission.writer_id, submission.edited_by_id):
        raise QuestionsOpen()
    _answer(asked, {key: why}, submission, reviewer)


def review_hold_with_order(*, reviewer: User, task: Task) -> Task:
    """As `review_hold`, with the order locked before it: two last decisions at once must not overlook each other."""
    order = order_hold(task.work_order_id)
    held = review_hold(reviewer=reviewer, task=task)
    held.work_order = order
    return held


def review_hold(*, reviewer: User, task: Task) -> Task:
    """Lock the task and return it if it is with `reviewer` and not decided yet; raise `ReviewNotHeld` or `RoleMissing`
    otherwise."""
    require_role(reviewer, *REVIEWING_ROLES)
    held = (
        Task.objects.select_for_update(of=("self",))
        .select_related("work_order", "vendor", "current_submission__trace", "current_submission__edited_from__trace")
        .filter(pk=task.pk, status=TaskStatus.IN_REVIEW, reviewer=reviewer)
        .exclude(pending_verdict__state=PendingVerdict.State.WAITING)
        .first()
    )
    if held is None:
        raise ReviewNotHeld()
    return held


def return_allow(held: Task) -> None:
    """Raise `PassedByLot` or `ReworkUsedUp` where the order lets the text no longer go back."""
    if is_passed_by_lot(held):
        raise PassedByLot()
    if held.rework_round >= held.work_order.rework_rounds:
        raise ReworkUsedUp()


def held_submission(task: Task) -> Submission:
    """The text of a task that is held; raises `ReviewNotHeld` where there is none."""
    submission = task.current_submission
    if submission is None:
        raise ReviewNotHeld()
    return submission


def _refuse(
    task: Task,
    reviewer: User,
    verdict: str,
    reasons: Sequence[str],
    comment: str,
    places: Sequence[Place],
    seconds: int,
) -> Review:
    reasons_check(reasons, comment)
    submission = held_submission(task)
    own = submission.edited_from or submission
    if not is_passed_by_lot(task):
        earning_take_back(submission_id=own.public_id, why=f"review_{verdict}", by=reviewer)
    return _record(reviewer, submission, verdict, sorted(set(reasons)), comment, places, seconds)


def reasons_check(reasons: Sequence[str], comment: str) -> None:
    """Raise `ReasonMissing` unless a refusal says why: a reason that is in force, and a sentence."""
    given = set(reasons)
    known = set(ReviewReason.objects.filter(is_active=True).values_list("code", flat=True))
    if not given or given - known or not text_clean(comment).strip():
        raise ReasonMissing()


def _record(
    reviewer: User,
    submission: Submission,
    verdict: str,
    reasons: list[str],
    comment: str,
    places: Sequence[Place],
    seconds: int,
) -> Review:
    ranges = [(*place_find(submission.text, place), place.comment) for place in places]
    review = Review.objects.create(
        submission=submission,
        reviewer=reviewer,
        verdict=verdict,
        text_sha256=submission.text_sha256,
        reasons=reasons,
        reason_versions=dict(ReviewReason.objects.filter(code__in=reasons).values_list("code", "version"))
        if reasons
        else {},
        comment=text_clean(comment).strip(),
        seconds=max(0, seconds),
    )
    ReviewPlace.objects.bulk_create(
        ReviewPlace(review=review, start=start, end=end, comment=text_clean(said).strip()[:WHY_MAX_CHARACTERS])
        for start, end, said in ranges
    )
    return review


def place_find(text: str, place: Place) -> tuple[int, int]:
    """Return where the passage stands: where it was pointed at, or the occurrence nearest to that.

    Raises `PassageMissing`.
    """
    passage = text_clean(place.passage).strip()
    found = [match.start() for match in re.finditer(re.escape(passage), text)] if passage else []
    if not found:
        raise PassageMissing()
    start = min(found, key=lambda at: abs(at - place.at))
    return start, start + len(passage)


def _answer(questions: Sequence[Question], answers: Mapping[str, str], submission: Submission, reviewer: User) -> None:
    """Write down the reviewer's reason for each question; raise `QuestionsOpen` when one is missing."""
    reasons = answers_read(questions, answers)
    for question in questions:
        why = reasons[question.key][:WHY_MAX_CHARACTERS]
        if question.kind == Question.TRACE and question.trace_id is not None:
            TraceFlagClearance.objects.create(
                trace_id=question.trace_id, flag=question.code, reviewer=reviewer, why=why
            )
        elif question.kind == Question.GATE and question.report_id is not None:
            GateAdjudication.objects.create(
                submission=submission, report_id=question.report_id, reviewer=reviewer, why=why
            )
        else:
            OutputCheck.objects.create(
                submission=submission,
                check_id=question.code,
                outcome=OutputCheck.Outcome.PASS,
                decided_by=reviewer,
                why=why,
            )


def answers_read(questions: Sequence[Question], answers: Mapping[str, str]) -> dict[str, str]:
    """Return the reason for each question, by its key; raise `QuestionsOpen` when one is missing."""
    reasons = {question.key: text_clean(answers.get(question.key, "")).strip() for question in questions}
    missing = [key for key, why in reasons.items() if not why]
    if missing:
        raise QuestionsOpen(questions=missing)
    return reasons


def verdict_tell(event: str, task: Task) -> None:
    """Let the vendor's programs know of a verdict. `task` comes with its order and vendor."""
    order = {"id": str(task.work_order.public_id), "number": task.work_order.number}
    event_tell(event, vendor=task.vendor, task={"id": str(task.public_id)}, order=order)


def _move(task: Task, to: str, by: Actor, why: str = "", **changes: Any) -> None:
    move(task, to, moves=TASK_MOVES, log=TaskTransition, by=by, why=why, **changes)
