"""Rules of review: what is read first, what two have to read, and that neither of two knows the other's verdict."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from annotation.errors import ReviewStarted
from annotation.models import BlindVerdict, Review, Submission, Task
from annotation.selectors.review import review_queue_for, review_recent_for
from annotation.selectors.review_rules import is_drawn
from annotation.services.reviews import QuestionsOpen, ReasonMissing, VerdictForm, review_claim
from annotation.services.submissions import submission_recall
from annotation.services.verdicts import verdict_give
from annotation.states import ReviewRank, TaskStatus
from tests.cast import Cast, cast
from tests.factories.records import make_reason, make_slots, make_submission, make_task
from vendors.models import Earning, User, WorkOrder

ACCEPT, RETURN, REJECT = "accept", "return", "reject"


@pytest.fixture
def people(db: None, settings: Settings) -> Cast:
    settings.REVIEW_UNDO_SECONDS = 0
    make_reason("instruction_missed")
    return cast()


def say(reviewer: User, verdict: str, comment: str = "Say it shorter.", **form: Any) -> Task:
    """The reviewer's verdict on whatever they are given next."""
    task = review_claim(reviewer=reviewer)
    assert task is not None
    reasons = [] if verdict == ACCEPT else ["instruction_missed"]
    verdict_give(
        reviewer=reviewer,
        task=task,
        verdict=verdict,
        form=VerdictForm(**{"reasons": reasons, "comment": comment, **form}),
    )
    return Task.objects.get(pk=task.pk)


def for_two(people: Cast, **order: Any) -> Submission:
    return make_submission(make_task(people, reviewers_each=2, **order), people.wataru)


# --- two reviewers ---------------------------------------------------------------------------------------------------


def test_what_two_accept_is_accepted_and_paid_once(people: Cast) -> None:
    for_two(people)
    assert say(people.ren, ACCEPT).status == TaskStatus.SUBMITTED
    assert not Review.objects.exists() and not Earning.objects.exists()
    assert say(people.rin, ACCEPT).status == TaskStatus.ACCEPTED
    assert Review.objects.get().reviewer == people.rin and Earning.objects.count() == 1


def test_nobody_reads_a_text_twice_and_the_second_is_told_nothing(people: Cast, client: Client) -> None:
    for_two(people)
    task = say(people.ren, REJECT, "This line is the first reader's alone.")
    assert review_claim(reviewer=people.ren) is None and review_queue_for(people.ren).waiting_count == 0
    assert review_claim(reviewer=people.rin) == task
    client.force_login(people.rin)
    for name in ("desk", "record"):
        page = client.get(reverse(f"annotation:{name}", args=[task.public_id])).content.decode()
        assert "This line" not in page, name
    assert [row.verdict for row in review_recent_for(people.ren)] == [REJECT]
    assert review_queue_for(people.ren).done_today == 1


def test_what_two_return_carries_what_both_said(people: Cast) -> None:
    for_two(people)
    say(people.ren, RETURN, "Too long.")
    assert say(people.rin, RETURN, "And too loud.").status == TaskStatus.RETURNED
    assert Review.objects.get().comment == "Too long.\n\nAnd too loud."
    assert [row.verdict for row in review_recent_for(people.rin)] == [RETURN]


@pytest.mark.parametrize(
    ("verdicts", "ends"), [((ACCEPT, RETURN, REJECT), "rejected"), ((RETURN, ACCEPT, ACCEPT), "accepted")]
)
def test_where_two_differ_a_third_who_sees_both_decides(
    people: Cast, client: Client, verdicts: tuple[str, str, str], ends: str
) -> None:
    for_two(people)
    say(people.ren, verdicts[0], "One thought.")
    task = say(people.rin, verdicts[1], "Another thought.")
    assert task.status == TaskStatus.SUBMITTED and review_claim(reviewer=people.rin) is None
    review_claim(reviewer=people.minato)
    client.force_login(people.minato)
    page = client.get(reverse("annotation:desk", args=[task.public_id])).content.decode()
    assert "One thought." in page and "Another thought." in page
    assert say(people.minato, verdicts[2]).status == ends
    assert Review.objects.get().reviewer == people.minato and BlindVerdict.objects.count() == 2


