"""Acts on many rows: looked at first, done once each beside everybody's work, gone on with after a killed worker, taken back."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pgtrigger
import pytest
from django.db import connections, transaction
from django.db.models import Count

from annotation.models import BulkItem, BulkJob, Task, TaskTransition
from annotation.selectors.search import SearchFilter
from annotation.services import bulk
from annotation.services.bulk import bulk_continue, bulk_going_on, bulk_preview, bulk_start, bulk_stop, bulk_undo
from annotation.services.queue import task_claim, task_skip
from collection.models import Instruction, InstructionTransition, ScreeningFinding
from collection.services.screening import instruction_decide, instruction_hold
from config.access import RoleMissing
from config.errors import BadInput, Conflict, NotFound
from tests.cast import Cast, cast
from tests.factories.annotation import make_open_order
from tests.factories.bulk import FISH, make_bulk_job
from tests.factories.collection import make_instruction
from tests.factories.records import make_order, make_slots


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


def make_found() -> tuple[Instruction, Instruction, Instruction]:
    """Two that can be rejected, held and eligible, and one that is rejected already."""
    held = make_instruction(instruction="経済の話を一つ。", status="held")
    eligible = make_instruction(instruction="経済の話を二つ。")
    rejected = make_instruction(instruction="経済の話を三つ。", status="rejected")
    return held, eligible, rejected


def statuses(rows: tuple[Instruction, ...]) -> list[str]:
    return [Instruction.objects.get(pk=row.pk).status for row in rows]


def test_the_preview_says_what_the_job_then_does(people: Cast) -> None:
    rows = make_found()
    preview = bulk_preview(user=people.minato, action="reject", chosen=FISH)
    assert (preview.changes, preview.leaves) == ({"held": 1, "eligible": 1}, {"rejected": 1})
    job = make_bulk_job(people, "reject")
    assert statuses(rows) == ["held", "eligible", "rejected"]  # nothing yet
    assert bulk_continue(job_id=job.pk) is False
    assert statuses(rows) == ["rejected"] * 3
    job.refresh_from_db()
    assert job.status == "finished" and bulk_going_on() == []
    assert InstructionTransition.objects.filter(why="off the subject", actor_id=str(people.minato.pk)).count() == 2


def test_it_is_taken_back_to_what_each_row_was(people: Cast) -> None:
    rows = make_found()
    job = make_bulk_job(people, "reject")
    bulk_continue(job_id=job.pk)
    bulk_undo(job=job, by=people.minato)
    bulk_continue(job_id=job.pk)
    assert statuses(rows) == ["held", "eligible", "rejected"]
    job.refresh_from_db()
    assert job.status == "undone"
    with pytest.raises(Conflict):
        bulk_undo(job=job, by=people.minato)


def test_work_goes_on_between_the_look_and_the_start(people: Cast) -> None:
    order = make_slots(people, 6)[0].work_order.number
    chosen = SearchFilter(order=order)
    seen = bulk_preview(user=people.minato, action="cancel", chosen=chosen).count
    task_claim(writer=people.wataru)
    job = bulk_start(by=people.minato, action="cancel", chosen=chosen, why="off the subject", seen=seen)
    assert (seen, job.expected) == (6, 5)
    with pytest.raises(Conflict):
        bulk_start(by=people.minato, action="cancel", chosen=chosen, why="off the subject", seen=4)
    # Of hundreds, a few may have come.
    bulk_start(by=people.minato, action="cancel", chosen=chosen, why="off the subject", seen=100)


def test_what_others_decided_meanwhile_is_left(people: Cast) -> None:
    held, eligible, _rejected = make_found()
    job = make_bulk_job(people, "reject")
    bulk_continue(job_id=job.pk, seconds=0)  # they are noted, and none is done
    Instruction.objects.filter(pk=held.pk).update(status="rejected")
    bulk_continue(job_id=job.pk)
    states = dict(BulkItem.objects.values_list("target_id", "state"))
    assert states == {held.pk: "refused", eligible.pk: "done"}


def test_nobody_else_may_and_nothing_goes_without_a_reason_or_unseen(people: Cast) -> None:
    make_found()
    for user in (people.ren, people.fumi, people.luna, people.wataru):
        with pytest.raises(RoleMissing):
            bulk_preview(user=user, action="reject", chosen=FISH)
        with pytest.raises(RoleMissing):
            bulk_start(by=user, action="reject", chosen=FISH, why="no", seen=2)
    with pytest.raises(BadInput):
        bulk_start(by=people.minato, action="reject", chosen=FISH, why=" ", seen=2)
    with pytest.raises(Conflict):  # two are found
        bulk_start(by=people.minato, action="reject", chosen=FISH, why="off the subject", seen=1)
    with pytest.raises(Conflict):
        bulk_start(by=people.minato, action="reject", chosen=SearchFilter(text="漁業"), why="off the subject", seen=3)
    with pytest.raises(NotFound):  # everything there is, is never meant
        bulk_preview(user=people.minato, action="reject", chosen=SearchFilter())
    assert not BulkJob.objects.exists()


def test_a_killed_worker_leaves_a_job_that_goes_on_and_does_nothing_twice(
    people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = make_slots(people, 5)
    job = make_bulk_job(people, "cancel", SearchFilter(order=tasks[0].work_order.number))
    monkeypatch.setattr(bulk, "TOGETHER", 2)
    done = bulk._items_do
    seen: list[int] = []

    def killed(*args: object) -> int:
        if len(seen) == 1:
            raise SystemExit
        seen.append(1)
        return done(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(bulk, "_items_do", killed)
    with pytest.raises(SystemExit):
        bulk_continue(job_id=job.pk)
    monkeypatch.setattr(bulk, "_items_do", done)
    assert Task.objects.filter(status="cancelled").count() == 2
    assert bulk_going_on() == [job.pk]
    bulk_continue(job_id=job.pk)
    moves = TaskTransition.objects.filter(to_status="cancelled").values("subject").annotate(count=Count("pk"))
    assert [move["count"] for move in moves] == [1] * 5


def found_by_order(people: Cast) -> tuple[list[Task], SearchFilter]:
    tasks = make_slots(people, 6)
    return tasks, SearchFilter(order=tasks[0].work_order.number)


def found_by_words(people: Cast) -> tuple[list[Instruction], SearchFilter]:
    return [make_instruction(instruction=f"経済の話、その{number}。") for number in range(6)], FISH


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("action", "found", "before", "after"),
    [
        ("cancel", found_by_order, "queued", "cancelled"),
        ("reject", found_by_words, "eligible", "rejected"),
    ],
)
def test_what_somebody_holds_is_left_for_later_and_nobody_waits(
    monkeypatch: pytest.MonkeyPatch, action: str, found: Callable[[Cast], Any], before: str, after: str
) -> None:
    monkeypatch.setattr(bulk, "TOGETHER", 4)
    people = cast()
    rows, chosen = found(people)
    job = make_bulk_job(people, action, chosen)
    of = type(rows[0]).objects

    def left() -> list[str]:
        return [of.get(pk=row.pk).status for row in rows]

    with transaction.atomic():
        of.select_for_update().get(pk=rows[3].pk)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(worked, job).result() is True  # waits for nobody, and is not at its end
        assert left() == [after] * 3 + [before] + [after] * 2
    assert bulk_continue(job_id=job.pk) is False
    assert set(left()) == {after}
    assert set(job.items.values_list("state", "before")) == {("done", before)}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_what_is_done_is_free_again_while_the_job_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "TOGETHER", 2)
    people = cast()
    rows, chosen = found_by_words(people)
    job = make_bulk_job(people, "reject", chosen)
    resting, looked = threading.Event(), threading.Event()

    def rest(_seconds: float) -> None:
        resting.set()
        looked.wait(20)

    monkeypatch.setattr("annotation.services.bulk.time.sleep", rest)
    with ThreadPoolExecutor(1) as pool:
        over = pool.submit(worked, job)
        assert resting.wait(20)
        with transaction.atomic():  # everybody may have all rows between two transactions, and sees what is done
            seen = Instruction.objects.select_for_update(nowait=True).filter(pk__in=[row.pk for row in rows])
            assert [row.status for row in seen.order_by("pk")] == ["rejected"] * 2 + ["eligible"] * 4
        looked.set()
        assert over.result() is False
    assert set(statuses(tuple(rows))) == {"rejected"}


def test_a_transaction_has_no_more_rows_than_are_done_in_a_moment_and_the_job_rests(
    people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []
    sizes: list[int] = []
    done = bulk._items_do

    def watched(job: BulkJob, source: str, keys: list[int]) -> int:
        sizes.append(len(keys))
        return done(job, source, keys)

    monkeypatch.setattr(bulk, "_items_do", watched)
    monkeypatch.setattr("annotation.services.bulk.time.sleep", rests.append)
    monkeypatch.setattr(bulk, "REST", 3.0)
    monkeypatch.setattr(bulk, "HOLD_SECONDS", 0.000_001)
    tasks = make_slots(people, 25)
    began = time.monotonic()
    bulk_continue(job_id=make_bulk_job(people, "cancel", SearchFilter(order=tasks[0].work_order.number)).pk)
    assert sizes == [20, 1, 1, 1, 1, 1]
    assert len(rests) == 6 and 0 < sum(rests) < 3 * (time.monotonic() - began)


def test_a_row_that_is_refused_refuses_no_other(people: Cast) -> None:
    held = [make_instruction(instruction=f"経済の話、その{number}。", status="held") for number in range(4)]
    for row in (held[0], held[1], held[3]):
        ScreeningFinding.objects.create(instruction=row, check_id="moderation.passed", check_version=1, severity="note")
    Instruction.objects.filter(pk=held[1].pk).update(duplicate_of=held[0])
    job = make_bulk_job(people, "accept")
    bulk_continue(job_id=job.pk, seconds=0)
    Instruction.objects.filter(pk=held[3].pk).update(status="rejected")
    bulk_continue(job_id=job.pk)
    assert statuses(tuple(held)) == ["eligible", "eligible", "held", "rejected"]
    assert Instruction.objects.get(pk=held[1].pk).duplicate_of is None
    told = {item.target_id: (item.state, item.before, item.code) for item in job.items.all()}
    assert [told[row.pk] for row in held] == [
        ("done", "held", ""),
        ("done", "held", ""),
        ("refused", "held", "moderation_missing"),
        ("refused", "rejected", "conflict"),
    ]
    assert InstructionTransition.objects.filter(to_status="eligible", why="off the subject").count() == 2
    make_order(people, quantity=1)  # takes the first
    bulk_undo(job=job, by=people.minato)
    bulk_continue(job_id=job.pk)
    assert statuses(tuple(held)) == ["eligible", "held", "held", "rejected"]
    assert set(job.items.values_list("state", "code")) == {
        ("kept", "conflict"), ("undone", ""), ("refused", "moderation_missing"), ("refused", "conflict"),
    }  # fmt: skip


def test_what_was_rejected_takes_its_free_tasks_with_it_and_comes_back_without_them(people: Cast) -> None:
    rows = [make_instruction(instruction=f"経済の話、その{number}。") for number in range(3)]
    again = make_instruction(instruction="経済の話、もう一度。")
    with pgtrigger.ignore():
        ScreeningFinding.objects.filter(instruction__in=rows[1:]).delete()
    make_order(people, quantity=3)
    taken = task_claim(writer=people.wataru)
    assert taken is not None
    job = make_bulk_job(people, "reject")
    bulk_continue(job_id=job.pk)
    assert sorted(Task.objects.values_list("status", flat=True)) == ["cancelled", "cancelled", "claimed"]
    left = TaskTransition.objects.filter(to_status="cancelled")
    assert set(left.values_list("why", "actor_id")) == {("instruction_rejected", str(people.minato.pk))}
    held = instruction_hold(instruction=again, by=people.minato, why="Look again.")
    instruction_decide(instruction=held, accept=True, by=people.minato)
    bulk_undo(job=job, by=people.minato)
    bulk_continue(job_id=job.pk)
    assert (statuses((again,)), job.items.get(target_id=again.pk).state) == (["eligible"], "kept")
    # Let through again is only what moderation has passed; the others are as the job left them.
    assert statuses(tuple(rows)) == ["eligible", "rejected", "rejected"]
    assert sorted(job.items.values_list("state", flat=True)) == ["kept"] * 3 + ["undone"]


def test_the_rows_are_noted_a_portion_at_a_time_and_none_that_came_later(
    people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "NOTED_AT_ONCE", 2)
    rows = [make_instruction(instruction=f"経済の話、その{number}。") for number in range(5)]
    job = make_bulk_job(people, "reject")
    assert (job.expected, job.items.count()) == (5, 0)
    later = make_instruction(instruction="経済の話、あとから。")
    assert bulk_continue(job_id=job.pk, seconds=0) is True  # a worker that must give way at once
    assert job.items.count() == 2 and set(statuses((*rows, later))) == {"eligible"}
    assert bulk_continue(job_id=job.pk) is False
    assert statuses((*rows, later)) == ["rejected"] * 5 + ["eligible"]
    job.refresh_from_db()
    assert (job.noting_up_to, job.items.count()) == (None, 5)


def test_a_job_has_no_more_rows_than_a_few_beyond_what_was_seen(people: Cast) -> None:
    rows = [make_instruction(instruction=f"経済の話、その{number}。", status="rejected") for number in range(3)]
    rows.append(make_instruction(instruction="経済の話、いま。"))
    job = make_bulk_job(people, "reject")
    Instruction.objects.update(status="held")
    bulk_continue(job_id=job.pk)
    assert sorted(statuses(tuple(rows))) == ["held"] * 3 + ["rejected"]


def worked(job: BulkJob) -> bool:
    try:
        return bulk_continue(job_id=job.pk)
    finally:
        connections.close_all()


def test_a_stopped_job_leaves_the_rest(people: Cast) -> None:
    rows = make_found()
    job = make_bulk_job(people, "reject")
    bulk_stop(job=job, by=people.minato)
    assert bulk_continue(job_id=job.pk) is False
    assert statuses(rows) == ["held", "eligible", "rejected"]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_writer_claims_while_hundreds_of_rows_change() -> None:
    people = cast()
    make_open_order(people, quantity=400)
    order = Task.objects.select_related("work_order")[0].work_order
    job = make_bulk_job(people, "cancel", SearchFilter(order=order.number))
    claims: list[Task | None] = []
    over = threading.Event()

    def write() -> None:
        try:
            while not over.is_set():
                task = task_claim(writer=people.wataru)
                claims.append(task)
                if task is not None:
                    task_skip(writer=people.wataru, task=task, reason="other", note="not mine")
        finally:
            connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while bulk_continue(job_id=job.pk):
            pass
    finally:
        over.set()
        writer.join()
    assert len(claims) > 3  # rows are done a hundred at a time
    done = BulkItem.objects.filter(job=job, state="done").count()
    assert Task.objects.filter(status="cancelled").count() == done > 300  # the others were in hand at their turn
    assert not BulkItem.objects.filter(job=job, state="waiting").exists()
