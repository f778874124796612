"""The list of what is accepted and not clean: brought up to now from what was stored since, it is what counting everything finds."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings

from annotation.models import CleanRule, DayVerdicts, FiguresState, GateSettings, HourFigure, NotClean, Task
from annotation.selectors.operations import RULE_FIELDS, clean_count
from annotation.services import figures, not_clean
from annotation.services.figures import figures_refresh
from annotation.services.reviews import VerdictForm, question_answer
from annotation.services.verdicts import verdict_give, verdict_undo
from collection.services.screening import instruction_hold
from collection.services.withdrawal import instruction_withdraw
from tests.annotation import test_clean_rules as rules
from tests.cast import Cast, cast
from tests.factories.records import make_record, make_review_held, make_slots, make_submission

pytestmark = pytest.mark.django_db
# Written once and never changed: what a record of the view rests on in them was said by a row of a log.
NEVER_CHANGED = {"vendors_signature"}
# Rows that change, each with a line in a log of its moves, or that tell no rule anything.
MOVED = {"annotation_task", "collection_instruction", "vendors_workorder"}
TOLD_ALONE = {"annotation_recordsalt", "vendors_guidelineversion", "vendors_organisation"}


@pytest.fixture
def people() -> Cast:
    return cast()


def kept_out() -> set[int]:
    """By the view itself."""
    clean = CleanRule.objects.filter(**dict.fromkeys(RULE_FIELDS, True)).values("task")
    return set(Task.objects.filter(status="accepted").exclude(pk__in=clean).values_list("pk", flat=True))


def time_passes() -> None:
    """All that is stored so far was stored long ago."""
    state = FiguresState.objects.get()
    with connection.cursor() as cursor:
        for table in not_clean.CHANGED:
            cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
            state.looked["marks"][table] = cursor.fetchone()[0]
    everything = figures_refresh(everything=True)
    assert everything is not None
    state.looked["settled"] = everything.outcomes
    FiguresState.objects.update(looked=state.looked)


def counted() -> dict[str, Any]:
    """What the summaries say, without times and keys."""
    state = FiguresState.objects.get()
    hours = HourFigure.objects.order_by("hour", "event", "vendor", "category")
    days = [field.name for field in DayVerdicts._meta.fields if field.name != "id"]
    return {
        "list": set(NotClean.objects.values_list("pk", flat=True)),
        "clean": state.clean_count,
        "outcomes": {kind: {code: n for code, n in found.items() if n} for kind, found in state.outcomes.items()},
        "hours": list(hours.values_list("hour", "event", "vendor", "category", "count")),
        "days": sorted(map(str, DayVerdicts.objects.values_list(*days))),
    }


def assert_as_everything() -> None:
    """A refresh since the last one says what a count of everything says, and what the view says."""
    figures_refresh()
    lately = counted()
    assert (lately["list"], lately["clean"]) == (kept_out(), clean_count())
    figures_refresh(everything=True)
    assert counted() == lately


def instruction_held(task: Task, people: Cast) -> None:
    instruction_hold(instruction=task.instruction, by=people.minato, why="Look again.")


def instruction_withdrawn(task: Task, people: Cast) -> None:
    instruction_withdraw(participant=task.instruction.participant, public_id=task.instruction.public_id)


def verdict_taken_back(task: Task, people: Cast) -> None:
    """A verdict is given and taken back within its seconds; nobody else sees anything of it."""
    (slot,) = make_slots(people, 1)
    held = make_review_held(make_submission(slot, people.wakana), people.ren)
    with override_settings(REVIEW_UNDO_SECONDS=10):
        verdict_give(reviewer=people.ren, task=held, verdict="accept", form=VerdictForm())
        verdict_undo(reviewer=people.ren, task=held)


HAPPENS: tuple[Callable[[Task, Cast], None], ...] = (
    verdict_taken_back,
    rules.consent_taken_back,
    rules.terms_without_release,
    instruction_held,
    instruction_withdrawn,
    rules.writer_barred,
    rules.newer_agreement_before_the_start,
    rules.signature_revoked_before_the_sending,
    rules.seen_before_it_was_sent,
    rules.reviewer_was_not_one_at_the_time,
    rules.references_arrived_and_a_clearance_left_it_out,
    rules.gate_settings_changed,
    rules.newest_report_blocks,
    rules.newest_report_asks_and_nobody_answered,
    rules.moderation_turned,
    rules.personal_data_found,
    rules.acceptance_revoked,
)


@pytest.mark.parametrize("happens", HAPPENS, ids=lambda one: one.__name__)
def test_whatever_happens_the_list_is_what_the_view_says(people: Cast, happens: Callable[[Task, Cast], None]) -> None:
    task, _other = make_record(people), make_record(people)
    figures_refresh()
    time_passes()
    figures_refresh()
    assert not NotClean.objects.exists()
    happens(Task.objects.get(pk=task.pk), people)
    assert_as_everything()
    time_passes()
    assert_as_everything()


def test_what_is_mended_leaves_the_list(people: Cast) -> None:
    task = make_record(people)
    rules.moderation_turned(task, people)
    figures_refresh()
    assert set(NotClean.objects.values_list("pk", flat=True)) == {task.pk}
    time_passes()
    question_answer(reviewer=people.rin, submission=task.current_submission, key="check:moderation", why="A tale.")
    assert_as_everything()
    assert not NotClean.objects.exists()


def test_what_nothing_was_stored_about_is_not_looked_at_again(people: Cast) -> None:
    task = make_record(people)
    figures_refresh()
    time_passes()
    NotClean.objects.create(task=task)
    figures_refresh()
    assert NotClean.objects.exists()
    figures_refresh(everything=True)
    assert not NotClean.objects.exists()


def test_all_records_are_looked_at_again_in_portions_when_a_fact_is_another(
    people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(not_clean, "LOOKED_AT_ONCE", 2)
    monkeypatch.setattr(figures, "LOOK_SECONDS", 0)
    tasks = [make_record(people) for _ in range(5)]
    figures_refresh()  # the first time as long as it takes
    time_passes()
    rules.gate_settings_changed(tasks[0], people)

    def refreshed() -> tuple[int, int | None]:
        figures_refresh()
        return NotClean.objects.count(), FiguresState.objects.get().looked["again"]

    assert [refreshed(), refreshed(), refreshed()] == [(2, tasks[1].pk), (4, tasks[3].pk), (5, None)]
    assert kept_out() == set(NotClean.objects.values_list("pk", flat=True))
    # Another fact in the middle of it begins it anew.
    GateSettings.objects.create(version=3, engine_version="another", thresholds={})
    assert refreshed() == (5, tasks[1].pk)
    GateSettings.objects.create(version=4, engine_version="another", thresholds={})
    assert refreshed() == (5, tasks[1].pk)


def test_every_table_of_the_view_is_followed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.view_table_usage WHERE view_name = 'clean_fact'")
        used = {name for (name,) in cursor.fetchall()}
    followed = {*not_clean.CHANGED, *not_clean.FACTS, *NEVER_CHANGED, *MOVED, *TOLD_ALONE}
    assert used - followed == set()
    assert {f"{table}transition" for table in MOVED} <= set(not_clean.CHANGED)
