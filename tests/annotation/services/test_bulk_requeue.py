"""Tasks that an act on many rows puts back into the queue, and their way back to their writers."""

import pytest
from django.utils import timezone

from annotation.models import BulkItem, BulkJob, Task, TaskTransition
from annotation.selectors.search import SearchFilter
from annotation.services.bulk import bulk_continue, bulk_preview, bulk_undo
from annotation.services.queue import task_claim, task_take
from annotation.services.reviews import review_return
from tests.cast import Cast, cast
from tests.factories.bulk import make_bulk_job
from tests.factories.records import make_reason, make_review_held, make_slots, make_submission


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


def test_tasks_in_hand_and_returned_ones_go_back_to_the_queue(people: Cast) -> None:
    first, second = make_slots(people, 2)
    claimed = task_claim(writer=people.wataru)
    assert claimed == first
    make_submission(second, people.wakana)
    number = first.work_order.number
    preview = bulk_preview(user=people.minato, action="requeue", chosen=SearchFilter(order=number))
    assert (preview.changes, preview.leaves, preview.can_undo) == ({"claimed": 1}, {"submitted": 1}, True)
    bulk_continue(job_id=make_bulk_job(people, "requeue", SearchFilter(order=number)).pk)
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
    job = make_bulk_job(people, "requeue", SearchFilter(order=tasks[0].work_order.number))
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
