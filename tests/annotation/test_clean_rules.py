"""The nine clean rules: each one alone keeps a record out, is seen in `clean_rule`, and is told by `explain_record`."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from annotation.checks import RULES, clean_rules_explain
from annotation.models import (
    CleanRecord,
    CleanRule,
    Clearance,
    GateReport,
    GateSettings,
    OutputCheck,
    Showing,
    Submission,
    Task,
    TaskTransition,
)
from annotation.selectors.operations import RULE_FIELDS
from annotation.states import TASK_MOVES, TaskStatus
from collection.services.consent import consent_withdraw
from config.moves import Actor, move
from tests.cast import Cast, cast, cast_here
from tests.database import Rows
from tests.factories.collection import (
    make_instruction,
    make_reference,
)
from tests.factories.records import (
    make_moderation,
    make_record,
)
from tests.factories.vendors import make_agreement
from vendors.services import signature_revoke, writer_bar

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def tamper(sql: str, *values: Any) -> None:
    """Change rows past every trigger: what no service can do, and the view must still see."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values)
        assert cursor.rowcount > 0, "nothing was changed, so nothing would be tested"
        cursor.execute("SET LOCAL session_replication_role = origin")


def failing(task: Task) -> set[str]:
    """The rules that do not hold for the task, by the view."""
    row = CleanRule.objects.get(task=task)
    return {name for name in RULE_FIELDS if not getattr(row, name)}


def explained(task: Task) -> tuple[int, dict[str, bool]]:
    """The exit code of `explain_record`, and what it says of each rule."""
    out = StringIO()
    code = 0
    try:
        call_command("explain_record", str(task.public_id), "--json", stdout=out)
    except CommandError as error:
        code = error.returncode
    return code, {fact["name"]: fact["holds"] for fact in json.loads(out.getvalue())["rules"]}


def evidence(task: Task) -> dict[str, Any]:
    """The facts behind each rule, as the database stands."""
    fresh = Task.objects.select_related("instruction", "current_submission", "work_order").get(pk=task.pk)
    return {result.name: result.evidence for result in clean_rules_explain(fresh)}


def assert_clean(task: Task) -> None:
    assert failing(task) == set()
    assert CleanRecord.objects.filter(pk=task.public_id).exists()
    assert explained(task) == (0, dict.fromkeys(RULE_FIELDS, True))


# --- what breaks a rule ----------------------------------------------------------------------------------------------


def consent_taken_back(task: Task, people: Cast) -> None:
    consent_withdraw(participant=task.instruction.participant)


def terms_without_release(task: Task, people: Cast) -> None:
    terms = task.instruction.consent.terms_id
    tamper("UPDATE collection_terms SET allows_release = false WHERE id = %s", terms)


def instruction_held_again(task: Task, people: Cast) -> None:
    tamper("UPDATE collection_instruction SET status = 'held' WHERE id = %s", task.instruction_id)


def instruction_found_to_repeat_another(task: Task, people: Cast) -> None:
    other = make_instruction()
    tamper("UPDATE collection_instruction SET duplicate_of_id = %s WHERE id = %s", other.pk, task.instruction_id)


def writer_barred(task: Task, people: Cast) -> None:
    writer_bar(user=people.wataru, by=people.aoi, why="Used a model.")


def newer_agreement_before_the_start(task: Task, people: Cast) -> None:
    agreement = make_agreement()
    early = task.current_submission.started_at - timedelta(hours=1)
    tamper("UPDATE vendors_agreement SET published_at = %s WHERE id = %s", early, agreement.pk)


def signed_after_the_start(task: Task, people: Cast) -> None:
    submission = task.current_submission
    late = submission.started_at + timedelta(seconds=1)
    tamper("UPDATE vendors_signature SET at = %s WHERE id = %s", late, submission.signature_id)


def signature_revoked_before_the_sending(task: Task, people: Cast) -> None:
    submission = task.current_submission
    revocation = signature_revoke(signature=submission.signature, by=people.aoi, why="Not the person they said.")
    tamper("UPDATE vendors_signaturerevocation SET at = %s WHERE id = %s", submission.at, revocation.pk)


