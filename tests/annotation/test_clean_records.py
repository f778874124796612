"""What the clean rules let through: each case that looks like a breach and is none."""

import pytest
from django.utils import timezone

from annotation.models import CleanRecord, OutputCheck
from annotation.selectors.operations import clean_count
from annotation.services.clearance import clearance_run
from collection.models import Installation, Terms
from tests.annotation.test_clean_rules import assert_clean, explained, failing, tamper
from tests.cast import Cast, cast
from tests.factories.collection import make_import_batch, make_instruction, make_participant, make_terms
from tests.factories.records import make_acceptance, make_moderation, make_record, make_submission, make_task
from tests.factories.vendors import make_agreement
from vendors.services import signature_revoke

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def test_an_import_is_clean_by_its_licence_until_that_is_revoked(people: Cast) -> None:
    batch = make_import_batch(licence="CC0-1.0")
    task = make_record(people, task=make_task(people, instruction=make_instruction(import_batch=batch)))
    assert_clean(task)
    record = CleanRecord.objects.get(pk=task.public_id)
    assert (record.source, record.licence) == ("import", "CC0-1.0")
    batch.revoked_at = timezone.now()
    batch.save()
    assert failing(task) == {"is_consented"}
    assert explained(task)[0] == 1


def test_consent_to_later_terms_leaves_the_earlier_consent_standing(people: Cast) -> None:
    participant = make_participant()
    task = make_record(people, task=make_task(people, instruction=make_instruction(participant=participant)))
    make_terms()
    assert Terms.objects.count() == 2
    assert_clean(task)


def test_an_agreement_published_after_the_start_changes_nothing(people: Cast) -> None:
    task = make_record(people)
    make_agreement()
    assert_clean(task)


def test_a_signature_revoked_after_the_sending_leaves_what_was_sent(people: Cast) -> None:
    task = make_record(people)
    signature_revoke(signature=task.current_submission.signature, by=people.aoi, why="Left.")
    assert_clean(task)


def test_a_flag_that_a_reviewer_cleared_with_a_reason_is_clean(people: Cast) -> None:
    submission = make_submission(make_task(people), people.wataru, untrusted=1)
    task = make_acceptance(submission, people.ren, answers={"trace:untrusted_events": "A declared dictation program."})
    clearance_run()
    assert_clean(task)


def test_a_reviewer_who_left_since_has_still_accepted(people: Cast) -> None:
    task = make_record(people)
    people.ren.memberships.update(ended_at=timezone.now())
    assert_clean(task)


def test_a_held_check_that_a_reviewer_passed_is_clean(people: Cast) -> None:
    submission = make_submission(make_task(people), people.wataru, is_moderated=False)
    make_moderation(submission, outcome=OutputCheck.Outcome.HOLD)
    task = make_acceptance(submission, people.ren, answers={"check:moderation": "It quotes a fairy tale."})
    clearance_run()
    assert_clean(task)


def test_nothing_is_clean_before_the_first_clearance(people: Cast) -> None:
    task = make_record(people, is_cleared=False)
    assert failing(task) == {"is_gated"}
    assert clean_count() == 0
    clearance_run()
    assert_clean(task)
    assert clean_count() == 1


def test_a_closed_order_keeps_its_records(people: Cast) -> None:
    task = make_record(people)
    task.work_order.refresh_from_db()
    assert task.work_order.status == "completed"  # by itself, with its last decision
    tamper("UPDATE vendors_workorder SET status = 'closed' WHERE id = %s", task.work_order_id)
    assert_clean(task)


def test_practice_text_is_clean_in_a_demonstration_and_says_so(people: Cast) -> None:
    Installation.objects.create(is_demonstration=True)
    task = make_record(people, task=make_task(people, instruction=make_instruction(is_practice=True)))
    assert_clean(task)
    assert CleanRecord.objects.get(pk=task.public_id).is_demonstration
