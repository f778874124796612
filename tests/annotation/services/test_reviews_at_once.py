"""Judging when two act at the same moment: one of the two, once, and nobody is locked up."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from django.db import connections, transaction

from annotation.models import Review, Task
from annotation.services.blind_verdicts import verdict_enter
from annotation.services.reviews import VerdictForm, review_accept, review_claim, review_release
from tests.cast import Cast, cast
from tests.factories.records import make_review_held, make_slots, make_submission, make_task
from tests.races import at_once, somebody_waits, until
from vendors.models import Earning, WorkOrder
from vendors.services import work_order_close
from vendors.states import WorkOrderStatus


@pytest.fixture
def race(transactional_db: None) -> Cast:
    return cast()


@pytest.mark.race
def test_two_who_claim_at_once_get_different_texts(race: Cast) -> None:
    for task in make_slots(race, 3):
        make_submission(task, race.wataru)
    got = at_once(*(lambda who=who: review_claim(reviewer=who) for who in (race.ren, race.rin, race.minato)))
    assert len({task.pk for task in got}) == 3


@pytest.mark.race
def test_two_who_want_the_only_text_do_not_both_get_it(race: Cast) -> None:
    make_submission(make_task(race), race.wataru)
    got = at_once(*(lambda who=who: review_claim(reviewer=who) for who in (race.ren, race.rin, race.minato)))
    assert [task for task in got if task is not None] == [Task.objects.get()]


@pytest.mark.race
def test_accepting_at_once_in_two_windows_earns_once(race: Cast) -> None:
    task = make_review_held(make_submission(make_task(race), race.wataru), race.ren)
    got = at_once(*[lambda: review_accept(reviewer=race.ren, task=task)] * 4)
    assert sorted(type(one).__name__ for one in got) == ["Review"] + ["ReviewNotHeld"] * 3
    assert Earning.objects.count() == Review.objects.count() == 1


@pytest.mark.race
def test_accepting_while_the_writer_recalls_does_one_of_the_two(race: Cast) -> None:
    task = make_review_held(make_submission(make_task(race), race.wataru), race.ren)
    accepted, released = at_once(
        lambda: review_accept(reviewer=race.ren, task=task), lambda: review_release(reviewer=race.ren, task=task)
    )
    assert isinstance(accepted, Review) != (released is None)
    assert Earning.objects.count() == isinstance(accepted, Review)


@pytest.mark.race
def test_the_last_two_acceptances_at_once_complete_the_order(race: Cast) -> None:
    first, second = make_slots(race, 2)
    one = make_review_held(make_submission(first, race.wataru), race.ren)
    two = make_review_held(make_submission(second, race.wakana), race.rin)

    def accept_the_other() -> None:
        try:
            review_accept(reviewer=race.rin, task=two)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            review_accept(reviewer=race.ren, task=one)
            other = pool.submit(accept_the_other)
            wait([other], timeout=1)  # neither sees what the other has not committed
        other.result(timeout=10)
    first.work_order.refresh_from_db()
    assert first.work_order.status == WorkOrderStatus.COMPLETED


@pytest.mark.race
def test_accepting_while_the_order_is_closed_never_locks_up(race: Cast) -> None:
    for _ in range(3):
        first, second = make_slots(race, 2)
        task = make_review_held(make_submission(first, race.wataru), race.ren)
        order = second.work_order
        accepted, closed = at_once(
            lambda task=task: review_accept(reviewer=race.ren, task=task),
            lambda order=order: work_order_close(order=order, by=race.minato, why="No longer needed."),
        )
        assert isinstance(accepted, Review)
        assert not isinstance(closed, Exception)
        order.refresh_from_db()
        assert order.status == WorkOrderStatus.CLOSED


@pytest.mark.race
@pytest.mark.parametrize("verdict", ["accept", "reject"])
def test_a_verdict_waits_for_who_has_the_order_with_the_text_in_nobodys_way(race: Cast, verdict: str) -> None:
    """Whoever closes an order, a lot or a day locks the order and then its texts; a verdict must not begin at the other end."""
    task = make_review_held(make_submission(make_task(race), race.wataru), race.ren)
    form = VerdictForm(reasons=["instruction_missed"], comment="It is about something else.")

    def enter() -> Review | None:
        try:
            return verdict_enter(reviewer=race.ren, task=task, verdict=verdict, form=form)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            WorkOrder.objects.select_for_update().get()
            entered = pool.submit(enter)
            until(somebody_waits)
            Task.objects.select_for_update(nowait=True).get()
        assert isinstance(entered.result(timeout=10), Review)
