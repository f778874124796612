"""Who is written to when something waits for them; a letter that cannot leave undoes nothing."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core import mail
from pytest_django import DjangoCaptureOnCommitCallbacks

from tests.cast import Cast
from tests.factories.vendors import make_earning_at, make_work_order
from vendors.services import (
    amendment_propose,
    statement_approve,
    statement_prepare,
    work_order_accept,
    work_order_decline,
    work_order_issue,
)

pytestmark = pytest.mark.usefixtures("supply")


def told() -> list[tuple[str, str]]:
    found = [(letter.to[0].partition("@")[0], letter.subject.partition(" 2")[0]) for letter in mail.outbox]
    mail.outbox.clear()
    return found


def test_each_side_hears_of_what_waits_for_it(
    people: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        order = work_order_issue(order=make_work_order(by=people.minato, vendor=people.kaede), by=people.minato)
    assert f"/orders/{order.public_id}/" in mail.outbox[0].body
    assert told() == [("luna", "Order")]
    with django_capture_on_commit_callbacks(execute=True):
        work_order_accept(order=order, by=people.luna)
    assert told() == [("minato", "Order")]
    with django_capture_on_commit_callbacks(execute=True):
        amendment_propose(order=order, changes={"unit_price": 500}, why="Longer texts", by=people.luna)
    assert "Longer texts" in mail.outbox[0].body
    assert told() == [("minato", "An amendment of order")]
    with django_capture_on_commit_callbacks(execute=True):
        other = work_order_issue(order=make_work_order(by=people.minato, vendor=people.sango), by=people.minato)
        work_order_decline(order=other, by=people.riku, why="Full until May")
    assert "Full until May" in mail.outbox[1].body
    assert told() == [("riku", "Order"), ("minato", "Order")]


def test_a_lead_hears_of_the_statement(
    people: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    order = make_work_order(by=people.minato, vendor=people.kaede)
    make_earning_at(datetime(2026, 5, 2, tzinfo=UTC), work_order=order, writer=people.wataru)
    with django_capture_on_commit_callbacks(execute=True):
        made = statement_prepare(vendor=people.kaede, month=date(2026, 5, 1), by=people.fumi)
        statement_approve(statement=made, by=people.fumi)
    assert "¥528" in mail.outbox[0].body
    assert told() == [("luna", "Payment statement")]


def test_a_letter_that_cannot_leave_undoes_nothing(
    people: Cast, settings: Any, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    with django_capture_on_commit_callbacks(execute=True):
        order = work_order_issue(order=make_work_order(by=people.minato, vendor=people.kaede), by=people.minato)
    order.refresh_from_db()
    assert order.status == "issued"
