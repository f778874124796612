"""The rooms of money: statements line by line, corrections, accounts and transfers, and who may enter."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.cast import Cast
from tests.factories.vendors import make_earning_at, make_work_order
from vendors.models import Earning, Statement, Transfer
from vendors.services import statement_approve, statement_prepare

ACCOUNT = {
    "bank_code": "０３１０", "bank_name": "アオゾラ", "branch_code": "101", "branch_name": "ﾎｳｼﾞﾝ", "kind": "1",
    "number": "7654321", "holder": "カ）カエデ",
}  # fmt: skip


@pytest.fixture
def line(people: Cast) -> Earning:
    order = make_work_order(by=people.minato, vendor=people.kaede, unit_price=333)
    return make_earning_at(datetime(2026, 5, 2, tzinfo=UTC), work_order=order, writer=people.wataru)


@pytest.fixture
def statement(people: Cast, line: Earning) -> Statement:
    made = statement_prepare(vendor=people.kaede, month=date(2026, 5, 1), by=people.fumi)
    return statement_approve(statement=made, by=people.fumi)


def weekday() -> str:
    day = timezone.localdate() + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day.isoformat()


def test_who_may_enter(people: Cast, client: Client, statement: Statement, line: Earning) -> None:
    month = f"/statements/{people.kaede.public_id}/2026-05/"
    pages = {
        month: "ok ok ok no ok gone no",
        f"{month}lines/": "ok ok ok no ok gone no",
        f"{month}pdf/": "ok ok ok no ok gone no",
        f"{month}csv/": "ok ok ok no ok gone no",
        f"{month}lines/{line.pk}/correct/": "ok no ok no no no no",
        f"/vendors/{people.kaede.public_id}/bank/": "no no ok no ok gone no",
        "/payer/": "no no ok no no no no",
        "/transfers/": "no no ok no no no no",
    }
    codes = {"ok": 200, "no": 403, "gone": 404}
    somebody = (people.aoi, people.minato, people.fumi, people.ren, people.luna, people.riku, people.wataru)
    found = {page: [] for page in pages}
    for person in somebody:
        client.force_login(person)
        for page in pages:
            found[page].append(client.get(page).status_code)
    assert found == {page: [codes[word] for word in told.split()] for page, told in pages.items()}


def test_a_draft_has_no_paper_yet(people: Cast, client: Client, line: Earning) -> None:
    statement_prepare(vendor=people.kaede, month=date(2026, 5, 1), by=people.fumi)
    client.force_login(people.fumi)
    assert client.get(f"/statements/{people.kaede.public_id}/2026-05/pdf/").status_code == 404


def test_csv_tells_every_line_and_no_formula(people: Cast, client: Client, line: Earning) -> None:
    client.force_login(people.luna)
    response = client.get(f"/statements/{people.kaede.public_id}/2026-05/csv/")
    text = response.content.decode("utf-8-sig")
    assert text.splitlines()[1].endswith(",Wataru,333,JPY,")
    assert "no-store" in response["Cache-Control"]


def test_a_correction_is_entered_from_its_page(people: Cast, client: Client, line: Earning) -> None:
    client.force_login(people.fumi)
    page = f"/statements/{people.kaede.public_id}/2026-05/lines/{line.pk}/correct/"
    assert client.post(page, {"amount": "-3", "why": ""}).status_code == 422
    assert client.post(page, {"amount": "-3.5", "why": "agreed"}).status_code == 422
    assert client.post(page, {"amount": "-400", "why": "agreed"}).status_code == 409
    assert client.post(page, {"amount": "-3", "why": "agreed"}).status_code == 302
    assert [one.amount for one in Earning.objects.order_by("pk")] == [333, -3]


def test_from_an_account_to_a_paid_statement(people: Cast, client: Client, statement: Statement) -> None:
    client.force_login(people.luna)
    bank = f"/vendors/{people.kaede.public_id}/bank/"
    assert client.post(bank, {**ACCOUNT, "holder": "楓"}).status_code == 422
    assert client.post(bank, ACCOUNT).status_code == 302
    assert "7654321" not in client.get(bank).content.decode()
    client.force_login(people.fumi)
    assert "7654321" in client.get(bank).content.decode()
    assert client.post("/transfers/", {"pay_on": weekday()}).status_code == 409
    assert client.post("/payer/", {**ACCOUNT, "client_code": "0123456789"}).status_code == 302
    assert client.post("/transfers/", {"pay_on": weekday()}).status_code == 302
    transfer = Transfer.objects.get()
    assert len(client.get(f"/transfers/{transfer.public_id}/file/").content) == 4 * 122
    assert client.post(f"/transfers/{transfer.public_id}/confirm/").status_code == 302
    statement.refresh_from_db()
    assert statement.status == "paid"


def test_the_list_warns_before_the_sixty_days_end(people: Cast, client: Client, line: Earning) -> None:
    client.force_login(people.fumi)
    page = client.get("/statements/").content.decode()
    assert "To be paid soon" in page and "Late" in page
    client.force_login(people.luna)
    assert "To be paid soon" not in client.get("/statements/").content.decode()
    client.force_login(people.fumi)
    assert client.post("/statements/prepare/").status_code == 302