def signature_of_another_person(task: Task, people: Cast) -> None:
    tamper(
        "UPDATE vendors_signature SET user_id = %s WHERE id = %s", people.luna.pk, task.current_submission.signature_id
    )


def flag_without_a_reason(task: Task, people: Cast) -> None:
    tamper(
        "UPDATE annotation_writingtrace SET flags = '[\"paste_share\"]' WHERE submission_id = %s",
        task.current_submission_id,
    )


def trace_gone(task: Task, people: Cast) -> None:
    tamper("DELETE FROM annotation_writingtrace WHERE submission_id = %s", task.current_submission_id)


def text_from_a_file(task: Task, people: Cast) -> None:
    tamper("UPDATE annotation_submission SET origin = 'import' WHERE id = %s", task.current_submission_id)


def text_changed_after_acceptance(task: Task, people: Cast) -> None:
    tamper("UPDATE annotation_submission SET text = text || '。' WHERE id = %s", task.current_submission_id)


def reviewed_by_the_writer(task: Task, people: Cast) -> None:
    tamper(
        "UPDATE annotation_review SET reviewer_id = %s WHERE submission_id = %s",
        people.wataru.pk, task.current_submission_id,
    )  # fmt: skip


def reviewed_by_the_person_who_edited_it(task: Task, people: Cast) -> None:
    tamper(
        "UPDATE annotation_submission SET origin = 'reviewer', edited_by_id = %s, edited_from_id = %s WHERE id = %s",
        people.ren.pk, Submission.objects.latest("id").pk, task.current_submission_id,
    )  # fmt: skip


def seen_before_it_was_sent(task: Task, people: Cast) -> None:
    make_reference(task.instruction)
    sent_at = task.current_submission.at
    Showing.objects.create(
        reference=task.instruction.references.get(), instruction=task.instruction, user=people.wataru, place="desk",
        mark=1, wording=1,
    )  # fmt: skip
    tamper("UPDATE annotation_showing SET at = %s", sent_at)


def reviewed_by_the_vendors_own_lead(task: Task, people: Cast) -> None:
    tamper(
        "UPDATE annotation_review SET reviewer_id = %s WHERE submission_id = %s",
        people.luna.pk, task.current_submission_id,
    )  # fmt: skip


def reviewer_was_not_one_at_the_time(task: Task, people: Cast) -> None:
    tamper("UPDATE vendors_membership SET ended_at = now() - interval '1 hour' WHERE user_id = %s", people.ren.pk)


def another_text_was_accepted(task: Task, people: Cast) -> None:
    tamper(
        "UPDATE annotation_review SET text_sha256 = repeat('0', 64) WHERE submission_id = %s",
        task.current_submission_id,
    )


def references_arrived_and_a_clearance_left_it_out(task: Task, people: Cast) -> None:
    newest = Clearance.objects.latest("id")
    Clearance.objects.create(
        engine_version=newest.engine_version,
        settings_version=newest.settings_version,
        watermark=newest.watermark + 1,
        finished_at=timezone.now(),
    )


def gate_settings_changed(task: Task, people: Cast) -> None:
    newest = GateSettings.objects.get()
    GateSettings.objects.create(version=2, engine_version=newest.engine_version, thresholds=newest.thresholds)


def report_copied(task: Task, **changes: Any) -> None:
    report = GateReport.objects.filter(submission=task.current_submission_id).latest("id")
    fields = {field.name: getattr(report, field.name) for field in report._meta.fields}
    for name in ("id", "public_id", "at"):
        fields.pop(name)
    GateReport.objects.create(**fields | changes)


def newest_report_blocks(task: Task, people: Cast) -> None:
    report_copied(task, decision=GateReport.Decision.BLOCK)


def newest_report_asks_and_nobody_answered(task: Task, people: Cast) -> None:
    report_copied(task, decision=GateReport.Decision.REVIEW, reasons_sha256="1" * 64)


def newest_report_is_about_other_bytes(task: Task, people: Cast) -> None:
    report_copied(task, text_sha256="2" * 64)


