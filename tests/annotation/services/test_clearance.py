"""A clearance: what it checks again, and what its reports make clean."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections

from annotation.models import Clearance, GateAdjudication, GateReport
from annotation.selectors.operations import clean_count
from annotation.selectors.review import open_questions
from annotation.services import clearance as module
from annotation.services.clearance import ClearanceGoesOn, clearance_run
from annotation.services.gate import watermark_now
from annotation.services.gate_settings import gate_settings_in_force, settings_write
from annotation.services.reviews import question_answer
from tests.annotation.cleanroom.texts import INDEPENDENT, OTHERS
from tests.annotation.services.test_gate import CLOSE
from tests.cast import Cast, cast
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_acceptance, make_record, make_submission, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def test_a_clearance_checks_what_is_stale_and_nothing_twice(people: Cast) -> None:
    record = make_record(people)
    reports = GateReport.objects.filter(submission=record.current_submission)
    assert reports.count() == 1
    make_reference(make_instruction(), text=OTHERS[0])
    seen: list[tuple[str, int, int]] = []
    clearance = clearance_run(watch=lambda *told: seen.append(told))
    assert (clearance.checked_count, clearance.blocked_count, clearance.watermark) == (1, 0, watermark_now())
    assert clearance.finished_at is not None
    assert (reports.count(), reports.latest("id").occasion) == (2, "clearance")
    assert seen == [("clear", 1, 1)]
    clearance_run()
    assert reports.count() == 2
    assert clean_count() == 1


def test_a_reference_that_came_after_the_text_is_for_review_and_never_blocks(people: Cast) -> None:
    record = make_record(people, text=INDEPENDENT)
    make_reference(make_instruction(), text=INDEPENDENT)
    clearance = clearance_run()
    assert clearance.blocked_count == 0
    report = GateReport.objects.filter(submission=record.current_submission).latest("id")
    assert report.decision == GateReport.Decision.REVIEW
    assert "postdated" in {reason["code"] for reason in report.reasons}
    assert clean_count() == 0
    question_answer(
        reviewer=people.rin, submission=record.current_submission, key="gate:close", why="Written before it was asked."
    )
    assert clean_count() == 1


def test_a_judgement_holds_for_equal_reasons_and_for_no_others(people: Cast) -> None:
    make_reference(make_instruction(), text=OTHERS[0])
    submission = make_submission(make_task(people), people.wataru, text=CLOSE)
    make_acceptance(submission, people.ren, answers={"gate:close": "A set phrase of history books."})
    clearance_run()
    assert clean_count() == 1
    make_reference(make_instruction(), text=OTHERS[1])  # has nothing to do with it
    clearance_run()
    assert GateReport.objects.filter(submission=submission).count() == 2
    assert clean_count() == 1
    assert open_questions(submission) == []
    make_reference(make_instruction(), text=OTHERS[0])  # the same passage in another reference: another reason
    clearance_run()
    assert [question.key for question in open_questions(submission)] == ["gate:close"]
    assert clean_count() == 0
    question_answer(reviewer=people.rin, submission=submission, key="gate:close", why="The same phrase again.")
    assert clean_count() == 1
    assert GateAdjudication.objects.count() == 2


# --- killed, and gone on with ----------------------------------------------------------------------------------------


def killed_after(count: int) -> Callable[[str, int, int], None]:
    def watch(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("clear", count):
            raise KeyboardInterrupt

    return watch


@pytest.fixture
def stale(people: Cast, monkeypatch: pytest.MonkeyPatch) -> Clearance:
    """Three clean texts, then another reference, and a clearance killed after the first text."""
    monkeypatch.setattr(module, "BATCH", 1)
    for _ in range(3):
        make_record(people)
    make_reference(make_instruction(), text=OTHERS[0])
    with pytest.raises(KeyboardInterrupt):
        clearance_run(watch=killed_after(1))
    return Clearance.objects.latest("id")


def test_a_clearance_that_was_killed_goes_on_where_it_was_with_its_watermark(stale: Clearance) -> None:
    assert stale.finished_at is None
    late = make_reference(make_instruction(), text=OTHERS[1])
    seen: list[tuple[str, int, int]] = []
    clearance = clearance_run(watch=lambda *told: seen.append(told))
    assert (clearance.pk, clearance.watermark, clearance.checked_count) == (stale.pk, late.position - 1, 3)
    assert clearance.finished_at is not None
    assert seen == [("clear", 1, 2), ("clear", 2, 2)]
    reports = GateReport.objects.filter(occasion="clearance", at__gt=stale.started_at)
    assert reports.count() == reports.values("submission").distinct().count() == 3
    assert clean_count() == 3
    assert clearance_run().pk != stale.pk


def test_a_clearance_of_other_settings_or_of_another_day_is_not_gone_on_with(stale: Clearance) -> None:
    Clearance.objects.filter(pk=stale.pk).update(started_at=stale.started_at - timedelta(hours=13))
    with pytest.raises(KeyboardInterrupt):
        clearance_run(watch=killed_after(1))
    second = Clearance.objects.latest("id")
    assert second.pk != stale.pk
    settings = gate_settings_in_force()
    settings_write(thresholds=settings.thresholds, why="a trial", after=settings.version)
    third = clearance_run()
    assert third.pk != second.pk
    assert third.settings_version == settings.version + 1
    assert clean_count() == 3


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_processes_share_a_clearance_and_two_clearances_are_not_run_at_once(
    people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 1)
    for _ in range(3):
        make_record(people)
    make_reference(make_instruction(), text=OTHERS[0])
    refused: list[str] = []

    def run_another() -> None:
        try:
            clearance_run()
        except ClearanceGoesOn as refusal:
            refused.append(refusal.code)
        finally:
            connections.close_all()

    def watch(stage: str, done: int, total: int) -> None:
        thread = threading.Thread(target=run_another)
        thread.start()
        thread.join(timeout=20)

    clearance = clearance_run(watch=watch, processes=2)
    assert clearance.checked_count == 3
    assert refused == ["clearance_goes_on"] * 3
    assert clean_count() == 3
    assert clearance_run().checked_count == 3
