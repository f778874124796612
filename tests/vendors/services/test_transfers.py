"""Bank accounts that finance alone can read, and transfers that pay statements."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from config.access import RoleMissing
from config.errors import BadInput, NotFound
from tests.cast import Cast
from tests.factories.vendors import make_earning_at, make_work_order
from vendors.errors import BankAccountMissing, NothingToTransfer, TransferDone, TransferOpen
from vendors.models import BankAccount, Statement
from vendors.papers.zengin import Account
from vendors.services import (
    bank_account_enter,
    bank_account_open,
    statement_approve,
    statement_pay,
    statement_prepare,
    transfer_confirm,
    transfer_discard,
    transfer_make,
    transfer_open,
)
from vendors.services.transfers import is_too_late

PAYER = Account("0001", "ミズホ", "001", "ホンテン", "2", "1234567", "カ)ヒトデ", "0123456789")
PAYEE = Account("0310", "アオゾラ", "101", "ホウジン", "1", "7654321", "カ)カエデ")


def weekday() -> date:
    day = timezone.localdate()
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


@pytest.fixture
def approved(people: Cast) -> Statement:
    order = make_work_order(by=people.minato, vendor=people.kaede, unit_price=333)
    make_earning_at(datetime(2026, 5, 2, tzinfo=UTC), work_order=order, writer=people.wataru)
    statement = statement_prepare(vendor=people.kaede, month=date(2026, 5, 1), by=people.fumi)
    return statement_approve(statement=statement, by=people.fumi)


def enter_both(people: Cast) -> None:
    bank_account_enter(organisation=people.operator, account=PAYER, by=people.fumi)
    bank_account_enter(organisation=people.kaede, account=PAYEE, by=people.luna)


def test_an_account_is_kept_sealed_and_read_by_finance_alone(people: Cast) -> None:
    enter_both(people)
    sealed = bytes(BankAccount.objects.get(organisation=people.kaede).sealed)
    assert b"7654321" not in sealed
    assert bank_account_open(organisation=people.kaede, by=people.fumi) == PAYEE
    for somebody in (people.aoi, people.minato, people.ren, people.luna, people.wataru, people.riku):
        with pytest.raises(RoleMissing):
            bank_account_open(organisation=people.kaede, by=somebody)


def test_a_lead_enters_the_own_vendors_account_alone(people: Cast) -> None:
    with pytest.raises(NotFound):
        bank_account_enter(organisation=people.kaede, account=PAYEE, by=people.riku)
    with pytest.raises(RoleMissing):
        bank_account_enter(organisation=people.kaede, account=PAYEE, by=people.wataru)
    with pytest.raises(BadInput):
        bank_account_enter(organisation=people.kaede, account=replace(PAYEE, holder="楓執筆社"), by=people.luna)


def test_a_new_key_opens_what_the_old_one_sealed(people: Cast, settings: Any) -> None:
    enter_both(people)
    settings.SEALING_KEYS = ["another" * 9, *settings.SEALING_KEYS]
    assert bank_account_open(organisation=people.kaede, by=people.fumi) == PAYEE
    settings.SEALING_KEYS = settings.SEALING_KEYS[:1]
    with pytest.raises(ImproperlyConfigured):
        bank_account_open(organisation=people.kaede, by=people.fumi)


def test_a_transfer_pays_what_is_approved(people: Cast, approved: Statement) -> None:
    with pytest.raises(BankAccountMissing, match="Hitode"):
        transfer_make(pay_on=weekday(), by=people.fumi)
    enter_both(people)
    for somebody in (people.aoi, people.minato, people.luna):
        with pytest.raises(RoleMissing):
            transfer_make(pay_on=weekday(), by=somebody)
    transfer = transfer_make(pay_on=weekday(), by=people.fumi)
    assert (transfer.count, transfer.amount) == (1, 366)
    assert b"0000000366" in transfer_open(transfer=transfer, by=people.fumi)
    with pytest.raises(NothingToTransfer):
        transfer_make(pay_on=weekday(), by=people.fumi)
    with pytest.raises(TransferOpen):
        statement_pay(statement=approved, by=people.fumi)
    transfer_confirm(transfer=transfer, by=people.fumi)
    approved.refresh_from_db()
    assert approved.status == "paid"
    with pytest.raises(TransferDone):
        transfer_discard(transfer=transfer, by=people.fumi)


def test_a_discarded_file_lets_its_statements_go(people: Cast, approved: Statement) -> None:
    enter_both(people)
    first = transfer_make(pay_on=weekday(), by=people.fumi)
    transfer_discard(transfer=first, by=people.fumi)
    with pytest.raises(TransferDone):
        transfer_confirm(transfer=first, by=people.fumi)
    assert transfer_make(pay_on=weekday(), by=people.fumi).pk != first.pk


@pytest.mark.parametrize(
    ("pay_by", "pay_on", "today", "is_late"),
    [
        ("2026-12-31", "2026-12-31", "2026-12-01", False),
        ("2026-12-31", "2027-01-04", "2026-12-31", True),
        ("2026-12-31", "2027-01-04", "2027-01-01", False),  # late already: the sooner the better
        ("2026-11-29", "2026-11-30", "2026-11-27", True),  # a Sunday, and it is Friday
        ("2026-11-29", "2026-11-30", "2026-11-28", False),  # no weekday is left
    ],
)
def test_a_transfer_after_the_last_day_of_payment_is_too_late(
    pay_by: str, pay_on: str, today: str, is_late: bool
) -> None:
    assert is_too_late(*(date.fromisoformat(day) for day in (pay_by, pay_on, today))) is is_late


def test_a_statement_that_can_be_paid_in_time_is(people: Cast) -> None:
    enter_both(people)
    today = timezone.localdate()
    order = make_work_order(by=people.minato, vendor=people.kaede, unit_price=333)
    make_earning_at(timezone.now().replace(day=1) - timedelta(days=2), work_order=order, writer=people.wataru)
    month = (today.replace(day=1) - timedelta(days=2)).replace(day=1)
    statement = statement_prepare(vendor=people.kaede, month=month, by=people.fumi)
    pay_by = statement_approve(statement=statement, by=people.fumi).pay_by
    late = pay_by + timedelta(days=7 - pay_by.weekday())
    if is_too_late(pay_by, late, today):
        with pytest.raises(BadInput, match="has to be paid by"):
            transfer_make(pay_on=late, by=people.fumi)
    assert transfer_make(pay_on=min(weekday(), late), by=people.fumi).count == 1


def test_banks_are_closed_at_weekends_and_yesterday(people: Cast, approved: Statement) -> None:
    enter_both(people)
    saturday = weekday()
    while saturday.weekday() != 5:
        saturday += timedelta(days=1)
    for day in (saturday, timezone.localdate() - timedelta(days=1)):
        with pytest.raises(BadInput):
            transfer_make(pay_on=day, by=people.fumi)
