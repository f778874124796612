"""A clearance: what it checks again, and what its reports make clean."""

import pytest

from annotation.models import GateAdjudication, GateReport
from annotation.selectors.operations import clean_count
from annotation.selectors.review import open_questions
from annotation.services.clearance import clearance_run
from annotation.services.gate import watermark_now
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
    seen: list[int] = []
    clearance = clearance_run(progress=seen.append)
    assert (clearance.checked_count, clearance.blocked_count, clearance.watermark) == (1, 0, watermark_now())
    assert clearance.finished_at is not None
    assert (reports.count(), reports.latest("id").occasion) == (2, "clearance")
    assert seen == [1]
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
