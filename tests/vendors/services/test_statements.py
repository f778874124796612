"""The sixty days, corrections, and statements that stay as they were approved."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from config.access import RoleMissing
from config.errors import BadInput
from tests.cast import Cast
from tests.factories.vendors import make_earning, make_earning_at, make_work_order
from vendors.errors import CorrectionTooLarge
from vendors.models import Statement, WorkOrder
from vendors.selectors import due_list, last_pay_day
from vendors.services import (
    earning_correct,
    organisation_update,
    statement_approve,
    statement_pay,
    statement_prepare,
    statements_prepare,
)

MAY = date(2026, 5, 1)


@pytest.fixture
def order(people: Cast) -> WorkOrder:
    return make_work_order(by=people.minato, vendor=people.kaede, unit_price=333)


def approve(people: Cast) -> Statement:
    statement = statement_prepare(vendor=people.kaede, month=MAY, by=people.fumi)
    return statement_approve(statement=statement, by=people.fumi)


def test_the_day_of_receipt_is_the_first_of_sixty() -> None:
    assert last_pay_day(datetime(2026, 4, 30, 15, 0, tzinfo=UTC)) == date(2026, 6, 29)  # 1 May in Japan
    assert last_pay_day(datetime(2026, 4, 30, 14, 59, tzinfo=UTC)) == date(2026, 6, 28)


def test_work_accepted_long_after_it_came_is_paid_with_the_month_it_came_in(people: Cast, order: WorkOrder) -> None:
    line = make_earning(work_order=order, writer=people.wataru, received_at=datetime(2026, 5, 31, 14, 0, tzinfo=UTC))
    assert line.month == MAY
    assert approve(people).pay_by == date(2026, 6, 30)  # the end of the following month; day sixty would be 29 July
    late = make_earning(work_order=order, writer=people.wataru, received_at=datetime(2026, 5, 2, tzinfo=UTC))
    assert late.month == date(2026, 6, 1)  # May is closed
    statement = statement_prepare(vendor=people.kaede, month=date(2026, 6, 1), by=people.fumi)
    assert statement.pay_by == date(2026, 6, 30)  # day sixty of what came on 2 May, not the end of July


def test_what_is_due_is_told_until_it_is_paid(people: Cast, order: WorkOrder) -> None:
    make_earning(work_order=order, writer=people.wataru, received_at=datetime(2026, 5, 1, tzinfo=UTC))
    assert due_list(date(2026, 6, 10), 14) == []
    due = due_list(date(2026, 6, 20), 14)
    assert [(one.vendor, one.month, one.pay_by, one.days, one.is_past) for one in due] == [
        (people.kaede, MAY, date(2026, 6, 29), 9, False)
    ]
    assert due_list(date(2026, 6, 30), 14)[0].is_past
    statement_pay(statement=approve(people), by=people.fumi)
    assert due_list(date(2026, 6, 30), 14) == []


def test_a_correction_is_a_line_of_its_own(people: Cast, order: WorkOrder) -> None:
    line = make_earning(work_order=order, writer=people.wataru, received_at=datetime(2026, 5, 1, tzinfo=UTC))
    for somebody in (people.minato, people.luna, people.wataru):
        with pytest.raises(RoleMissing):
            earning_correct(line=line, amount=-3, why="agreed", by=somebody)
    for amount, why in ((0, "agreed"), (-3, " ")):
        with pytest.raises(BadInput):
            earning_correct(line=line, amount=amount, why=why, by=people.fumi)
    with pytest.raises(CorrectionTooLarge):
        earning_correct(line=line, amount=-334, why="agreed", by=people.fumi)
    new = earning_correct(line=line, amount=-3, why="agreed", by=people.fumi)
    assert (new.kind, new.amount, new.month, new.by) == ("correction", -3, MAY, people.fumi)
    statement = approve(people)
    assert (statement.net_amount, statement.tax_amount, statement.line_count) == (330, 33, 2)
    later = earning_correct(line=line, amount=-330, why="paid twice", by=people.fumi)
    assert later.month == date(2026, 6, 1)


def test_an_approved_statement_says_what_it_said(people: Cast, order: WorkOrder) -> None:
    make_earning(work_order=order, writer=people.wataru, received_at=datetime(2026, 5, 1, tzinfo=UTC))
    statement = approve(people)
    organisation_update(
        organisation=people.kaede, name="Kaede Holdings", name_latin="", registration_number="", address="",
        is_active=True, by=people.aoi,
    )  # fmt: skip
    statement.refresh_from_db()
    assert statement.document is not None and statement.document["vendor"]["name"] == "Kaede Writing"
    for changes in ({"total_amount": 1, "net_amount": 1, "tax_amount": 0}, {"document": {}}, {"pay_by": MAY}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Statement.objects.filter(pk=statement.pk).update(**changes)


def test_every_vendors_statement_is_made_at_once(people: Cast, order: WorkOrder) -> None:
    make_earning_at(datetime(2026, 5, 2, tzinfo=UTC), work_order=order, writer=people.wataru)
    rival = make_work_order(by=people.minato, vendor=people.sango)
    make_earning_at(datetime(2026, 5, 3, tzinfo=UTC), work_order=rival, writer=people.rei)
    made = statements_prepare(month=MAY, by=people.fumi)
    assert [(one.vendor.name, one.net_amount) for one in made] == [("Kaede Writing", 333), ("Sango Texts", 480)]


def test_a_submission_is_entered_in_one_way_alone(people: Cast, order: WorkOrder) -> None:
    submission = uuid4()
    first = make_earning(work_order=order, writer=people.wataru, submission_id=submission)
    again = make_earning(work_order=order, writer=people.wataru, submission_id=submission)
    assert first == again