def test_a_first_verdict_has_to_be_whole_as_well(people: Cast) -> None:
    submission = for_two(people)
    with pytest.raises(ReasonMissing):
        say(people.ren, RETURN, comment="")
    Submission.objects.get(pk=submission.pk).output_checks.create(check_id="personal_data", outcome="hold")
    with pytest.raises(QuestionsOpen):
        say(people.ren, ACCEPT)
    assert say(people.ren, ACCEPT, answers={"check:personal_data": "A made-up name."}).status == TaskStatus.SUBMITTED
    # The second answers for themselves: that the first had an answer says what the first thought.
    with pytest.raises(QuestionsOpen):
        say(people.rin, ACCEPT)


def test_a_text_that_one_has_read_is_not_called_back(people: Cast) -> None:
    for_two(people)
    task = say(people.ren, ACCEPT)
    with pytest.raises(ReviewStarted):
        submission_recall(writer=people.wataru, task=task)


def test_the_database_takes_no_review_of_one_where_two_are_ordered(people: Cast) -> None:
    submission = for_two(people)

    def decided(reviewer: User, verdict: str) -> bool:
        try:
            with transaction.atomic():
                Review.objects.create(
                    submission=submission, reviewer=reviewer, verdict=verdict, text_sha256=submission.text_sha256
                )
                transaction.set_rollback(True)
        except DatabaseError:
            return False
        return True

    assert not decided(people.ren, ACCEPT)
    say(people.ren, ACCEPT)
    assert not decided(people.rin, ACCEPT)
    say(people.rin, REJECT)
    assert not decided(people.rin, REJECT) and not decided(people.ren, ACCEPT)
    assert decided(people.minato, ACCEPT) and decided(people.minato, RETURN)
    own = {"submission": submission, "verdict": ACCEPT, "text_sha256": submission.text_sha256}
    with pytest.raises(DatabaseError), transaction.atomic():
        BlindVerdict.objects.create(reviewer=people.wataru, position=1, **own)


# --- what is read first ----------------------------------------------------------------------------------------------


def ranks(tasks: list[Task]) -> list[int]:
    return [Task.objects.get(pk=task.pk).review_rank for task in tasks]


def test_a_share_is_drawn_by_the_orders_key_and_read_first_in_full(people: Cast) -> None:
    tasks = make_slots(people, 12, review_rule="share", review_share=50, reviewers_each=2)
    drawn = [is_drawn(task) for task in tasks]
    assert drawn == [is_drawn(Task.objects.get(pk=task.pk)) for task in tasks]
    for task in tasks:
        make_submission(task, people.wataru)
    assert ranks(tasks) == [ReviewRank.FIRST if one else ReviewRank.LATER for one in drawn]
    first = review_claim(reviewer=people.ren)
    assert first is not None and first.review_rank == min(ranks(tasks))
    spared = [task for task, one in zip(tasks, drawn, strict=True) if not one]
    Task.objects.filter(pk=first.pk).update(review_rank=ReviewRank.LATER)
    assert say(people.ren, ACCEPT).status == TaskStatus.ACCEPTED, "one reads what was not drawn"
    assert spared or all(drawn)


def test_a_share_is_as_large_as_it_says_and_each_order_draws_its_own(people: Cast) -> None:
    order = WorkOrder(review_share=30)
    tasks = [Task(work_order=order) for _ in range(2000)]
    drawn = [is_drawn(task) for task in tasks]
    assert 520 <= sum(drawn) <= 680
    for task in tasks:
        task.work_order = WorkOrder(review_share=30)
    assert [is_drawn(task) for task in tasks] != drawn
    assert all(is_drawn(Task(work_order=WorkOrder(review_share=100))) for _ in range(50))


def test_by_risk_new_writers_and_flags_come_first(people: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotation.selectors.review_rules.NEW_UNTIL", 1)
    new, known, flagged = make_slots(people, 3, review_rule="risk")
    make_submission(new, people.wataru)
    say(people.ren, ACCEPT)
    make_submission(known, people.wataru)
    make_submission(flagged, people.wataru, untrusted=1)
    assert ranks([new, known, flagged]) == [ReviewRank.FIRST, ReviewRank.ORDINARY, ReviewRank.FIRST]
    assert review_claim(reviewer=people.ren) == flagged


def test_the_rule_stands_once_the_order_is_issued(people: Cast) -> None:
    order = make_task(people).work_order
    for change in ({"review_rule": "risk"}, {"review_share": 5}, {"reviewers_each": 2}, {"review_key": "00" * 32}):
        with pytest.raises(DatabaseError), transaction.atomic():
            WorkOrder.objects.filter(pk=order.pk).update(**change)
