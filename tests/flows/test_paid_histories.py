"""Orders, claims, returns, acceptances, recalls, withdrawals, revoked signatures, closings and payments in any order.

Each delivered text is paid for once or not at all, and every statement comes to the sum of its lines. The suite tells few
histories; `HISTORIES=1000` tells so many.
"""

import os
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pgtrigger
import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.models import Submission, Task
from annotation.services.filling import instruction_tasks_end
from annotation.services.inspection import uninspected_enter
from annotation.services.queue import task_claim
from annotation.services.reviews import review_accept, review_claim, review_reject, review_return
from annotation.services.submissions import submission_recall
from annotation.states import TaskStatus
from config.errors import DomainError
from tests.cast import Cast, cast
from tests.factories.records import make_reason, make_slots, make_submission
from vendors.models import Earning, Statement
from vendors.selectors import month_of_receipt, signature_forget
from vendors.services import (
    signature_revoke,
    statement_approve,
    statement_pay,
    statement_prepare,
    work_order_close,
)
from vendors.services.money import consumption_tax

HISTORIES = int(os.environ.get("HISTORIES", 40))
SLOTS, MORE_ORDERS, PRICE = 2, 2, 483
EVENTS = (
    *("write",) * 5, *("accept",) * 4, *("pay",) * 3, "order", "claim", "wait", "recall", "return", "reject", "withdraw",
    "revoke", "close",
)  # fmt: skip
FIRST_PAID = datetime(2025, 1, 15, tzinfo=UTC)

told = st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, SLOTS - 1)), min_size=6, max_size=24)


class Hall:
    """What people may do to a few tasks."""

    def __init__(self, people: Cast, tasks: list[Task]) -> None:
        self.people, self.tasks = people, list(tasks)
        self.payments = 0
        signature_forget(people.wataru)

    def do(self, what: str, which: int) -> None:
        """Do it, and see that the sums are right; what is refused is undone and leaves them as they were."""
        task = self.tasks[which % len(self.tasks)]
        task.refresh_from_db()
        try:
            with transaction.atomic():
                getattr(self, f"do_{what}")(task)
        except DomainError:
            return
        self.check()

    def do_write(self, task: Task) -> None:
        if task.status in (TaskStatus.QUEUED, TaskStatus.RETURNED, TaskStatus.CLAIMED):
            make_submission(task, task.writer or self.people.wataru)

    def do_order(self, _task: Task) -> None:
        if len(self.tasks) < SLOTS + MORE_ORDERS:
            self.tasks += make_slots(self.people, 1, unit_price=PRICE)

    def do_claim(self, _task: Task) -> None:
        task_claim(writer=self.people.wataru)

    def do_revoke(self, _task: Task) -> None:
        signature_revoke(signature=self.people.wataru.signatures.get(), by=self.people.minato, why="He asked for it.")

    def do_pay(self, _task: Task) -> None:
        """Let what is not in a statement yet be of an earlier month, the next of a row, and pay that month."""
        received_at = FIRST_PAID + timedelta(days=31 * self.payments)
        month = month_of_receipt(received_at)
        with pgtrigger.ignore("vendors.Earning:append_only"):
            Earning.objects.filter(month__gt=month).update(received_at=received_at, month=month)
        statement = statement_prepare(vendor=self.people.kaede, month=month, by=self.people.fumi)
        statement_approve(statement=statement, by=self.people.fumi)
        if self.payments % 2:
            statement_pay(statement=statement, by=self.people.fumi)
        self.payments += 1

    def do_accept(self, _task: Task) -> None:
        if (held := review_claim(reviewer=self.people.ren)) is not None:
            review_accept(reviewer=self.people.ren, task=held)

    def do_return(self, _task: Task) -> None:
        if (held := review_claim(reviewer=self.people.ren)) is not None:
            review_return(reviewer=self.people.ren, task=held, reasons=[make_reason().code], comment="Which fish?")

    def do_reject(self, _task: Task) -> None:
        if (held := review_claim(reviewer=self.people.ren)) is not None:
            review_reject(reviewer=self.people.ren, task=held, reasons=[make_reason().code], comment="No fish.")

    def do_recall(self, task: Task) -> None:
        submission_recall(writer=task.writer or self.people.wataru, task=task)

    def do_wait(self, _task: Task) -> None:
        uninspected_enter(now=timezone.now() + timedelta(days=30))

    def do_withdraw(self, task: Task) -> None:
        instruction_tasks_end(instruction=task.instruction, why="instruction_withdrawn")

    def do_close(self, task: Task) -> None:
        work_order_close(order=task.work_order, by=self.people.minato)

    def check(self) -> None:
        """What a task was paid is its price once, if it was accepted or stands delivered and uninspected; else nothing."""
        task_of = dict(Submission.objects.values_list("public_id", "task_id"))
        net: Counter[int] = Counter()
        lines: dict[tuple[int, date], list[int]] = defaultdict(list)
        for submission, vendor, month, amount in Earning.objects.values_list(
            "submission_id", "vendor_id", "month", "amount"
        ):
            net[task_of[submission]] += amount
            lines[vendor, month].append(amount)
        for pk, status in Task.objects.filter(pk__in=[task.pk for task in self.tasks]).values_list("pk", "status"):
            assert net[pk] in (0, PRICE)
            if status in (TaskStatus.ACCEPTED, TaskStatus.REVOKED):
                assert net[pk] == PRICE
            if status in (TaskStatus.QUEUED, TaskStatus.CLAIMED, TaskStatus.RETURNED, TaskStatus.REJECTED):
                assert net[pk] == 0
        statements = list(Statement.objects.exclude(status="draft"))
        for statement in statements:
            amounts = lines[statement.vendor_id, statement.month]
            assert (statement.net_amount, statement.line_count) == (sum(amounts), len(amounts))
            assert statement.tax_amount == consumption_tax(statement.net_amount)
            assert statement.total_amount == statement.net_amount + statement.tax_amount
            assert statement.document is not None
            assert sum(line["amount"] for line in statement.document["lines"]) == statement.net_amount
        assert len(statements) == self.payments


@pytest.mark.timeout(300 + 4 * HISTORIES)
def test_whatever_happens_a_text_is_paid_for_once_or_not_at_all_and_statements_add_up(db: None) -> None:
    people = cast()
    tasks = make_slots(people, SLOTS, unit_price=PRICE)

    @settings(max_examples=HISTORIES, database=None, suppress_health_check=list(HealthCheck))
    @given(told)
    def holds(history: list[tuple[Any, ...]]) -> None:
        with transaction.atomic():
            hall = Hall(people, tasks)
            for what, which in history:
                hall.do(what, which)
            transaction.set_rollback(True)

    holds()
