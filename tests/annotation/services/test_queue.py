"""Handing out work: who gets which task, when it comes free, and that no two get the same."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.errors import LeaseLost, SkipReasonMissing, TaskClosed, TaskInHand, TaskTaken
from annotation.models import InstructionSkip, Showing, Task
from annotation.services.drafts import draft_save
from annotation.services.filling import instruction_tasks_end, order_close
from annotation.services.queue import (
    leases_expire,
    left_behind_requeue,
    task_claim,
    task_heartbeat,
    task_release,
    task_skip,
    task_take,
)
from annotation.services.reviews import review_claim, review_return
from collection.models import Instruction
from config.access import RoleMissing
from tests.cast import cast
from tests.factories.annotation import (
    lease_end,
    make_claim,
    make_open_order,
    make_submission,
)
from tests.factories.collection import make_reference
from tests.factories.records import make_reason
from tests.factories.vendors import make_agreement, make_signature, make_user
from tests.races import somebody_waits, until
from vendors.errors import AgreementUnsigned, WriterBarred
from vendors.models import User
from vendors.services import membership_end

pytestmark = pytest.mark.django_db


def log_of(task: Task) -> list[tuple[str, str, str, str]]:
    return list(task.transitions.order_by("id").values_list("from_status", "to_status", "actor_kind", "why"))


def test_a_claim_gives_the_oldest_free_task_and_a_lease() -> None:
    people = cast()
    order = make_open_order(people, lease_seconds=1800)
    task = make_claim(people.wataru)
    assert task.pk == Task.objects.filter(work_order=order).order_by("id")[0].pk
    assert (task.status, task.writer_id) == ("claimed", people.wataru.pk)
    assert task.lease_expires_at is not None
    assert timedelta(seconds=1790) < task.lease_expires_at - timezone.now() <= timedelta(seconds=1800)
    assert log_of(task) == [("queued", "claimed", "user", "")]
    assert task.transitions.get().actor_id == str(people.wataru.pk)


def test_whoever_holds_a_task_gets_it_again_with_a_new_lease() -> None:
    people = cast()
    make_open_order(people)
    first = make_claim(people.wataru)
    lease_end(first)
    again = make_claim(people.wataru)
    assert again.pk == first.pk
    assert again.claimed_at == first.claimed_at
    assert again.lease_expires_at is not None and again.lease_expires_at > timezone.now()
    assert len(log_of(first)) == 1


def test_two_writers_get_two_tasks() -> None:
    people = cast()
    make_open_order(people)
    assert make_claim(people.wataru).pk != make_claim(people.wakana).pk


def test_an_urgent_order_goes_before_an_older_one_and_an_earlier_due_date_before_a_later() -> None:
    people = cast()
    make_open_order(people, quantity=1, due_on=timezone.localdate() + timedelta(days=30))
    sooner = make_open_order(people, quantity=1, due_on=timezone.localdate() + timedelta(days=3))
    urgent = make_open_order(people, quantity=1, priority=5)
    assert make_claim(people.wataru).work_order_id == urgent.pk
    assert make_claim(people.wakana).work_order_id == sooner.pk


def test_a_lease_that_ended_frees_the_task_without_any_sweep() -> None:
    people = cast()
    make_open_order(people, quantity=1)
    task = make_claim(people.wataru)
    assert task_claim(writer=people.wakana) is None
    lease_end(task)
    assert make_claim(people.wakana).pk == task.pk
    assert log_of(task)[1:] == [("claimed", "queued", "system", "lease_ended"), ("queued", "claimed", "user", "")]
    with pytest.raises(LeaseLost):
        task_heartbeat(writer=people.wataru, task=task)


def test_a_returned_text_comes_back_to_its_writer_first_and_to_nobody_else() -> None:
    people = cast()
    make_open_order(people, quantity=2)
    sent = make_submission(people.wataru).task
    review_claim(reviewer=people.ren)
    review_return(reviewer=people.ren, task=sent, reasons=[make_reason("facts").code], comment="年を確かめてください。")
    assert make_claim(people.wakana).pk != sent.pk
    back = make_claim(people.wataru)
    assert (back.pk, back.rework_round) == (sent.pk, 1)
    lease_end(back)
    leases_expire()
    back.refresh_from_db()
    assert (back.status, back.writer_id) == ("returned", people.wataru.pk)


def test_what_was_returned_to_somebody_who_left_goes_to_a_colleague() -> None:
    people = cast()
    make_open_order(people, quantity=2)
    sent = make_submission(people.wataru).task
    review_claim(reviewer=people.ren)
    review_return(reviewer=people.ren, task=sent, reasons=[make_reason("facts").code], comment="年を確かめてください。")
    in_hand = make_claim(people.wakana)
    assert left_behind_requeue() == 0
    membership_end(membership=people.wataru.memberships.get(), by=people.luna)
    assert left_behind_requeue() == 1
    sent.refresh_from_db()
    assert (sent.status, sent.writer_id, log_of(sent)[-1]) == (
        "queued", None, ("returned", "queued", "system", "writer_left"),
    )  # fmt: skip
    in_hand.refresh_from_db()
    assert (in_hand.status, in_hand.writer_id) == ("claimed", people.wakana.pk)
    task_release(writer=people.wakana, task=in_hand)
    assert make_claim(people.wakana).pk == sent.pk


def test_nobody_gets_an_instruction_they_passed_on() -> None:
    people = cast()
    make_open_order(people, quantity=2)
    task = make_claim(people.wataru)
    task_skip(writer=people.wataru, task=task, reason="expert", note="法律の知識が要る")
    assert InstructionSkip.objects.get().instruction_id == task.instruction_id
    other = make_claim(people.wataru)
    assert other.pk != task.pk
    task_release(writer=people.wataru, task=other)
    assert make_claim(people.wataru).pk == other.pk
    assert make_claim(people.wakana).pk == task.pk


def test_passing_on_needs_a_reason() -> None:
    people = cast()
    make_open_order(people)
    with pytest.raises(SkipReasonMissing):
        task_skip(writer=people.wataru, task=make_claim(people.wataru), reason="lazy")


def test_nobody_writes_for_the_same_instruction_twice() -> None:
    people = cast()
    order = make_open_order(people, quantity=1)
    first = make_submission(people.wataru).task
    Task.objects.create(
        work_order=order,
        vendor=people.kaede,
        instruction_id=first.instruction_id,
        slot=2,
        language="ja",
        due_on=order.due_on,
    )
    assert task_claim(writer=people.wataru) is None
    assert make_claim(people.wakana).instruction_id == first.instruction_id


def test_nobody_writes_for_an_instruction_whose_reference_they_saw() -> None:
    people = cast()
    make_open_order(people, quantity=1)
    reference = make_reference(Instruction.objects.get())
    Showing.objects.create(reference=reference, user=people.wataru, place="desk", mark=1, wording=1)
    assert task_claim(writer=people.wataru) is None
    assert task_claim(writer=people.wakana) is not None


def test_a_writer_gets_only_languages_they_write() -> None:
    people = cast()
    make_open_order(people, quantity=1, language="en")
    assert task_claim(writer=people.wataru) is None
    people.wataru.writes_languages = "ja, en"
    assert make_claim(people.wataru).language == "en"


def test_a_rival_vendors_tasks_are_out_of_reach() -> None:
    people = cast()
    make_open_order(people, sango=True)
    assert task_claim(writer=people.wataru) is None
    assert make_claim(people.rei).vendor_id == people.sango.pk


def test_only_a_writer_under_the_agreement_in_force_can_claim() -> None:
    people = cast()
    make_open_order(people)
    make_agreement()
    with pytest.raises(AgreementUnsigned):
        task_claim(writer=people.wataru)
    make_signature(people.wataru)
    assert task_claim(writer=people.wataru) is not None
    with pytest.raises(RoleMissing):
        task_claim(writer=people.luna)
    people.wakana.barred_at = timezone.now()
    with pytest.raises(WriterBarred):
        task_claim(writer=people.wakana)


def test_a_closed_order_gives_no_more_tasks_but_lets_the_one_in_hand_be_finished() -> None:
    people = cast()
    order = make_open_order(people, quantity=3)
    held = make_claim(people.wataru)
    order_close(order=order, by=people.minato, why="order_closed")
    assert task_claim(writer=people.wakana) is None
    assert task_heartbeat(writer=people.wataru, task=held) > timezone.now()
    task_release(writer=people.wataru, task=held)
    held.refresh_from_db()
    assert (held.status, held.writer_id) == ("cancelled", None)
    with pytest.raises(TaskClosed):
        task_take(writer=people.wataru, task=held)


def test_a_task_begun_earlier_can_be_taken_up_again_while_it_is_free() -> None:
    people = cast()
    make_open_order(people, quantity=1)
    task = make_claim(people.wataru)
    draft_save(writer=people.wataru, task=task, text="書きかけ", base_revision=0)
    task_release(writer=people.wataru, task=task)
    assert task_take(writer=people.wataru, task=task).writer_id == people.wataru.pk
    lease_end(task)
    make_claim(people.wakana)
    with pytest.raises(TaskTaken):
        task_take(writer=people.wataru, task=task)


def test_taking_up_an_earlier_task_puts_an_untouched_one_back_and_keeps_a_begun_one() -> None:
    people = cast()
    make_open_order(people, quantity=2)
    first = make_claim(people.wataru)
    task_release(writer=people.wataru, task=first)
    make_claim(people.wakana)
    second = make_claim(people.wataru)
    task_release(writer=people.wakana, task=first)
    task_take(writer=people.wataru, task=first)
    second.refresh_from_db()
    assert second.status == "queued"
    first.refresh_from_db()
    draft_save(writer=people.wataru, task=first, text="書きかけ", base_revision=0)
    with pytest.raises(TaskInHand):
        task_take(writer=people.wataru, task=second)


def test_the_sweep_puts_back_what_nobody_holds_any_more() -> None:
    people = cast()
    make_open_order(people, quantity=2)
    ended, running = make_claim(people.wataru), make_claim(people.wakana)
    lease_end(ended)
    assert leases_expire() == 1
    ended.refresh_from_db()
    running.refresh_from_db()
    assert (ended.status, ended.writer_id, running.status) == ("queued", None, "claimed")
    assert leases_expire() == 0


@pytest.mark.parametrize("quantity", [3, 60])
def test_a_claim_is_three_statements_however_long_the_queue_is(quantity: int) -> None:
    people = cast()
    make_open_order(people, quantity=quantity)
    writer = User.objects.get(pk=people.wataru.pk)
    with CaptureQueriesContext(connection) as captured:
        assert task_claim(writer=writer) is not None
    statements = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 3, statements  # seat, signature, claim


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_sixteen_writers_at_once_never_share_a_task() -> None:
    people = cast()
    order = make_open_order(people, quantity=96)
    writers = [make_user(organisation=people.kaede) for _ in range(16)]
    for writer in writers:
        make_signature(writer)
    together = Barrier(16)

    def work(writer: User) -> list[int]:
        try:
            together.wait()
            done = []
            for _ in range(5):
                task = task_claim(writer=writer)
                if task is None:
                    break
                done.append(task.pk)
                Task.objects.filter(pk=task.pk).update(status="cancelled")
            return done
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        done = [pk for taken in pool.map(work, writers) for pk in taken]
    assert len(done) == len(set(done)) == 80
    assert Task.objects.filter(work_order=order, status="queued").count() == 16


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_sixteen_writers_and_one_task_make_one_holder() -> None:
    people = cast()
    make_open_order(people, quantity=1)
    writers = [make_user(organisation=people.kaede) for _ in range(16)]
    for writer in writers:
        make_signature(writer)
    together = Barrier(16)

    def claim(writer: User) -> Task | None:
        try:
            together.wait()
            return task_claim(writer=writer)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        got = [task for task in pool.map(claim, writers) if task]
    assert len(got) == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_one_writer_in_eight_windows_at_once_holds_one_task() -> None:
    people = cast()
    make_open_order(people, quantity=20)
    together = Barrier(8)

    def claim(_window: int) -> int:
        try:
            writer = User.objects.get(pk=people.wataru.pk)
            together.wait()
            return make_claim(writer).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(claim, range(8)))) == 1
    assert Task.objects.filter(status="claimed").count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_who_passes_on_what_is_being_withdrawn_is_in_nobodys_way() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)

    def pass_on() -> None:
        try:
            task_skip(writer=people.wataru, task=task, reason="expert")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            instruction = Instruction.objects.select_for_update().get(pk=task.instruction_id)
            passed_on = pool.submit(pass_on)
            until(somebody_waits)
            instruction_tasks_end(instruction=instruction, why="instruction_withdrawn")
        with pytest.raises(LeaseLost):
            passed_on.result(timeout=10)
    assert not InstructionSkip.objects.exists()
