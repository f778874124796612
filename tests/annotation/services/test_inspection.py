"""What nobody inspected in time is paid for, once, whatever is decided afterwards."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import Submission
from annotation.services.inspection import uninspected_enter
from annotation.services.reviews import review_accept, review_claim, review_return
from annotation.services.submissions import submission_recall
from tests.cast import Cast, cast
from tests.factories.records import make_reason, make_slots, make_submission
from vendors.models import Earning
from vendors.progress import progress_by_order
from vendors.selectors import paid_for


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


@pytest.fixture
def sent(people: Cast) -> Submission:
    return make_submission(make_slots(people, inspection_days=7)[0], people.wataru)


def late() -> int:
    return uninspected_enter(now=timezone.now() + timedelta(days=8))


def test_the_last_day_of_inspection_is_not_late(sent: Submission) -> None:
    assert uninspected_enter(now=timezone.now() + timedelta(days=7)) == 0
    assert late() == 1
    line = Earning.objects.get()
    assert (line.kind, line.submission_id, line.amount) == ("uninspected", sent.public_id, 480)
    assert line.received_at == sent.at
    assert late() == 0


def test_accepted_later_it_earns_no_second_time(people: Cast, sent: Submission) -> None:
    late()
    task = review_claim(reviewer=people.ren)
    assert task is not None
    review_accept(reviewer=people.ren, task=task)
    assert Earning.objects.get().kind == "uninspected"


def test_returned_later_it_is_taken_back_and_the_next_version_earns(people: Cast, sent: Submission) -> None:
    late()
    task = review_claim(reviewer=people.ren)
    assert task is not None
    review_return(reviewer=people.ren, task=task, reasons=[make_reason().code], comment="Say which fish.")
    assert paid_for(sent.public_id) == 0
    task.refresh_from_db()
    second = make_submission(task, people.wataru)
    assert late() == 1
    assert paid_for(second.public_id) == 480
    assert sum(Earning.objects.values_list("amount", flat=True)) == 480


def test_recalled_it_is_taken_back(people: Cast, sent: Submission) -> None:
    late()
    submission_recall(writer=people.wataru, task=sent.task)
    assert paid_for(sent.public_id) == 0


def test_the_order_says_what_should_have_been_inspected(sent: Submission) -> None:
    order = sent.task.work_order
    assert progress_by_order({order.pk: 1})[order.pk].uninspected == 0
    type(sent.task).objects.filter(pk=sent.task.pk).update(submitted_at=timezone.now() - timedelta(days=9))
    assert progress_by_order({order.pk: 1})[order.pk].uninspected == 1
