"""Work orders: numbers, moves, refusals, races."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import InternalError, connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from config.access import RoleMissing
from config.errors import BadInput, DomainError, IllegalMove, NotFound
from tests.cast import Cast, cast_here
from tests.factories.vendors import make_active_order, make_guideline, make_work_order
from tests.races import at_once
from tests.vendors.conftest import make_supply
from vendors.models import WorkOrder, WorkOrderTransition
from vendors.services import (
    work_order_accept,
    work_order_activate,
    work_order_cancel,
    work_order_close,
    work_order_complete,
    work_order_decline,
    work_order_issue,
)
from vendors.signals import work_order_moved

pytestmark = pytest.mark.usefixtures("supply")


def moves(order: WorkOrder) -> list[tuple[str, str]]:
    return list(
        WorkOrderTransition.objects.filter(subject=order).order_by("pk").values_list("from_status", "to_status")
    )


def test_numbers_count_up_within_the_year(people: Cast) -> None:
    year = timezone.localdate().year
    first = make_work_order(by=people.minato, vendor=people.kaede)
    second = make_work_order(by=people.aoi, vendor=people.sango)
    assert [first.number, second.number] == [f"{year}-0001", f"{year}-0002"]


def test_the_ten_thousandth_number_is_followed_by_the_next(people: Cast) -> None:
    year = timezone.localdate().year
    order = make_work_order(by=people.minato, vendor=people.kaede)
    WorkOrder.objects.filter(pk=order.pk).update(number=f"{year}-9999")
    assert make_work_order(by=people.minato, vendor=people.kaede).number == f"{year}-10000"
    assert make_work_order(by=people.minato, vendor=people.kaede).number == f"{year}-10001"


def test_an_accepted_order_is_active_at_once_and_every_move_is_logged(people: Cast) -> None:
    order = make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede)
    assert order.status == "active"
    assert order.issued_at is not None
    assert order.answered_at is not None
    assert moves(order) == [("draft", "issued"), ("issued", "accepted_by_vendor"), ("accepted_by_vendor", "active")]
    work_order_complete(order=order, by=None)
    work_order_activate(order=order, by=people.aoi)
    work_order_close(order=order, by=people.aoi, why="Enough.")
    order.refresh_from_db()
    assert order.status == "closed"


def test_a_move_is_told_inside_its_transaction_and_a_refusal_undoes_it(people: Cast) -> None:
    heard: list[Any] = []

    def refuse(*, order: WorkOrder, old: str, new: str, by: Any, **_: Any) -> None:
        heard.append((old, new, by, connection.in_atomic_block))
        raise DomainError("Not today")

    order = make_work_order(by=people.minato, vendor=people.kaede)
    work_order_moved.connect(refuse)
    try:
        with pytest.raises(DomainError, match="Not today"):
            work_order_issue(order=order, by=people.minato)
    finally:
        work_order_moved.disconnect(refuse)
    assert heard == [("draft", "issued", people.minato, True)]
    order.refresh_from_db()
    assert (order.status, order.issued_at, moves(order)) == ("draft", None, [])


def test_an_order_larger_than_the_supply_is_not_issued(people: Cast) -> None:
    order = make_work_order(by=people.minato, vendor=people.kaede, quantity=500)
    with pytest.raises(DomainError) as refused:
        work_order_issue(order=order, by=people.minato)
    assert refused.value.code == "not_enough_instructions"
    order.refresh_from_db()
    assert order.status == "draft"


def test_a_vendor_declines_with_a_reason(people: Cast) -> None:
    order = work_order_issue(order=make_work_order(by=people.minato, vendor=people.kaede), by=people.minato)
    with pytest.raises(BadInput):
        work_order_decline(order=order, by=people.luna, why="  ")
    work_order_decline(order=order, by=people.luna, why="The price is too low.")
    assert order.status == "cancelled"
    last = WorkOrderTransition.objects.filter(subject=order).latest("pk")
    assert (last.why, last.actor_id) == ("The price is too low.", str(people.luna.pk))


def test_only_management_orders_and_only_the_vendors_lead_answers(people: Cast) -> None:
    for somebody in (people.ren, people.fumi, people.luna, people.wataru, people.emi):
        with pytest.raises(RoleMissing):
            make_work_order(by=somebody, vendor=people.kaede)
    order = make_work_order(by=people.minato, vendor=people.kaede)
    with pytest.raises(RoleMissing):
        work_order_issue(order=order, by=people.ren)
    work_order_issue(order=order, by=people.minato)
    for somebody in (people.wataru, people.minato, people.emi):
        with pytest.raises(RoleMissing):
            work_order_accept(order=order, by=somebody)
    with pytest.raises(NotFound):
        work_order_accept(order=order, by=people.riku)


def test_moves_that_do_not_exist_are_refused(people: Cast) -> None:
    draft = make_work_order(by=people.minato, vendor=people.kaede)
    with pytest.raises(IllegalMove):
        work_order_accept(order=draft, by=people.luna)
    with pytest.raises(IllegalMove):
        work_order_decline(order=draft, by=people.luna, why="No.")
    active = make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede, quantity=2)
    with pytest.raises(IllegalMove):
        work_order_cancel(order=active, by=people.minato, why="Too late.")
    with pytest.raises(IllegalMove):
        work_order_decline(order=active, by=people.luna, why="Too late.")


def test_terms_must_make_sense(people: Cast) -> None:
    with pytest.raises(BadInput):
        make_work_order(by=people.minato, vendor=people.operator)
    with pytest.raises(BadInput):
        make_work_order(by=people.minato, vendor=people.kaede, min_characters=10, max_characters=9)
    late = make_work_order(by=people.minato, vendor=people.kaede, due_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(BadInput):
        work_order_issue(order=late, by=people.minato)


@pytest.mark.parametrize(
    "changes",
    [
        {"unit_price": 1},
        {"quantity": 99},
        {"currency": "USD"},
        {"due_on": "2030-01-01"},
        {"reference_policy": "visible"},
    ],
)
def test_the_database_keeps_what_was_agreed(people: Cast, changes: dict[str, Any]) -> None:
    draft = make_work_order(by=people.minato, vendor=people.kaede)
    WorkOrder.objects.filter(pk=draft.pk).update(unit_price=500)
    work_order_issue(order=draft, by=people.minato)
    with pytest.raises((InternalError, DatabaseError)), transaction.atomic():
        WorkOrder.objects.filter(pk=draft.pk).update(**changes)
    draft.refresh_from_db()
    assert (draft.unit_price, draft.quantity) == (500, 10)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_orders_made_at_once_get_different_numbers() -> None:
    people = cast_here()
    guideline = make_guideline()
    jobs = [
        lambda: make_work_order(by=people.minato, vendor=people.kaede, guideline_version=guideline) for _ in range(8)
    ]
    numbers = {order.number for order in at_once(*jobs)}
    assert len(numbers) == 8


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_an_order_accepted_and_cancelled_at_once_ends_one_way() -> None:
    people = cast_here()
    make_supply(4)
    order = work_order_issue(order=make_work_order(by=people.minato, vendor=people.kaede, quantity=4), by=people.minato)
    mine, theirs = WorkOrder.objects.get(pk=order.pk), WorkOrder.objects.get(pk=order.pk)
    accepted, cancelled = at_once(
        lambda: work_order_accept(order=mine, by=people.luna),
        lambda: work_order_cancel(order=theirs, by=people.minato, why="Changed our minds."),
    )
    order.refresh_from_db()
    refused = [result for result in (accepted, cancelled) if isinstance(result, IllegalMove)]
    assert len(refused) == 1
    assert order.status == ("active" if cancelled in refused else "cancelled")


STANDING = {
    "number": "2099-0001",
    "title": "Another title",
    "quantity": 11,
    "unit_price": 1,
    "currency": "USD",
    "language": "en",
    "reference_policy": "visible",
    "min_characters": 7,
    "max_characters": 3999,
    "lease_seconds": 61,
    "rework_rounds": 9,
    "inspection_days": 59,
    "due_on": date(2099, 1, 1),
    "note": "Another note",
}


@pytest.mark.parametrize("term", STANDING)
def test_no_term_changes_after_issue(people: Cast, supply: None, term: str) -> None:
    order = work_order_issue(order=make_work_order(by=people.minato, vendor=people.kaede), by=people.minato)
    with pytest.raises(DatabaseError), transaction.atomic():
        WorkOrder.objects.filter(pk=order.pk).update(**{term: STANDING[term]})
