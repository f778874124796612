"""Whatever happens in whatever order, the money adds up: random histories of deliveries, verdicts, corrections and payments."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import DomainError
from tests.cast import Cast
from tests.factories.vendors import make_work_order
from vendors.models import Earning, Organisation, Statement, User, WorkOrder
from vendors.selectors import last_pay_day, month_after
from vendors.services import (
    earning_correct,
    earning_record,
    earning_take_back,
    statement_approve,
    statement_pay,
    statement_prepare,
)
from vendors.services.money import consumption_tax

HISTORIES = 1000
FIRST = datetime(2026, 3, 30, tzinfo=UTC)
DAYS, WORKS = 100, 5  # deliveries fall into a spring that is over; a history is about so many texts

OF_A_WORK = ["accept", "pass_lot", "pass_date", "return", "correct"]

works = st.integers(0, WORKS - 1)
events = st.one_of(
    st.tuples(st.just("deliver"), works, st.integers(0, DAYS * 24)),
    st.tuples(st.sampled_from(OF_A_WORK[:-1]), works),
    st.tuples(st.just("correct"), works, st.integers(-700, 700)),
    st.tuples(st.sampled_from(["prepare", "approve", "pay"]), st.integers(3, 7)),
)


class History:
    """Carries events out through the services, and keeps its own simple books beside them."""

    def __init__(self, people: Cast, orders: list[WorkOrder]) -> None:
        self.people, self.orders = people, orders
        self.works: dict[int, tuple[UUID, datetime]] = {}
        self.books: dict[UUID, int] = defaultdict(int)

    def run(self, name: str, which: int, *rest: int) -> None:
        if name in OF_A_WORK and which not in self.works:
            return  # nothing was delivered that anything could happen to
        try:
            with transaction.atomic():
                getattr(self, f"do_{name}")(which, *rest)
        except DomainError:
            pass

    def do_deliver(self, which: int, hours: int) -> None:
        self.works[which] = (uuid4(), FIRST + timedelta(hours=hours))

    def _enter(self, which: int, kind: str) -> None:
        submission, received_at = self.works[which]
        is_new = not Earning.objects.filter(submission_id=submission).exists()
        order = self.orders[which % 2]
        line = earning_record(
            vendor=order.vendor, writer=self.writer(which), work_order=order,
            submission_id=submission, received_at=received_at, kind=kind,
        )  # fmt: skip
        if is_new:
            assert line.amount == order.unit_price
            self.books[submission] += order.unit_price

    def writer(self, which: int) -> User:
        return self.people.wataru if which % 3 else self.people.wakana

    def do_accept(self, which: int) -> None:
        self._enter(which, Earning.Kind.ACCEPTANCE)

    def do_pass_lot(self, which: int) -> None:
        self._enter(which, Earning.Kind.LOT)

    def do_pass_date(self, which: int) -> None:
        self._enter(which, Earning.Kind.UNINSPECTED)

    def do_return(self, which: int) -> None:
        """A text that went back is delivered again as another."""
        submission, received_at = self.works[which]
        if earning_take_back(submission_id=submission, why="review_return") is not None:
            self.books[submission] = 0
        if self.books[submission] == 0:
            self.works[which] = (uuid4(), received_at + timedelta(days=3))

    def do_correct(self, which: int, amount: int) -> None:
        line = Earning.objects.filter(submission_id=self.works[which][0]).first()
        if line is not None:
            earning_correct(line=line, amount=amount, why="agreed by telephone", by=self.people.fumi)
            self.books[line.submission_id] += amount

    def do_prepare(self, month: int) -> None:
        for vendor in self.vendors:
            statement_prepare(vendor=vendor, month=FIRST.date().replace(month=month, day=1), by=self.people.fumi)

    def do_approve(self, month: int) -> None:
        for statement in Statement.objects.filter(month__month=month):
            statement_approve(statement=statement, by=self.people.minato)

    def do_pay(self, month: int) -> None:
        for statement in Statement.objects.filter(month__month=month):
            statement_pay(statement=statement, by=self.people.fumi)

    @property
    def vendors(self) -> list[Organisation]:
        return list(dict.fromkeys(order.vendor for order in self.orders))

    def months(self) -> list[int]:
        """The months in which there is anything to close: an empty one has nothing to add up."""
        rows = (*Earning.objects.values_list("month", flat=True), *Statement.objects.values_list("month", flat=True))
        return sorted({month.month for month in rows if month.month < 8})

    def check(self) -> None:
        """Lines against the books, statements against their lines, months against the calendar."""
        sums = Earning.objects.values("submission_id").annotate(net=Sum("amount"))
        assert {row["submission_id"]: row["net"] for row in sums} == {
            submission: self.books[submission] for submission in Earning.objects.values_list("submission_id", flat=True)
        }
        assert all(net >= 0 for net in self.books.values())
        for statement in Statement.objects.exclude(status="draft"):
            lines = Earning.objects.filter(vendor=statement.vendor, month=statement.month)
            assert statement.net_amount == sum(line.amount for line in lines)
            assert statement.line_count == len(lines)
            assert statement.tax_amount == consumption_tax(statement.net_amount)
            assert statement.total_amount == statement.net_amount + statement.tax_amount
            assert statement.document is not None
            assert sum(line["amount"] for line in statement.document["lines"]) == statement.net_amount
            delivered = [line.received_at for line in lines if line.kind != Earning.Kind.CORRECTION]
            assert all(statement.pay_by <= last_pay_day(at) for at in delivered)
            assert statement.pay_by < month_after(month_after(statement.month))


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("supply")
def test_the_money_adds_up_under_any_order_of_events(people: Cast) -> None:
    orders = [
        make_work_order(by=people.minato, vendor=people.kaede, unit_price=333),
        make_work_order(by=people.minato, vendor=people.kaede, unit_price=517),
    ]

    @settings(max_examples=HISTORIES, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(events, min_size=4, max_size=24))
    def holds(told: list[tuple[Any, ...]]) -> None:
        with transaction.atomic():
            history = History(people, orders)
            for event in told:
                history.run(*event)
            history.check()
            for month in history.months():  # and when everything that is left is closed
                history.run("prepare", month)
                history.run("approve", month)
            history.check()
            closed = Statement.objects.exclude(status="draft").aggregate(net=Sum("net_amount"))["net"] or 0
            later = Earning.objects.filter(month__month__gt=7).aggregate(net=Sum("amount"))["net"] or 0
            assert closed + later == sum(history.books.values())
            transaction.set_rollback(True)

    holds()
