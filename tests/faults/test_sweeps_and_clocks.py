"""Two beats queue every job twice, and clocks step: nothing is done twice for it, and nothing that was acknowledged is lost."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from annotation import jobs as hall
from annotation.models import Submission, Task, TaskTransition
from annotation.services.drafts import draft_save
from annotation.services.queue import task_heartbeat
from annotation.services.submissions import submission_send
from collection import jobs as public
from collection.models import Cap, LedgerEntry, Reference
from collection.services.budget import budget_settle
from config.celery import app
from tests.cast import cast
from tests.factories.annotation import TEXT, lease_end, make_claim, make_open_order
from tests.factories.collection import make_question
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

# What asks for minutes of work or sends letters has tests of its own.
TWICE = [
    public.screening_sweep, public.answers_sweep, hall.leases_sweep, hall.verdicts_sweep, hall.figures_sweep,
    hall.commitments_sweep, hall.inspection_sweep, hall.drafts_sweep,
]  # fmt: skip


def test_two_beats_at_once_do_everything_once() -> None:
    """A lease that ended, an answer whose process died, an instruction nobody screened: each is dealt with once."""
    people = cast()
    make_open_order(people, quantity=1)
    lease_end(make_claim(people.wataru))
    lost = make_question(costs=10)
    Reference.objects.filter(pk=lost.pk).update(created_at=timezone.now() - timedelta(hours=1))
    results = at_once(*(job for job in TWICE for _ in range(2)))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert TaskTransition.objects.filter(from_status="claimed", to_status="queued").count() == 1
    assert Task.objects.get().status == "queued"
    assert lost.transitions.count() == 1
    assert [entry.kind for entry in LedgerEntry.objects.all()] == ["reserved"]  # until somebody knows what it cost
    cap = Cap.objects.get(scope="total")
    assert (cap.reserved_microusd, cap.spent_microusd) == (10, 0)


def test_every_job_of_the_timetable_may_run_twice_in_a_row() -> None:
    app.loader.import_default_modules()
    for entry in app.conf.beat_schedule.values():
        for _ in range(2):
            app.tasks[entry["task"]]()


def test_clocks_that_step_back_and_forward_lose_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases end by the database's clock alone: a web server whose own is wrong takes nobody's task away."""
    step = clock(monkeypatch)
    people = cast()
    make_open_order(people, quantity=1)
    task = make_claim(people.wataru)
    draft = draft_save(writer=people.wataru, task=task, text=TEXT[:30], base_revision=0, buckets=[])

    step(timedelta(hours=-2))
    draft = draft_save(writer=people.wataru, task=task, text=TEXT[:60], base_revision=draft.revision, buckets=[])
    task_heartbeat(writer=people.wataru, task=task)
    hall.leases_sweep()
    hall.drafts_sweep()
    assert Task.objects.get().status == "claimed"

    step(timedelta(days=1))
    hall.leases_sweep()
    assert Task.objects.get().status == "claimed"
    submission_send(writer=people.wataru, task=task, text=TEXT, base_revision=draft.revision, is_attested=True)
    assert [one.text for one in Submission.objects.all()] == [TEXT]
    moves = list(TaskTransition.objects.order_by("pk").values_list("to_status", flat=True))
    assert moves == ["claimed", "submitted"]


def test_an_answer_that_ends_on_another_day_is_booked_on_the_day_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    step = clock(monkeypatch)
    reference = make_question(costs=10)
    for days in (1, -3):
        step(timedelta(days=days))
        budget_settle(reference=reference, cost_microusd=7, is_estimated=False)
    for cap in Cap.objects.exclude(key="", scope__in=["day", "participant_day", "address_day"]):
        assert (cap.reserved_microusd, cap.spent_microusd) == (0, 7), (cap.scope, cap.key)
    assert LedgerEntry.objects.filter(kind="settled").count() == 1


def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Let this machine's clock be set: every step is from the true time, and the database's own goes on as it did."""
    true = timezone.now
    off = timedelta()

    def now() -> datetime:
        return true() + off

    def step(by: timedelta) -> None:
        nonlocal off
        off = by

    monkeypatch.setattr(timezone, "now", now)
    return step
