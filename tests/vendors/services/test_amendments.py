"""Versions of an order's terms: the first at issue, others when both sides agree."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from annotation.models import Task
from config.access import RoleMissing
from config.errors import BadInput, DomainError, NotAllowed, NotFound
from tests.cast import Cast
from tests.factories.vendors import make_active_order, make_earning, make_work_order
from vendors.errors import AmendmentAnswered, AmendmentOpen, NotAmendable
from vendors.models import OrderVersion, WorkOrder
from vendors.services import (
    amendment_accept,
    amendment_decline,
    amendment_propose,
    work_order_decline,
    work_order_issue,
)

pytestmark = pytest.mark.usefixtures("supply")


@pytest.fixture
def order(people: Cast) -> WorkOrder:
    return make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede, unit_price=480)


def propose(people: Cast, order: WorkOrder, **changes: object) -> OrderVersion:
    return amendment_propose(order=order, changes=changes, why="More was asked for", by=people.minato)


def test_issuing_writes_the_document_down(people: Cast) -> None:
    order = work_order_issue(order=make_work_order(by=people.minato, vendor=people.kaede), by=people.minato)
    version = order.versions.get()
    said = dict(version.document["rows"])
    assert said["数量"] == "10件" and "¥480" in said["報酬の額"] and "¥4,800" in said["報酬の額"]
    assert version.accepted_at is None
    assert {"業務委託をした日", "給付の内容", "納期", "納入場所・方法", "検収", "報酬の額", "支払期日・方法"} <= set(
        said
    )
    work_order_decline(order=order, by=people.luna, why="Too many")
    version.refresh_from_db()
    assert (version.declined_why, version.answered_by) == ("Too many", people.luna)
    for changes in ({"document": {}}, {"terms": {}}, {"declined_at": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            OrderVersion.objects.filter(pk=version.pk).update(**changes)


def test_an_amendment_is_in_force_when_the_other_side_accepts(people: Cast, order: WorkOrder) -> None:
    before = make_earning(work_order=order, writer=people.wataru)
    version = propose(people, order, unit_price=600, quantity=12)
    order.refresh_from_db()
    assert (order.unit_price, order.version) == (480, 1)
    with pytest.raises(NotAllowed):
        amendment_accept(version=version, by=people.aoi)
    with pytest.raises(NotFound):
        amendment_accept(version=version, by=people.riku)
    with pytest.raises(RoleMissing):
        amendment_accept(version=version, by=people.wataru)
    order = amendment_accept(version=version, by=people.luna)
    assert (order.unit_price, order.quantity, order.version) == (600, 12, 2)
    assert Task.objects.filter(work_order=order, is_open=True).count() == 12
    assert before.amount == 480
    assert make_earning(work_order=order, writer=people.wataru).amount == 600
    # What was received before keeps the price it was delivered under, whenever it is accepted.
    received = version.proposed_at - timedelta(minutes=1)
    assert make_earning(work_order=order, writer=people.wataru, received_at=received).amount == 480
    with pytest.raises(AmendmentAnswered):
        amendment_decline(version=version, by=people.luna, why="Changed my mind")


def test_a_vendor_may_propose_and_take_back(people: Cast, order: WorkOrder) -> None:
    later = order.due_on + timedelta(days=10)
    version = amendment_propose(order=order, changes={"due_on": later}, why="Illness", by=people.luna)
    with pytest.raises(AmendmentOpen):
        propose(people, order, unit_price=500)
    amendment_decline(version=version, by=people.luna, why="All are well again")
    again = amendment_propose(order=order, changes={"due_on": later}, why="Illness after all", by=people.luna)
    assert again.version == 2
    order = amendment_accept(version=again, by=people.minato)
    assert order.due_on == later
    assert set(Task.objects.filter(work_order=order).values_list("due_on", flat=True)) == {later}


def test_fewer_outputs_are_taken_from_what_nobody_began(people: Cast, order: WorkOrder) -> None:
    amendment_accept(version=propose(people, order, quantity=4), by=people.luna)
    assert Task.objects.filter(work_order=order, status="queued").count() == 4
    Task.objects.filter(work_order=order, status="queued").update(is_open=False)
    order.refresh_from_db()
    version = propose(people, order, quantity=100)
    with pytest.raises(DomainError):  # there are not so many instructions: nothing is accepted
        amendment_accept(version=version, by=people.luna)
    version.refresh_from_db()
    order.refresh_from_db()
    assert version.accepted_at is None and order.quantity == 4


def test_what_cannot_be_amended(people: Cast, order: WorkOrder) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    for changes in ({}, {"unit_price": 480}, {"language": "en"}, {"due_on": yesterday}):
        with pytest.raises(BadInput):
            propose(people, order, **changes)
    with pytest.raises(NotAmendable):
        propose(people, make_work_order(by=people.minato, vendor=people.kaede), quantity=5)
    with pytest.raises(NotFound):
        amendment_propose(order=order, changes={"quantity": 5}, why="Mine", by=people.riku)
    with pytest.raises(DatabaseError), transaction.atomic():
        WorkOrder.objects.filter(pk=order.pk).update(unit_price=1, version=2)
