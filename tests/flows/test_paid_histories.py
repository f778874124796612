"""Claims, returns, acceptances, recalls, withdrawals and closings in any order: each delivered text is paid for once or not at all."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.models import Submission, Task
from annotation.services.filling import instruction_tasks_end
from annotation.services.inspection import uninspected_enter
from annotation.services.reviews import review_accept, review_claim, review_reject, review_return
from annotation.services.submissions import submission_recall
from annotation.states import TaskStatus
from config.errors import DomainError
from tests.cast import Cast, cast
from tests.factories.records import make_reason, make_slots, make_submission
from vendors.models import Earning
from vendors.services import work_order_close

HISTORIES, SLOTS, PRICE = 60, 2, 480
EVENTS = ("write", "write", "wait", "recall", "accept", "return", "reject", "withdraw", "close")

told = st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, SLOTS - 1)), min_size=3, max_size=10)


class Hall:
    """What people may do to a few tasks."""

    def __init__(self, people: Cast, tasks: list[Task]) -> None:
        self.people, self.tasks = people, tasks

    def do(self, what: str, which: int) -> None:
        task = self.tasks[which]
        task.refresh_from_db()
        try:
            with transaction.atomic():
                getattr(self, f"do_{what}")(task)
        except DomainError:
            pass

    def do_write(self, task: Task) -> None:
        if task.status in (TaskStatus.QUEUED, TaskStatus.RETURNED, TaskStatus.CLAIMED):
            make_submission(task, task.writer or self.people.wataru)

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
        for task in self.tasks:
            task.refresh_from_db()
            versions = list(Submission.objects.filter(task=task).values_list("public_id", flat=True))
            lines = Earning.objects.filter(submission_id__in=versions)
            net = lines.aggregate(net=Sum("amount"))["net"] or 0
            assert net in (0, PRICE)
            if task.status in (TaskStatus.ACCEPTED, TaskStatus.REVOKED):
                assert net == PRICE
            if task.status in (TaskStatus.QUEUED, TaskStatus.CLAIMED, TaskStatus.RETURNED, TaskStatus.REJECTED):
                assert net == 0


@pytest.mark.timeout(300)
def test_whatever_happens_a_text_is_paid_for_once_or_not_at_all(db: None) -> None:
    people = cast()
    tasks = make_slots(people, SLOTS, unit_price=PRICE)

    @settings(max_examples=HISTORIES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(told)
    def holds(history: list[tuple[Any, ...]]) -> None:
        with transaction.atomic():
            hall = Hall(people, tasks)
            for what, which in history:
                hall.do(what, which)
                hall.check()
            transaction.set_rollback(True)

    holds()
