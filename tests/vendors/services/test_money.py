"""The ledger and the statements over it."""

from datetime import date, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from config.access import RoleMissing
from config.errors import IllegalMove, NotFound
from tests.cast import Cast, cast
from tests.factories.vendors import make_earning, make_earning_at, make_work_order
from tests.races import at_once
from vendors.errors import TooEarly
from vendors.models import Earning, StatementTransition, WorkOrder
from vendors.selectors import earning_list_for, earning_totals_for, month_after, share_list, vendor_month_list_for
from vendors.services import earning_record, membership_end, membership_start, statement_approve, statement_pay
from vendors.services.money import consumption_tax
from vendors.services.orders import order_lock
from vendors.services.statements import statement_prepare

UTC = ZoneInfo("UTC")


@pytest.fixture
def order(people: Cast) -> WorkOrder:
    return make_work_order(by=people.minato, vendor=people.kaede, unit_price=333)


def test_an_acceptance_earns_the_orders_price(people: Cast, order: WorkOrder) -> None:
    line = make_earning(work_order=order, writer=people.wataru)
    assert (line.amount, line.currency, line.vendor, line.kind) == (333, "JPY", people.kaede, "acceptance")


def test_a_submission_earns_once(people: Cast, order: WorkOrder) -> None:
    submission = uuid4()
    first = make_earning(work_order=order, writer=people.wataru, submission_id=submission)
    again = make_earning(work_order=order, writer=people.wataru, submission_id=submission)
    assert again.pk == first.pk
    assert Earning.objects.count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_acceptances_at_once_make_one_line() -> None:
    people = cast()
    order = make_work_order(by=people.minato, vendor=people.kaede)
    submission, now = uuid4(), timezone.now()

    def accept() -> Earning:
        with transaction.atomic():
            return earning_record(
                vendor=people.kaede, writer=people.wataru, work_order=order, submission_id=submission, received_at=now
            )

    results = at_once(*[accept] * 6)
    assert {line.pk for line in results} == {Earning.objects.get().pk}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_line_is_entered_while_somebody_has_the_order() -> None:
    """Who takes a text back has its task already: waiting for who has the order, and wants the task, would be for ever."""
    people = cast()
    order = make_work_order(by=people.minato, vendor=people.kaede)
    with transaction.atomic():
        order_lock(order)
        (line,) = at_once(lambda: make_earning_soon(order, people))
    assert isinstance(line, Earning)


def make_earning_soon(order: WorkOrder, people: Cast) -> Earning:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        return make_earning(work_order=order, writer=people.wataru)


