"""Who is written to when something waits for them; a letter that cannot leave undoes nothing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from tests.cast import Cast
from tests.factories.vendors import make_active_order, make_earning_at, make_work_order
from vendors.models import Letter
from vendors.services import (
    amendment_propose,
    statement_approve,
    statement_prepare,
    work_order_accept,
    work_order_decline,
    work_order_issue,
)
from vendors.services.alerts import due_soon_send
from vendors.services.letters import digests_send, letters_send

pytestmark = pytest.mark.usefixtures("supply")


def told() -> list[tuple[str, str]]:
    letters_send()
    found = [(letter.to[0].partition("@")[0], letter.subject.partition(" 2")[0]) for letter in mail.outbox]
    mail.outbox.clear()
    return found


def test_each_side_hears_of_what_waits_for_it(
    people: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        order = work_order_issue(order=make_work_order(by=people.minato, vendor=people.kaede), by=people.minato)
    assert f"/orders/{order.public_id}/" in Letter.objects.get().body
    assert told() == [("luna", "Order")]
    with django_capture_on_commit_callbacks(execute=True):
        work_order_accept(order=order, by=people.luna)
    assert told() == [("minato", "Order")]
    with django_capture_on_commit_callbacks(execute=True):
        amendment_propose(order=order, changes={"unit_price": 500}, why="Longer texts", by=people.luna)
    assert "Longer texts" in Letter.objects.latest("pk").body
    assert told() == [("minato", "An amendment of order")]
    with django_capture_on_commit_callbacks(execute=True):
        other = work_order_issue(order=make_work_order(by=people.minato, vendor=people.sango), by=people.minato)
        work_order_decline(order=other, by=people.riku, why="Full until May")
    assert "Full until May" in Letter.objects.latest("pk").body
    assert told() == [("riku", "Order"), ("minato", "Order")]


def test_a_lead_hears_of_the_statement(
    people: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    order = make_work_order(by=people.minato, vendor=people.kaede)
    make_earning_at(datetime(2026, 5, 2, tzinfo=UTC), work_order=order, writer=people.wataru)
    with django_capture_on_commit_callbacks(execute=True):
        made = statement_prepare(vendor=people.kaede, month=date(2026, 5, 1), by=people.fumi)
        statement_approve(statement=made, by=people.fumi)
    assert "¥528" in Letter.objects.get().body
    assert told() == [("luna", "Payment statement")]


def test_a_letter_that_cannot_leave_waits(people: Cast, settings: Any) -> None:
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    work_order_issue(order=make_work_order(by=people.minato, vendor=people.kaede), by=people.minato)
    assert letters_send() == 0
    settings.EMAIL_BACKEND = backend
    assert told() == [("luna", "Order")]
    assert told() == []


def test_what_was_undone_is_not_written_about(people: Cast) -> None:
    order = make_work_order(by=people.minato, vendor=people.kaede)
    with transaction.atomic():
        work_order_issue(order=order, by=people.minato)
        transaction.set_rollback(True)
    assert told() == []


def test_a_letter_that_may_have_left_is_not_sent_again(people: Cast) -> None:
    work_order_issue(order=make_work_order(by=people.minato, vendor=people.kaede), by=people.minato)
    Letter.objects.update(taken_at=timezone.now())  # by a process that died before it could say more
    assert told() == []


def test_by_choice_a_days_letters_come_as_one(people: Cast, client: Client) -> None:
    client.force_login(people.luna)
    assert client.get("/letters/").status_code == 200
    assert client.post("/letters/", {"letters": "never"}).status_code == 422
    assert client.post("/letters/", {"letters": "daily"}).status_code == 302
    first, second = (
        work_order_issue(order=make_work_order(by=people.minato, vendor=people.kaede), by=people.minato)
        for _ in range(2)
    )
    assert told() == []
    assert digests_send() == 1
    (letter,) = mail.outbox
    assert letter.subject == "2 messages from Hitode"
    assert first.number in letter.body
    assert second.number in letter.body
    assert digests_send() == 0
    people.luna.refresh_from_db()
    work_order_accept(order=first, by=people.luna)
    mail.outbox.clear()
    assert told() == [("minato", "Order")]


def test_who_was_suspended_and_what_is_old_is_not_written_to(people: Cast) -> None:
    work_order_issue(order=make_work_order(by=people.minato, vendor=people.kaede), by=people.minato)
    Letter.objects.update(at=timezone.now() - timedelta(days=8))
    assert told() == []
    work_order_issue(order=make_work_order(by=people.minato, vendor=people.kaede), by=people.minato)
    type(people.luna).objects.filter(pk=people.luna.pk).update(is_active=False)
    assert told() == []


def test_a_lead_hears_once_that_an_order_is_due_soon(people: Cast) -> None:
    due_on = timezone.localdate() + timedelta(days=3)
    order = make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede, due_on=due_on)
    make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede, due_on=due_on + timedelta(days=1))
    Letter.objects.all().delete()
    assert (due_soon_send(), due_soon_send()) == (1, 0)
    assert order.number in Letter.objects.get().subject
    assert told() == [("luna", "Order")]
