"""Those who pay are written to before the sixty days end, once a day."""

from datetime import timedelta

from django.core import mail
from django.test import Client
from django.utils import timezone

from tests.cast import Cast
from tests.factories.vendors import make_earning, make_work_order
from vendors.services.alerts import due_alerts_send
from vendors.services.letters import letters_send


def test_finance_and_owners_are_told_once_a_day(people: Cast) -> None:
    order = make_work_order(by=people.minato, vendor=people.kaede)
    make_earning(work_order=order, writer=people.wataru)
    assert due_alerts_send() == 0  # received today: there is time
    make_earning(work_order=order, writer=people.wataru, received_at=timezone.now() - timedelta(days=50))
    assert due_alerts_send() == 2
    assert due_alerts_send() == 0
    letters_send()
    assert {letter.to[0] for letter in mail.outbox} == {people.aoi.email, people.fumi.email}
    assert all("Kaede Writing" in letter.body and "/statements/" in letter.body for letter in mail.outbox)


def test_the_operator_says_who_it_is(people: Cast, client: Client) -> None:
    client.force_login(people.fumi)
    assert client.get("/our-particulars/").status_code == 403
    client.force_login(people.minato)
    particulars = {
        "name": "株式会社人手",
        "name_latin": "",
        "registration_number": "T5835678256246",
        "address": "東京都",
    }
    assert client.post("/our-particulars/", {**particulars, "registration_number": "T1"}).status_code == 422
    assert client.post("/our-particulars/", particulars).status_code == 302
    people.operator.refresh_from_db()
    assert (people.operator.name, people.operator.is_active) == ("株式会社人手", True)
