"""Verdicts that can be taken back: rehearsed at once, entered when they are due, once, and never over what has changed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from annotation.models import OutputCheck, PendingVerdict, Review, Task
from annotation.selectors.review import review_desk_for, review_queue_for
from annotation.services.figures import figures_refresh
from annotation.services.reviews import (
    OpinionUnsaid,
    QuestionsOpen,
    ReasonMissing,
    ReviewNotHeld,
    VerdictForm,
    review_accept,
    review_ask_opinion,
    review_claim,
    review_release,
)
from annotation.services.verdicts import (
    UndoTooLate,
    notes_purge,
    refusals_tell,
    verdict_give,
    verdict_undo,
    verdicts_enter,
)
from annotation.states import TaskStatus
from tests.cast import Cast, cast
from tests.factories.records import (
    make_moderation,
    make_reason,
    make_review_held,
    make_slots,
    make_submission,
    make_task,
)
from vendors.models import Earning

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ten_seconds(settings: Settings) -> None:
    settings.REVIEW_UNDO_SECONDS = 10


@pytest.fixture
def people() -> Cast:
    make_reason("instruction_missed")
    return cast()


def held_task(people: Cast, **facts: Any) -> Task:
    return make_review_held(make_submission(make_task(people), people.wataru, **facts), people.ren)


def let_time_pass() -> None:
    PendingVerdict.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def test_a_verdict_is_entered_when_it_is_due_and_once(people: Cast) -> None:
    task = held_task(people)
    verdict_give(reviewer=people.ren, task=task, verdict="accept", form=VerdictForm(comment="Lovely.", seconds=12))
    assert verdicts_enter() == 0
    assert Task.objects.get().status == TaskStatus.IN_REVIEW
    assert not Review.objects.exists() and not Earning.objects.exists()
    let_time_pass()
    assert (verdicts_enter(), verdicts_enter()) == (1, 0)
    review = Review.objects.get()
    assert (review.verdict, review.comment, review.seconds) == ("accept", "Lovely.", 12)
    assert Earning.objects.count() == 1
    assert not PendingVerdict.objects.exists()


@pytest.mark.parametrize(("verdict", "status"), [("return", TaskStatus.RETURNED), ("reject", TaskStatus.REJECTED)])
def test_a_refusal_keeps_its_reasons_and_places(people: Cast, verdict: str, status: str) -> None:
    task = held_task(people)
    text = task.current_submission.text  # type: ignore[union-attr]
    form = VerdictForm(reasons=["instruction_missed"], comment="See here.", places=[(text[3:9], 3, "Why so?")])
    verdict_give(reviewer=people.ren, task=task, verdict=verdict, form=form)
    let_time_pass()
    assert verdicts_enter() == 1
    assert Task.objects.get().status == status
    place = Review.objects.get().places.get()
    assert (place.start, place.end, place.comment) == (3, 9, "Why so?")


def test_what_stands_in_the_way_is_said_at_once(people: Cast) -> None:
    task = held_task(people)
    make_moderation(task.current_submission, outcome=OutputCheck.Outcome.HOLD)  # type: ignore[arg-type]
    with pytest.raises(QuestionsOpen):
        verdict_give(reviewer=people.ren, task=task, verdict="accept", form=VerdictForm())
    with pytest.raises(ReasonMissing):
        verdict_give(reviewer=people.ren, task=task, verdict="return", form=VerdictForm(comment="No."))
    assert not PendingVerdict.objects.exists()


def test_a_verdict_taken_back_is_never_entered_and_its_notes_stay(people: Cast) -> None:
    task = held_task(people)
    verdict_give(reviewer=people.ren, task=task, verdict="accept", form=VerdictForm(comment="Hm."))
    assert review_claim(reviewer=people.ren) is None
    with pytest.raises(UndoTooLate):
        verdict_undo(reviewer=people.rin, task=task)
    verdict_undo(reviewer=people.ren, task=task)
    let_time_pass()
    assert verdicts_enter() == 0
    assert review_claim(reviewer=people.ren) == task
    pending = review_desk_for(people.ren, str(task.public_id)).pending
    assert pending is not None and pending.form["comment"] == "Hm."
    verdict_give(reviewer=people.ren, task=task, verdict="accept", form=VerdictForm(comment="Yes."))
    let_time_pass()
    assert verdicts_enter() == 1
    with pytest.raises(UndoTooLate):
        verdict_undo(reviewer=people.ren, task=task)
    assert Review.objects.get().comment == "Yes."


def test_while_it_waits_nothing_else_is_decided_of_the_text(people: Cast) -> None:
    task = held_task(people)
    first = verdict_give(reviewer=people.ren, task=task, verdict="accept", form=VerdictForm())
    again = verdict_give(
        reviewer=people.ren, task=task, verdict="reject", form=VerdictForm(reasons=["instruction_missed"], comment="No")
    )
    assert first == again
    for decide in (
        lambda: review_accept(reviewer=people.ren, task=task),
        lambda: review_release(reviewer=people.ren, task=task),
    ):
        with pytest.raises(ReviewNotHeld):
            decide()
    assert review_claim(reviewer=people.rin) is None


def test_a_verdict_over_which_a_question_came_up_is_given_back_to_its_reviewer(people: Cast) -> None:
    task = held_task(people)
    verdict_give(reviewer=people.ren, task=task, verdict="accept", form=VerdictForm())
    make_moderation(task.current_submission, outcome=OutputCheck.Outcome.FAIL)  # type: ignore[arg-type]
    let_time_pass()
    assert verdicts_enter() == 0
    assert PendingVerdict.objects.get().state == PendingVerdict.State.REFUSED
    assert not Review.objects.exists()
    assert refusals_tell(reviewer=people.ren) == []
    assert review_claim(reviewer=people.ren) == task


def test_a_verdict_on_a_text_that_went_away_is_told_once(people: Cast) -> None:
    task = held_task(people)
    verdict_give(reviewer=people.ren, task=task, verdict="accept", form=VerdictForm())
    Task.objects.update(status=TaskStatus.CANCELLED)
    let_time_pass()
    assert verdicts_enter() == 0
    assert [pending.task for pending in refusals_tell(reviewer=people.ren)] == [task]
    assert refusals_tell(reviewer=people.ren) == []
    assert not Review.objects.exists()


def test_notes_nobody_came_back_to_are_deleted_after_a_day(people: Cast) -> None:
    task = held_task(people)
    verdict_give(reviewer=people.ren, task=task, verdict="accept", form=VerdictForm())
    PendingVerdict.objects.update(due_at=timezone.now() - timedelta(days=2))
    assert notes_purge() == 0
    PendingVerdict.objects.update(state=PendingVerdict.State.UNDONE)
    assert notes_purge() == 1


def test_what_was_skipped_comes_last(people: Cast) -> None:
    first, second = make_slots(people, 2)
    for task in (first, second):
        make_submission(task, people.wataru)
    assert review_claim(reviewer=people.ren) == first
    review_release(reviewer=people.ren, task=first)
    assert review_claim(reviewer=people.ren, with_skipped=False) == second
    review_accept(reviewer=people.ren, task=second)
    assert review_claim(reviewer=people.ren, with_skipped=False) is None
    assert review_claim(reviewer=people.ren) == first


def test_who_asks_for_a_second_opinion_is_not_given_the_text_again_and_the_colleague_reads_why(people: Cast) -> None:
    task = held_task(people)
    with pytest.raises(OpinionUnsaid):
        review_ask_opinion(reviewer=people.ren, task=task, why=" ")
    review_ask_opinion(reviewer=people.ren, task=task, why="Is the law still in force?")
    assert review_claim(reviewer=people.ren) is None
    assert review_queue_for(people.ren).waiting_count == 0
    assert review_queue_for(people.rin).waiting_count == 1
    assert review_claim(reviewer=people.rin) == task
    assert [p.why for p in review_desk_for(people.rin, str(task.public_id)).passes] == ["Is the law still in force?"]
    with pytest.raises(Exception, match="append_only"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM annotation_reviewpass")


def test_the_desk_counts_what_was_decided_of_the_writers_other_texts(people: Cast) -> None:
    first, second, third = make_slots(people, 3)
    make_submission(first, people.wataru)
    make_submission(second, people.wakana)
    for task in (first, second):
        assert review_claim(reviewer=people.ren) == task
        review_accept(reviewer=people.ren, task=task)
    make_submission(third, people.wataru)
    figures_refresh()
    record = review_desk_for(people.ren, str(third.public_id)).record
    assert (record.accepted, record.accepted_first, record.returned, record.rejected) == (1, 1, 0, 0)


def test_the_writers_record_leaves_out_the_verdicts_on_the_text_itself(people: Cast) -> None:
    (first, second) = make_slots(people, 2)
    for task in (first, second):
        make_submission(task, people.wataru)
        assert review_claim(reviewer=people.ren) == task
        review_accept(reviewer=people.ren, task=task)
    figures_refresh()
    for task in (first, second):
        record = review_desk_for(people.ren, str(task.public_id)).record
        assert (record.accepted, record.accepted_first, record.verdicts) == (1, 1, 1)
