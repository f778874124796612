"""Judging: who gets which text, what each verdict does, what refuses it, and what happens when two act at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from annotation.models import GateAdjudication, OutputCheck, Review, Submission, Task, TraceFlagClearance
from annotation.selectors.review import open_questions
from annotation.services.reviews import (
    QuestionsOpen,
    ReasonMissing,
    ReviewNotHeld,
    ReworkUsedUp,
    question_answer,
    review_accept,
    review_claim,
    review_reject,
    review_release,
    review_return,
)
from annotation.services.submissions import submission_recall
from annotation.states import TaskStatus
from collection.services.withdrawal import instruction_withdraw
from config.access import RoleMissing
from tests.cast import Cast, cast
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import (
    make_acceptance,
    make_moderation,
    make_reason,
    make_review_held,
    make_slots,
    make_submission,
    make_task,
    make_text,
)
from vendors.models import Earning, User
from vendors.states import WorkOrderStatus

REASONS = ["instruction_missed"]
REFERENCE = (
    "秋の京都では、まず早朝の東福寺を訪れ、通天橋から谷を埋める紅葉を眺めるのがよいでしょう。"
    "昼は錦市場で旬の味覚を少しずつ試し、午後は哲学の道を南へ歩いて永観堂まで足を延ばします。"
)


@pytest.fixture
def people(db: None) -> Cast:
    make_reason(REASONS[0])
    return cast()


def status_of(task: Task) -> str:
    return str(Task.objects.get(pk=task.pk).status)


def log_of(task: Task) -> list[tuple[str, str]]:
    return list(task.transitions.order_by("id").values_list("from_status", "to_status"))


def close_call(people: Cast) -> Submission:
    """A text that shares one passage with a reference: to be judged, not blocked."""
    instruction = make_instruction()
    make_reference(instruction, text=REFERENCE)
    task = make_task(people, instruction=instruction)
    text = "わたしなら早朝の東福寺を訪れ、通天橋から谷を埋める霧を見ます。" + make_text() * 2
    return make_submission(task, people.wataru, text=text)


# --- claiming --------------------------------------------------------------------------------------------------------


def test_the_oldest_text_comes_first_with_half_an_hour_to_judge_it(people: Cast) -> None:
    first, second = (make_submission(task, people.wataru) for task in make_slots(people, 2))
    task = review_claim(reviewer=people.ren)
    assert task is not None
    assert task.pk == first.task_id
    assert (task.status, task.reviewer_id) == (TaskStatus.IN_REVIEW, people.ren.pk)
    assert task.review_expires_at is not None
    assert timedelta(minutes=29) < task.review_expires_at - timezone.now() <= timedelta(minutes=30)
    assert log_of(task)[-1] == ("submitted", "in_review")
    other = review_claim(reviewer=people.rin)
    assert other is not None and other.pk == second.task_id
    assert review_claim(reviewer=people.aoi) is None


def test_a_reviewer_who_asks_again_gets_the_text_already_on_the_desk(people: Cast) -> None:
    make_submission(make_task(people), people.wataru)
    first = review_claim(reviewer=people.ren)
    assert first is not None
    Task.objects.update(review_expires_at=timezone.now() + timedelta(minutes=1))
    again = review_claim(reviewer=people.ren)
    assert again is not None and again.pk == first.pk
    assert again.review_expires_at is not None
    assert again.review_expires_at > timezone.now() + timedelta(minutes=29)
    assert len(log_of(again)) == 3


def test_a_review_whose_lease_ended_is_taken_over_and_the_log_says_so(people: Cast) -> None:
    make_submission(make_task(people), people.wataru)
    slow = review_claim(reviewer=people.ren)
    assert slow is not None
    assert review_claim(reviewer=people.rin) is None
    Task.objects.update(review_expires_at=timezone.now() - timedelta(seconds=1))
    taken = review_claim(reviewer=people.rin)
    assert taken is not None and taken.pk == slow.pk
    assert log_of(taken)[-2:] == [("in_review", "submitted"), ("submitted", "in_review")]
    with pytest.raises(ReviewNotHeld):
        review_accept(reviewer=people.ren, task=slow)
    review_accept(reviewer=people.rin, task=taken)


def test_nobody_is_given_their_own_writing(people: Cast) -> None:
    submission = make_submission(make_task(people), people.wataru)
    Task.objects.filter(pk=submission.task_id).update(writer=people.ren)
    assert review_claim(reviewer=people.ren) is None
    assert review_claim(reviewer=people.rin) is not None


def test_the_database_refuses_a_review_of_own_writing_whatever_the_code_says(people: Cast) -> None:
    submission = make_submission(make_task(people), people.wataru)
    with pytest.raises(DatabaseError, match="another person"), transaction.atomic():
        Review.objects.create(
            submission=submission, reviewer=people.wataru, verdict="accept", text_sha256=submission.text_sha256
        )


@pytest.mark.parametrize("name", ["luna", "wakana", "rei", "emi", "fumi"])
def test_only_those_who_review_can_claim_or_decide(people: Cast, name: str) -> None:
    submission = make_submission(make_task(people), people.wataru)
    outsider: User = getattr(people, name)
    with pytest.raises(RoleMissing):
        review_claim(reviewer=outsider)
    task = make_review_held(submission, people.ren)
    Task.objects.update(reviewer=outsider)
    for decide in (
        lambda: review_accept(reviewer=outsider, task=task),
        lambda: review_return(reviewer=outsider, task=task, reasons=REASONS, comment="no"),
        lambda: review_reject(reviewer=outsider, task=task, reasons=REASONS, comment="no"),
        lambda: review_release(reviewer=outsider, task=task),
        lambda: question_answer(reviewer=outsider, submission=submission, key="check:moderation", why="no"),
    ):
        with pytest.raises(RoleMissing):
            decide()
    assert status_of(task) == TaskStatus.IN_REVIEW


def test_a_text_that_was_put_back_waits_again(people: Cast) -> None:
    submission = make_submission(make_task(people), people.wataru)
    task = make_review_held(submission, people.ren)
    review_release(reviewer=people.ren, task=task, why="Not my field.")
    task.refresh_from_db()
    assert (task.status, task.reviewer_id, task.review_expires_at) == (TaskStatus.SUBMITTED, None, None)
    assert task.transitions.latest("id").why == "Not my field."
    assert review_claim(reviewer=people.rin) == task


# --- accepting -------------------------------------------------------------------------------------------------------


def test_acceptance_is_a_review_of_these_bytes_a_decided_task_and_an_earning(people: Cast) -> None:
    submission = make_submission(make_task(people, unit_price=730), people.wataru)
    task = make_review_held(submission, people.ren)
    review = review_accept(reviewer=people.ren, task=task, comment="Lovely.", seconds=95)
    assert (review.verdict, review.text_sha256) == (Review.Verdict.ACCEPT, submission.text_sha256)
    assert (review.comment, review.seconds) == ("Lovely.", 95)
    task.refresh_from_db()
    assert task.status == TaskStatus.ACCEPTED and task.decided_at is not None
    earning = Earning.objects.get()
    assert (earning.amount, earning.writer, earning.vendor) == (730, people.wataru, people.kaede)
    assert earning.submission_id == submission.public_id
    assert earning.received_at == submission.at


def test_nothing_is_accepted_when_the_earning_cannot_be_written(people: Cast) -> None:
    submission = make_submission(make_task(people), people.wataru)
    task = make_review_held(submission, people.ren)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE vendors_earning ADD CONSTRAINT nothing_is_earned CHECK (amount < 0) NOT VALID")
    with pytest.raises(DatabaseError, match="nothing_is_earned"), transaction.atomic():
        review_accept(reviewer=people.ren, task=task)
    assert status_of(task) == TaskStatus.IN_REVIEW
    assert not Review.objects.exists()
    assert log_of(task)[-1] == ("submitted", "in_review")


def test_what_is_not_on_the_desk_cannot_be_decided(people: Cast) -> None:
    submission = make_submission(make_task(people), people.wataru)
    task = Task.objects.get(pk=submission.task_id)
    with pytest.raises(ReviewNotHeld):
        review_accept(reviewer=people.ren, task=task)
    make_review_held(submission, people.rin)
    for decide in (
        lambda: review_accept(reviewer=people.ren, task=task),
        lambda: review_return(reviewer=people.ren, task=task, reasons=REASONS, comment="Too short."),
        lambda: review_reject(reviewer=people.ren, task=task, reasons=REASONS, comment="Too short."),
        lambda: review_release(reviewer=people.ren, task=task),
    ):
        with pytest.raises(ReviewNotHeld):
            decide()
    assert not Review.objects.exists()
    assert not Earning.objects.exists()


def test_a_text_recalled_a_moment_before_is_not_decided(people: Cast) -> None:
    submission = make_submission(make_task(people), people.wataru)
    task = make_review_held(submission, people.ren)
    review_release(reviewer=people.ren, task=task)
    submission_recall(writer=people.wataru, task=task)
    with pytest.raises(ReviewNotHeld):
        review_accept(reviewer=people.ren, task=task)
    assert status_of(task) == TaskStatus.CLAIMED


def test_a_text_whose_instruction_was_withdrawn_meanwhile_is_not_decided(people: Cast) -> None:
    submission = make_submission(make_task(people), people.wataru)
    task = make_review_held(submission, people.ren)
    instruction = task.instruction
    instruction_withdraw(participant=instruction.participant, public_id=instruction.public_id)
    with pytest.raises(ReviewNotHeld):
        review_accept(reviewer=people.ren, task=task)
    assert status_of(task) == TaskStatus.CANCELLED


def test_accepting_twice_earns_once(people: Cast) -> None:
    submission = make_submission(make_task(people), people.wataru)
    task = make_review_held(submission, people.ren)
    review_accept(reviewer=people.ren, task=task)
    with pytest.raises(ReviewNotHeld):
        review_accept(reviewer=people.ren, task=task)
    assert Earning.objects.count() == Review.objects.count() == 1


# --- open questions --------------------------------------------------------------------------------------------------


def test_every_open_question_needs_an_answer_before_acceptance(people: Cast) -> None:
    submission = close_call(people)
    make_moderation(submission, outcome=OutputCheck.Outcome.HOLD)
    task = make_review_held(submission, people.ren)
    keys = [question.key for question in open_questions(submission)]
    assert keys == ["gate:close", "check:moderation"]
    with pytest.raises(QuestionsOpen) as refused:
        review_accept(reviewer=people.ren, task=task, answers={"gate:close": "A place name and its bridge."})
    assert refused.value.details == {"questions": ["check:moderation"]}
    assert status_of(task) == TaskStatus.IN_REVIEW
    assert not GateAdjudication.objects.exists()
    review_accept(reviewer=people.ren, task=task, answers=dict.fromkeys(keys, "A place name and its bridge."))
    assert GateAdjudication.objects.get().reviewer == people.ren
    passed = OutputCheck.objects.filter(submission=submission, check_id="moderation").latest("id")
    assert (passed.outcome, passed.decided_by, passed.why) == ("pass", people.ren, "A place name and its bridge.")
    assert open_questions(submission) == []


@pytest.mark.parametrize("empty", ["", "   ", "\n\t", "\x00"])
def test_white_space_is_no_answer(people: Cast, empty: str) -> None:
    task = make_review_held(make_submission(make_task(people), people.wataru, untrusted=1), people.ren)
    with pytest.raises(QuestionsOpen):
        review_accept(reviewer=people.ren, task=task, answers={"trace:untrusted_events": empty})
    assert not TraceFlagClearance.objects.exists()


def test_a_question_that_came_up_after_acceptance_is_answered_once(people: Cast) -> None:
    task = make_acceptance(make_submission(make_task(people), people.wataru), people.ren)
    submission = task.current_submission
    assert submission is not None
    with pytest.raises(QuestionsOpen):
        question_answer(reviewer=people.rin, submission=submission, key="check:moderation", why="Harmless.")
    make_moderation(submission, outcome=OutputCheck.Outcome.FAIL)
    with pytest.raises(QuestionsOpen):
        question_answer(reviewer=people.rin, submission=submission, key="check:moderation", why=" ")
    question_answer(reviewer=people.rin, submission=submission, key="check:moderation", why="Harmless.")
    assert open_questions(submission) == []


# --- returning and rejecting -----------------------------------------------------------------------------------------


def test_a_returned_text_stays_its_writers_with_reasons_and_comes_back(people: Cast) -> None:
    submission = make_submission(make_task(people, rework_rounds=1), people.wataru)
    task = make_review_held(submission, people.ren)
    review = review_return(reviewer=people.ren, task=task, reasons=REASONS, comment="  Say why.  ", seconds=40)
    task.refresh_from_db()
    assert (task.status, task.writer, task.rework_round) == (TaskStatus.RETURNED, people.wataru, 1)
    assert (review.reasons, review.comment) == (REASONS, "Say why.")
    assert not Earning.objects.exists()
    second = make_submission(task, people.wataru)
    assert second.version == 2
    task = make_review_held(second, people.rin)
    with pytest.raises(ReworkUsedUp):
        review_return(reviewer=people.rin, task=task, reasons=REASONS, comment="Again.")
    review_accept(reviewer=people.rin, task=task)
    assert Earning.objects.get().submission_id == second.public_id


def test_a_rejected_text_earns_nothing(people: Cast) -> None:
    submission = make_submission(make_task(people), people.wataru)
    task = make_review_held(submission, people.ren)
    review_reject(reviewer=people.ren, task=task, reasons=REASONS, comment="Another question was answered.")
    assert status_of(task) == TaskStatus.REJECTED
    assert task.transitions.latest("id").why == "Another question was answered."
    assert not Earning.objects.exists()


@pytest.mark.parametrize(
    ("reasons", "comment"),
    [([], "Say why."), (REASONS, ""), (REASONS, " \n"), (["no_such_reason"], "Say why."), ([*REASONS, "x\x00"], "a")],
)
@pytest.mark.parametrize("decide", [review_return, review_reject])
def test_a_refusal_needs_a_known_reason_and_a_sentence(
    people: Cast, decide: Callable[..., Any], reasons: list[str], comment: str
) -> None:
    task = make_review_held(make_submission(make_task(people), people.wataru), people.ren)
    with pytest.raises(ReasonMissing):
        decide(reviewer=people.ren, task=task, reasons=reasons, comment=comment)
    assert status_of(task) == TaskStatus.IN_REVIEW


def test_an_order_is_completed_by_its_last_decision(people: Cast) -> None:
    first, second = make_slots(people, 2)
    order = first.work_order
    make_acceptance(make_submission(first, people.wataru), people.ren)
    order.refresh_from_db()
    assert order.status == WorkOrderStatus.ACTIVE
    task = make_review_held(make_submission(second, people.wakana), people.ren)
    review_reject(reviewer=people.ren, task=task, reasons=REASONS, comment="Not an answer.")
    order.refresh_from_db()
    assert order.status == WorkOrderStatus.COMPLETED