def test_the_ledger_cannot_be_changed(people: Cast, order: WorkOrder) -> None:
    line = make_earning(work_order=order, writer=people.wataru)
    with pytest.raises(DatabaseError), transaction.atomic():
        Earning.objects.filter(pk=line.pk).update(amount=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        line.delete()
    with pytest.raises(ValueError, match="owed to the vendor"):
        earning_record(
            vendor=people.sango, writer=people.rei, work_order=order, submission_id=uuid4(), received_at=timezone.now()
        )


def test_each_sees_their_own_lines(people: Cast, order: WorkOrder) -> None:
    make_earning(work_order=order, writer=people.wataru)
    make_earning(work_order=order, writer=people.wakana)
    seen = {
        name: earning_list_for(getattr(people, name)).count()
        for name in vars(people)
        if hasattr(getattr(people, name), "email")
    }
    assert seen == {
        "aoi": 2, "minato": 2, "fumi": 2, "ren": 0, "rin": 0,
        "luna": 2, "wataru": 1, "wakana": 1, "emi": 0, "riku": 0, "rei": 0,
    }  # fmt: skip


def test_a_writer_who_moves_keeps_sight_of_what_was_earned_before(people: Cast, order: WorkOrder) -> None:
    make_earning(work_order=order, writer=people.wataru)
    membership_end(membership=people.wataru.memberships.get(), by=people.luna)
    membership_start(user=people.wataru, organisation=people.sango, role="writer", by=people.aoi)
    assert [line.vendor for line in earning_list_for(people.wataru)] == [people.kaede]
    assert not earning_list_for(people.riku).exists()


@pytest.mark.parametrize(("net", "tax"), [(0, 0), (9, 0), (10, 1), (999, 99), (1009, 100), (-9, 0), (-19, -1)])
def test_tax_drops_its_fraction_once(net: int, tax: int) -> None:
    assert consumption_tax(net) == tax


def test_months_end_at_midnight_in_japan(people: Cast, order: WorkOrder) -> None:
    for at in (
        datetime(2026, 4, 30, 14, 59, 59, tzinfo=UTC),  # 23:59:59 on 30 April in Japan
        datetime(2026, 4, 30, 15, 0, 0, tzinfo=UTC),  # midnight: May
        datetime(2026, 12, 31, 15, 0, 0, tzinfo=UTC),  # the new year
    ):
        make_earning_at(at, work_order=order, writer=people.wataru)
    totals = [(total.month, total.line_count, total.amount) for total in earning_totals_for(people.luna)]
    assert totals == [(date(2027, 1, 1), 1, 333), (date(2026, 5, 1), 1, 333), (date(2026, 4, 1), 1, 333)]
    assert month_after(date(2026, 12, 1)) == date(2027, 1, 1)


def test_a_statement_sums_its_month_and_rounds_tax_once(people: Cast, order: WorkOrder) -> None:
    for _ in range(3):
        make_earning_at(datetime(2026, 5, 2, tzinfo=UTC), work_order=order, writer=people.wataru)
    make_earning_at(datetime(2026, 5, 3, tzinfo=UTC), work_order=order, writer=people.wakana, amount=-4)
    make_earning_at(datetime(2026, 6, 1, tzinfo=UTC), work_order=order, writer=people.wakana)
    statement = statement_prepare(vendor=people.kaede, month=date(2026, 5, 1), by=people.fumi)
    assert (statement.line_count, statement.net_amount, statement.tax_amount) == (4, 995, 99)
    assert statement.total_amount == 1094
    shares = [(share.writer, share.amount) for share in share_list(people.kaede, date(2026, 5, 1), "JPY")]
    assert shares == [("Wataru", 999), ("Wakana", -4)]


def test_a_statement_is_approved_then_paid_and_stays(people: Cast, order: WorkOrder) -> None:
    make_earning_at(datetime(2026, 5, 2, tzinfo=UTC), work_order=order, writer=people.wataru)
    statement = statement_prepare(vendor=people.kaede, month=date(2026, 5, 1), by=people.fumi)
    with pytest.raises(IllegalMove):
        statement_pay(statement=statement, by=people.fumi)
    make_earning_at(datetime(2026, 5, 9, tzinfo=UTC), work_order=order, writer=people.wataru)
    approved = statement_approve(statement=statement, by=people.minato)
    assert (approved.status, approved.net_amount, approved.line_count) == ("approved", 666, 2)
    with pytest.raises(IllegalMove):
        statement_approve(statement=statement, by=people.fumi)
    with pytest.raises(RoleMissing):
        statement_pay(statement=statement, by=people.minato)
    paid = statement_pay(statement=statement, by=people.fumi)
    assert paid.paid_at is not None
    assert statement_prepare(vendor=people.kaede, month=date(2026, 5, 1), by=people.fumi).status == "paid"
    assert StatementTransition.objects.filter(subject=paid).count() == 2


def test_a_month_that_runs_cannot_be_approved(people: Cast, order: WorkOrder) -> None:
    make_earning(work_order=order, writer=people.wataru)
    month = timezone.localdate().replace(day=1)
    statement = statement_prepare(vendor=people.kaede, month=month, by=people.fumi)
    with pytest.raises(TooEarly):
        statement_approve(statement=statement, by=people.fumi)


def test_statements_are_for_those_who_handle_money(people: Cast, order: WorkOrder) -> None:
    with pytest.raises(NotFound):
        statement_prepare(vendor=people.kaede, month=date(2026, 5, 1), by=people.fumi)
    make_earning(work_order=order, writer=people.wataru)
    for somebody in (people.ren, people.luna, people.wataru):
        with pytest.raises(RoleMissing):
            statement_prepare(vendor=people.kaede, month=timezone.localdate(), by=somebody)
    assert len(vendor_month_list_for(people.luna)) == 1
    for somebody in (people.riku, people.wataru, people.ren, people.emi):
        assert vendor_month_list_for(somebody) == []
