"""Where an order has each text read by two: a verdict is entered when two agree, or when a third has decided."""

from dataclasses import asdict

from django.db import transaction

from annotation.models import BlindVerdict, Review, Submission, Task, TaskTransition
from annotation.selectors.review import open_questions
from annotation.selectors.review_rules import readers_wanted
from annotation.services.reviews import (
    Place,
    VerdictForm,
    answers_read,
    held_submission,
    place_find,
    reasons_check,
    return_allow,
    review_accept,
    review_hold,
    review_hold_with_order,
    review_reject,
    review_return,
)
from annotation.states import TASK_MOVES, TaskStatus
from config.moves import Actor, move
from vendors.models import User

READ_ONCE = "read by the first of two"
DIFFERED = "read by two who differ"


@transaction.atomic
def verdict_allow(*, reviewer: User, task: Task, verdict: str, form: VerdictForm) -> Task:
    """Return the task, locked, if `verdict_enter` would take this verdict now; writes nothing.

    Raises what `verdict_enter` raises.
    """
    held = review_hold(reviewer=reviewer, task=task)
    _check(held, held_submission(held), verdict, form)
    return held


@transaction.atomic
def verdict_enter(*, reviewer: User, task: Task, verdict: str, form: VerdictForm) -> Review | None:
    """Decide on the text that `reviewer` holds, as far as one person can; None when another has to read it.

    Of two the first verdict waits, unseen by the second. Where they agree, the second's is entered, and a refusal
    carries what both said. Where they differ, a third decides, who sees both. Locks the order where the text is
    accepted or rejected, and the task. Raises what `review_accept`, `review_return` and `review_reject` raise.
    """
    hold = review_hold if verdict == Review.Verdict.RETURN else review_hold_with_order
    held = hold(reviewer=reviewer, task=task)
    submission = held_submission(held)
    earlier = list(submission.blind_verdicts.all()) if readers_wanted(held) == 2 else []
    if readers_wanted(held) == 1 or len(earlier) == 2:
        return _enter(reviewer, task, verdict, form)
    _check(held, submission, verdict, form)
    BlindVerdict.objects.create(
        submission=submission,
        reviewer=reviewer,
        position=len(earlier) + 1,
        verdict=verdict,
        text_sha256=submission.text_sha256,
        form=asdict(form),
    )
    if earlier and earlier[0].verdict == verdict:
        return _enter(reviewer, task, verdict, _joined(earlier[0], form))
    why = DIFFERED if earlier else READ_ONCE
    changes = {"reviewer": None, "review_expires_at": None}
    move(held, TaskStatus.SUBMITTED, moves=TASK_MOVES, log=TaskTransition, by=Actor.user(reviewer), why=why, **changes)
    return None


def _check(task: Task, submission: Submission, verdict: str, form: VerdictForm) -> None:
    """Raise what would stand in the way of entering this verdict."""
    if verdict == Review.Verdict.ACCEPT:
        answers_read(open_questions(submission), form.answers)
    else:
        if verdict == Review.Verdict.RETURN:
            return_allow(task)
        reasons_check(form.reasons, form.comment)
    for place in form.places:
        place_find(submission.text, Place(*place))


def _joined(first: BlindVerdict, form: VerdictForm) -> VerdictForm:
    """What two who agree say to the writer."""
    said = VerdictForm(**first.form | {"places": [tuple(place) for place in first.form["places"]]})
    comments = [comment.strip() for comment in (said.comment, form.comment) if comment.strip()]
    return VerdictForm(
        answers=form.answers,
        reasons=sorted({*said.reasons, *form.reasons}),
        comment="\n\n".join(comments),
        places=[*said.places, *form.places],
        seconds=form.seconds,
    )


def _enter(reviewer: User, task: Task, verdict: str, form: VerdictForm) -> Review:
    places = [Place(*place) for place in form.places]
    if verdict == Review.Verdict.ACCEPT:
        return review_accept(
            reviewer=reviewer, task=task, answers=form.answers, comment=form.comment, places=places,
            seconds=form.seconds,
        )  # fmt: skip
    refuse = review_return if verdict == Review.Verdict.RETURN else review_reject
    return refuse(
        reviewer=reviewer, task=task, reasons=form.reasons, comment=form.comment, places=places, seconds=form.seconds
    )
