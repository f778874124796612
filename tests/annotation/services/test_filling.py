"""Slots of an order: made when it is issued, open while it is active, ended with it or with their instruction."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from annotation.errors import NotEnoughInstructions
from annotation.models import Task
from annotation.selectors.review import open_questions
from annotation.services.filling import order_fill, orders_refill, tasks_fill
from annotation.services.passed_on import passed_on_reject
from annotation.services.queue import task_claim
from annotation.services.reviews import review_accept, review_claim
from collection.models import Installation, Instruction
from collection.services.screening import instruction_decide
from collection.services.withdrawal import instruction_withdraw
from collection.states import InstructionStatus
from tests.cast import cast
from tests.factories.annotation import make_claim, make_instructions, make_open_order, make_submission
from tests.factories.collection import make_instruction, make_participant
from tests.factories.vendors import make_active_order, make_work_order
from vendors.models import Earning, WorkOrder
from vendors.services import (
    work_order_accept,
    work_order_cancel,
    work_order_close,
    work_order_complete,
    work_order_issue,
)
from vendors.states import WorkOrderStatus

pytestmark = pytest.mark.django_db


def test_issuing_an_order_fills_its_queue_with_the_oldest_instructions_which_open_when_it_is_accepted() -> None:
    people = cast()
    instructions = make_instructions(5)
    order = make_work_order(by=people.minato, vendor=people.kaede, quantity=3, priority=2)
    order = work_order_issue(order=order, by=people.minato)
    tasks = list(Task.objects.order_by("id"))
    assert [task.instruction_id for task in tasks] == [instruction.pk for instruction in instructions[:3]]
    assert {(task.is_open, task.vendor_id, task.priority, task.due_on) for task in tasks} == {
        (False, people.kaede.pk, 2, order.due_on)
    }
    assert task_claim(writer=people.wataru) is None
    work_order_accept(order=order, by=people.luna)
    assert task_claim(writer=people.wataru) is not None


def test_an_order_takes_only_instructions_that_are_fit_and_free() -> None:
    people = cast()
    make_open_order(people, quantity=2)
    make_instruction(status=InstructionStatus.HELD)
    make_instruction(language="en")
    make_instruction(is_practice=True)
    make_instruction(duplicate_of=Instruction.objects.first())
    fit = make_instruction()
    make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede, quantity=1)
    assert Task.objects.latest("id").instruction_id == fit.pk


def test_practice_instructions_are_for_demonstrations() -> None:
    people = cast()
    Installation.objects.get_or_create(pk=1, defaults={"is_demonstration": True})
    make_instruction(is_practice=True)
    make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede, quantity=1)
    assert Task.objects.count() == 1


def test_too_few_instructions_stop_the_order_with_numbers() -> None:
    people = cast()
    make_instructions(2)
    order = make_work_order(by=people.minato, vendor=people.kaede, quantity=3)
    with pytest.raises(NotEnoughInstructions) as raised:
        work_order_issue(order=order, by=people.minato)
    assert raised.value.details == {"wanted": 3, "found": 2}
    assert WorkOrder.objects.get().status == WorkOrderStatus.DRAFT
    assert not Task.objects.exists()


def test_what_a_cancelled_order_had_taken_is_free_again() -> None:
    people = cast()
    make_instructions(1)
    order = make_work_order(by=people.minato, vendor=people.kaede, quantity=1)
    order = work_order_issue(order=order, by=people.minato)
    work_order_cancel(order=order, by=people.minato, why="an error")
    task = Task.objects.get()
    assert (task.status, task.is_open) == ("cancelled", False)
    assert task.transitions.get().why == "order_cancelled"
    make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede, quantity=1)
    assert Task.objects.filter(status="queued").count() == 1


def test_closing_an_order_ends_what_nobody_began() -> None:
    people = cast()
    order = make_open_order(people, quantity=3)
    held = make_claim(people.wataru)
    work_order_close(order=order, by=people.minato)
    assert sorted(Task.objects.values_list("status", flat=True)) == ["cancelled", "cancelled", "claimed"]
    assert not Task.objects.filter(is_open=True).exists()
    assert Task.objects.get(status="claimed").pk == held.pk


def test_several_outputs_of_one_instruction_are_slots_apart_from_each_other() -> None:
    people = cast()
    order = make_work_order(by=people.minato, vendor=people.kaede, quantity=4)
    instructions = make_instructions(2)
    assert tasks_fill(order=order, instructions=instructions, outputs_each=2) == 4
    slots = list(Task.objects.order_by("id").values_list("slot", "instruction_id"))
    assert slots == [(slot, instruction.pk) for slot in (1, 2) for instruction in instructions]


def test_a_withdrawn_instruction_ends_its_tasks_and_what_was_earned_stays() -> None:
    people = cast()
    participant = make_participant()
    taken, waiting = make_instruction(participant=participant), make_instruction(participant=participant)
    make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede, quantity=2)
    make_submission(people.wataru)
    accepted = review_claim(reviewer=people.ren)
    assert accepted is not None and accepted.current_submission is not None
    answers = {question.key: "確かめました。" for question in open_questions(accepted.current_submission)}
    review_accept(reviewer=people.ren, task=accepted, answers=answers)
    for instruction in (taken, waiting):
        instruction_withdraw(participant=participant, public_id=instruction.public_id)
    first, second = Task.objects.order_by("id")
    assert (first.status, second.status) == ("revoked", "cancelled")
    assert first.transitions.latest("id").why == "instruction_withdrawn"
    assert Earning.objects.count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_orders_filled_at_once_share_no_instruction() -> None:
    people = cast()
    make_instructions(20)
    orders = [make_work_order(by=people.minato, vendor=people.kaede, quantity=10) for _ in range(2)]
    together = Barrier(2)

    def fill(order: WorkOrder) -> int:
        try:
            together.wait()
            return order_fill(order=order)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(fill, orders)) == 20
    assert Task.objects.values("instruction").distinct().count() == 20


@pytest.mark.parametrize("way", ["rejected", "passed_on", "withdrawn"])
def test_a_running_order_gets_another_instruction_for_one_that_leaves_it(way: str) -> None:
    people, participant = cast(), make_participant()
    leaving = make_instruction(participant=participant)
    make_instruction()
    order = make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede, quantity=2)
    task = Task.objects.get(instruction=leaving)
    if way == "rejected":
        instruction_decide(instruction=leaving, accept=False, by=people.minato, why="harmful")
    elif way == "passed_on":
        assert passed_on_reject(by=people.minato, instruction=leaving, why="harmful") == 1
    else:
        instruction_withdraw(participant=participant, public_id=leaving.public_id)
    task.refresh_from_db()
    assert task.status == "cancelled"
    assert orders_refill() == 0  # there is none to be had
    spare = make_instructions(2)[0]
    assert orders_refill() == 1
    made = Task.objects.filter(work_order=order).latest("id")
    assert (made.instruction_id, made.status, made.is_open) == (spare.pk, "queued", True)
    assert orders_refill() == 0


def test_what_is_begun_goes_on_and_the_rest_of_its_slots_are_filled_by_another() -> None:
    people = cast()
    order = make_open_order(people, quantity=4, outputs_each=2)
    task = make_claim(people.wataru)
    instruction_decide(instruction=task.instruction, accept=False, by=people.minato, why="harmful")
    task.refresh_from_db()
    assert task.status == "claimed"
    spare = Instruction.objects.order_by("pk")[2]
    assert orders_refill() == 1
    assert Task.objects.filter(instruction=spare).count() == 1
    assert Task.objects.filter(work_order=order).exclude(status="cancelled").count() == 4


def test_an_instruction_that_is_fit_again_does_not_return_to_the_order_it_left() -> None:
    people = cast()
    make_open_order(people, quantity=1)
    instruction = Instruction.objects.get()
    instruction_decide(instruction=instruction, accept=False, by=people.minato, why="harmful")
    for status in ("held", "eligible"):
        Instruction.objects.filter(pk=instruction.pk).update(status=status)
    assert orders_refill() == 0
    assert Task.objects.get().status == "cancelled"


def test_an_order_that_is_complete_is_not_filled_again() -> None:
    people = cast()
    order = make_open_order(people, quantity=1)
    work_order_complete(order=order, by=people.minato)
    instruction_decide(instruction=Instruction.objects.get(), accept=False, by=people.minato, why="harmful")
    make_instructions(1)
    assert orders_refill() == 0
