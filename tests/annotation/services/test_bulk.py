"""Acts on many rows: looked at first, done once each beside everybody's work, gone on with after a killed worker, taken back."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from django.db.models import Count
from django.utils import timezone

from annotation.models import BulkItem, BulkJob, Task, TaskTransition
from annotation.selectors.search import SearchFilter
from annotation.services import bulk
from annotation.services.bulk import bulk_continue, bulk_going_on, bulk_preview, bulk_start, bulk_stop, bulk_undo
from annotation.services.queue import task_claim, task_skip, task_take
from annotation.services.reviews import review_return
from collection.models import Instruction, InstructionTransition
from config.access import RoleMissing
from config.errors import BadInput, Conflict, NotFound
from tests.cast import Cast, cast
from tests.factories.annotation import make_open_order
from tests.factories.collection import make_instruction
from tests.factories.records import make_reason, make_review_held, make_slots, make_submission

FISH = SearchFilter(text="経済")


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


def make_found() -> tuple[Instruction, Instruction, Instruction]:
    """Two that can be rejected, held and eligible, and one that is rejected already."""
    held = make_instruction(instruction="経済の話を一つ。", status="held")
    eligible = make_instruction(instruction="経済の話を二つ。")
    rejected = make_instruction(instruction="経済の話を三つ。", status="rejected")
    return held, eligible, rejected


def start(people: Cast, action: str, chosen: SearchFilter = FISH) -> BulkJob:
    seen = bulk_preview(user=people.minato, action=action, chosen=chosen).count
    return bulk_start(by=people.minato, action=action, chosen=chosen, why="off the subject", seen=seen)


def statuses(rows: tuple[Instruction, ...]) -> list[str]:
    return [Instruction.objects.get(pk=row.pk).status for row in rows]


def test_the_preview_says_what_the_job_then_does(people: Cast) -> None:
    rows = make_found()
    preview = bulk_preview(user=people.minato, action="reject", chosen=FISH)
    assert (preview.changes, preview.leaves) == ({"held": 1, "eligible": 1}, {"rejected": 1})
    job = start(people, "reject")
    assert statuses(rows) == ["held", "eligible", "rejected"]  # nothing yet
    assert bulk_continue(job_id=job.pk) is False
    assert statuses(rows) == ["rejected"] * 3
    job.refresh_from_db()
    assert job.status == "finished" and bulk_going_on() == []
    assert InstructionTransition.objects.filter(why="off the subject", actor_id=str(people.minato.pk)).count() == 2


def test_it_is_taken_back_to_what_each_row_was(people: Cast) -> None:
    rows = make_found()
    job = start(people, "reject")
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
    assert (seen, job.items.count()) == (6, 5)
    with pytest.raises(Conflict):
        bulk_start(by=people.minato, action="cancel", chosen=chosen, why="off the subject", seen=4)
    # Of hundreds, a few may have come.
    bulk_start(by=people.minato, action="cancel", chosen=chosen, why="off the subject", seen=100)


def test_what_others_decided_meanwhile_is_left(people: Cast) -> None:
    held, eligible, _rejected = make_found()
    job = start(people, "reject")
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
    job = start(people, "cancel", SearchFilter(order=tasks[0].work_order.number))
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


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_each_row_is_a_transaction_of_its_own_and_the_job_holds_no_other() -> None:
    people = cast()
    rows = [make_instruction(instruction=f"経済の話、その{number}。") for number in range(6)]
    job = start(people, "reject")

    worker = threading.Thread(target=worked, args=[job])
    with transaction.atomic():
        Instruction.objects.select_for_update().get(pk=rows[3].pk)  # in somebody's hand for a moment
        worker.start()
        while worker.is_alive() and not somebody_waits():
            time.sleep(0.01)
        # Everybody sees what is done already, and may have what is not.
        assert statuses(tuple(rows)) == ["rejected"] * 3 + ["eligible"] * 3
        others = [row.pk for row in rows if row != rows[3]]
        assert len(Instruction.objects.select_for_update(nowait=True).filter(pk__in=others)) == 5
        items = BulkItem.objects.select_for_update(nowait=True).exclude(target_id=rows[3].pk)
        assert sorted(item.state for item in items) == ["done"] * 3 + ["waiting"] * 2
    worker.join()
    assert set(statuses(tuple(rows))) == {"rejected"}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_what_somebody_holds_is_left_for_later_where_many_rows_are_one_statement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bulk, "TOGETHER", 4)
    people = cast()
    tasks = make_slots(people, 6)
    job = start(people, "cancel", SearchFilter(order=tasks[0].work_order.number))

    def left() -> list[str]:
        return [Task.objects.get(pk=task.pk).status for task in tasks]

    with transaction.atomic():
        Task.objects.select_for_update().get(pk=tasks[3].pk)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(worked, job).result() is True  # waits for nobody, and is not at its end
        assert left() == ["cancelled"] * 3 + ["queued"] + ["cancelled"] * 2
    assert bulk_continue(job_id=job.pk) is False
    assert set(left()) == {"cancelled"}
    assert set(job.items.values_list("state", "before")) == {("done", "queued")}


def worked(job: BulkJob) -> bool:
    try:
        return bulk_continue(job_id=job.pk)
    finally:
        connections.close_all()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])


def test_a_stopped_job_leaves_the_rest(people: Cast) -> None:
    rows = make_found()
    job = start(people, "reject")
    bulk_stop(job=job, by=people.minato)
    assert bulk_continue(job_id=job.pk) is False
    assert statuses(rows) == ["held", "eligible", "rejected"]


def test_tasks_in_hand_and_returned_ones_go_back_to_the_queue(people: Cast) -> None:
    first, second = make_slots(people, 2)
    claimed = task_claim(writer=people.wataru)
    assert claimed == first
    make_submission(second, people.wakana)
    number = first.work_order.number
    preview = bulk_preview(user=people.minato, action="requeue", chosen=SearchFilter(order=number))
    assert (preview.changes, preview.leaves, preview.can_undo) == ({"claimed": 1}, {"submitted": 1}, True)
    bulk_continue(job_id=start(people, "requeue", SearchFilter(order=number)).pk)
    first.refresh_from_db()
    assert (first.status, first.writer) == ("queued", None)


def requeued(people: Cast) -> tuple[list[Task], BulkJob]:
    """Three tasks put back into the queue: one in hand, one returned to the same writer, one in hand of another."""
    make_reason("instruction_missed")
    tasks = make_slots(people, 5)
    returned = make_submission(tasks[1], people.wataru)
    make_review_held(returned, people.ren)
    review_return(reviewer=people.ren, task=tasks[1], reasons=["instruction_missed"], comment="Again.")
    task_take(writer=people.wataru, task=tasks[0])
    task_take(writer=people.wakana, task=tasks[2])
    job = start(people, "requeue", SearchFilter(order=tasks[0].work_order.number))
    bulk_continue(job_id=job.pk)
    return tasks, job


def undone(people: Cast, job: BulkJob) -> dict[int, str]:
    bulk_undo(job=job, by=people.minato)
    bulk_continue(job_id=job.pk)
    return dict(BulkItem.objects.filter(job=job).values_list("target_id", "state"))


def test_what_was_requeued_goes_back_to_its_writer_as_it_was(people: Cast) -> None:
    tasks, job = requeued(people)
    assert set(Task.objects.values_list("status", flat=True)) == {"queued"}
    assert set(undone(people, job).values()) == {"undone"}
    now = {task.pk: (task.status, task.writer, task.rework_round) for task in Task.objects.select_related("writer")}
    assert now[tasks[0].pk] == ("claimed", people.wataru, 0)
    assert now[tasks[1].pk] == ("returned", people.wataru, 1)
    assert now[tasks[2].pk] == ("claimed", people.wakana, 0)
    last = TaskTransition.objects.filter(subject=tasks[0]).latest("pk")
    assert (last.to_status, last.actor_id, last.why) == ("claimed", str(people.minato.pk), "off the subject")
    tasks[0].refresh_from_db()
    assert tasks[0].lease_expires_at is not None and tasks[0].lease_expires_at > timezone.now()


def test_what_somebody_took_since_and_what_no_hand_is_free_for_stays(people: Cast) -> None:
    tasks, job = requeued(people)
    task_take(writer=people.wakana, task=tasks[0])  # another's now; and her own hand is no longer free
    states = undone(people, job)
    assert states == {tasks[0].pk: "kept", tasks[1].pk: "undone", tasks[2].pk: "kept"}
    tasks[2].refresh_from_db()
    assert (tasks[2].status, tasks[2].writer) == ("queued", None)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_writer_claims_while_hundreds_of_rows_change() -> None:
    people = cast()
    make_open_order(people, quantity=400)
    order = Task.objects.select_related("work_order")[0].work_order
    job = start(people, "cancel", SearchFilter(order=order.number))
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