def moderation_turned(task: Task, people: Cast) -> None:
    make_moderation(task.current_submission, outcome=OutputCheck.Outcome.FAIL)


def moderation_never_answered(task: Task, people: Cast) -> None:
    tamper(
        "DELETE FROM annotation_outputcheck WHERE check_id = 'moderation' AND submission_id = %s",
        task.current_submission_id,
    )


def personal_data_found(task: Task, people: Cast) -> None:
    make_moderation(task.current_submission, outcome=OutputCheck.Outcome.HOLD, check_id="personal_data")


def acceptance_revoked(task: Task, people: Cast) -> None:
    move(task, TaskStatus.REVOKED, moves=TASK_MOVES, log=TaskTransition, by=Actor.user(people.aoi), why="wrong")


def order_cancelled(task: Task, people: Cast) -> None:
    tamper("UPDATE vendors_workorder SET status = 'cancelled' WHERE id = %s", task.work_order_id)


def practice_text(task: Task, people: Cast) -> None:
    tamper("UPDATE collection_instruction SET is_practice = true WHERE id = %s", task.instruction_id)


BREAKING: dict[str, tuple[Callable[[Task, Cast], None], ...]] = {
    "is_consented": (consent_taken_back, terms_without_release),
    "is_screened": (instruction_held_again, instruction_found_to_repeat_another),
    "is_signed": (
        writer_barred,
        newer_agreement_before_the_start,
        signed_after_the_start,
        signature_revoked_before_the_sending,
        signature_of_another_person,
    ),
    "is_written_by_hand": (flag_without_a_reason, trace_gone, text_from_a_file, seen_before_it_was_sent),
    "is_accepted": (
        text_changed_after_acceptance,
        reviewed_by_the_writer,
        reviewed_by_the_person_who_edited_it,
        reviewed_by_the_vendors_own_lead,
        reviewer_was_not_one_at_the_time,
        another_text_was_accepted,
    ),
    "is_gated": (
        references_arrived_and_a_clearance_left_it_out,
        gate_settings_changed,
        newest_report_blocks,
        newest_report_asks_and_nobody_answered,
        newest_report_is_about_other_bytes,
    ),
    "is_checked": (moderation_turned, moderation_never_answered, personal_data_found),
    "is_unrevoked": (acceptance_revoked, order_cancelled),
    "is_allowed_here": (practice_text,),
}
CASES = [
    pytest.param(rule, break_it, id=f"{rule}-{break_it.__name__}") for rule in BREAKING for break_it in BREAKING[rule]
]


def test_every_rule_of_the_view_is_explained_and_broken_here() -> None:
    assert tuple(name for _number, name, _text in RULES) == RULE_FIELDS == tuple(BREAKING)
    with connection.cursor() as cursor:
        cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'clean_rule'::regclass AND attnum > 1")
        assert {row[0] for row in cursor.fetchall()} == set(RULE_FIELDS)


def two_records() -> None:
    people = cast()
    make_record(people)
    make_record(people)


TWO_RECORDS = Rows(two_records)


@pytest.mark.parametrize(("rule", "break_it"), CASES)
def test_a_broken_rule_alone_keeps_the_record_out_and_is_said(
    rule: str, break_it: Callable[[Task, Cast], None]
) -> None:
    TWO_RECORDS.put()
    people = cast_here()
    task, other = Task.objects.order_by("id")
    assert_clean(task)
    before = evidence(task)
    break_it(task, people)
    assert failing(task) == {rule}
    assert evidence(task)[rule] != before[rule]  # what is told beside a failing rule says what is wrong
    assert not CleanRecord.objects.filter(pk=task.public_id).exists()
    code, holds = explained(task)
    assert code == 1
    assert holds == {**dict.fromkeys(RULE_FIELDS, True), rule: False}
    spared = rule in {
        "is_consented",
        "is_screened",
        "is_written_by_hand",
        "is_checked",
        "is_unrevoked",
        "is_allowed_here",
    }
    if spared and break_it is not terms_without_release:
        assert_clean(other)
