"""Handing in: what is written, what is refused with nothing lost, and calling back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.errors import (
    GateBlocked,
    LeaseLost,
    NotAttested,
    ReviewStarted,
    StaleRevision,
    TaskInHand,
    TextEmpty,
    TextTooLong,
    TextTooShort,
)
from annotation.models import Draft, GateReport, OutputCheck, Submission, Task, TraceBucket, WritingTrace
from annotation.selectors.queue import task_get_for
from annotation.services.drafts import draft_save, text_sha256
from annotation.services.queue import leases_expire, task_release
from annotation.services.reviews import review_claim, review_return
from annotation.services.submissions import submission_recall, submission_send, submission_send_and_claim
from tests.cast import cast
from tests.factories.annotation import TEXT, lease_end, make_claim, make_open_order, make_submission
from tests.factories.collection import make_reference
from tests.factories.records import make_reason
from tests.factories.traces import bucket
from tests.factories.vendors import make_agreement
from vendors.errors import AgreementUnsigned, WriterBarred
from vendors.models import User
from vendors.selectors import signature_in_force_for
from vendors.services import signature_revoke

pytestmark = pytest.mark.django_db


def test_a_submission_is_written_with_everything_that_judges_it() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    whole = bucket(1, composed=len(TEXT), length=len(TEXT), draft_sha256=text_sha256(TEXT))
    sent = submission_send(
        writer=people.wataru, task=task, text=TEXT, base_revision=0, is_attested=True, buckets=[whole]
    )
    task.refresh_from_db()
    assert (task.status, task.current_submission_id, task.lease_expires_at) == ("submitted", sent.pk, None)
    assert (sent.text, sent.text_sha256, sent.character_count) == (TEXT, text_sha256(TEXT), len(TEXT))
    assert (sent.version, sent.started_at, sent.active_seconds) == (1, task.claimed_at, 10)
    assert sent.signature.user_id == people.wataru.pk
    report = GateReport.objects.get(submission=sent)
    assert (report.decision, report.occasion, report.text_sha256) == ("pass", "submit", sent.text_sha256)
    trace = WritingTrace.objects.get(submission=sent)
    assert (trace.is_complete, trace.flags) == (True, [])
    assert OutputCheck.objects.get(submission=sent, check_id="personal_data").outcome == "pass"
    assert task.transitions.order_by("id").last().to_status == "submitted"


def test_white_space_around_a_text_is_not_part_of_the_output() -> None:
    people = cast()
    make_open_order(people)
    assert make_submission(people.wataru, text=f"\n {TEXT}\n\n").text == TEXT


def test_a_text_without_a_trace_is_taken_and_flagged() -> None:
    people = cast()
    make_open_order(people)
    trace = WritingTrace.objects.get(submission=make_submission(people.wataru))
    assert (trace.is_complete, trace.flags) == (False, ["trace_missing"])


def test_personal_data_in_an_output_waits_for_a_reviewers_word() -> None:
    people = cast()
    make_open_order(people)
    sent = make_submission(people.wataru, text=f"{TEXT}連絡先は090-1234-5678です。")
    check = OutputCheck.objects.get(submission=sent, check_id="personal_data")
    assert check.outcome == "hold"
    assert check.findings[0]["start"] == len(TEXT) + 4


@pytest.mark.parametrize(
    ("text", "error"),
    [("", TextEmpty), (" \n　", TextEmpty), ("短い。", TextTooShort), ("長" * 61, TextTooLong)],
)
def test_a_text_of_the_wrong_length_is_refused_and_kept_as_a_draft(text: str, error: type[Exception]) -> None:
    people = cast()
    make_open_order(people, min_characters=10, max_characters=60)
    task = make_claim(people.wataru)
    with pytest.raises(error):
        submission_send(writer=people.wataru, task=task, text=text, base_revision=0, is_attested=True)
    assert Draft.objects.get().text == text
    assert not Submission.objects.exists()


def test_a_text_nobody_vouches_for_is_refused_and_kept_as_a_draft() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    with pytest.raises(NotAttested):
        submission_send(writer=people.wataru, task=task, text=TEXT, base_revision=0, is_attested=False)
    assert Draft.objects.get().text == TEXT


def test_the_gate_stops_a_copied_text_shows_only_the_writers_own_passages_and_keeps_the_draft() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    copied = "秋の京都では、朝の早い時間に東福寺を訪ねると、混まないうちに通天橋からの紅葉を眺められます。"
    make_reference(task.instruction, text=f"はい、ご紹介します。{copied}その後は錦市場へどうぞ。")
    text = f"  私の答えです。{copied}"
    with pytest.raises(GateBlocked) as raised:
        submission_send(writer=people.wataru, task=task, text=text, base_revision=0, is_attested=True)
    passages = raised.value.details["passages"]
    assert {key for passage in passages for key in passage} == {"start", "end"}
    assert any("東福寺を訪ねると" in text[passage["start"] : passage["end"]] for passage in passages)
    assert "錦市場" not in str(raised.value.details)
    assert GateReport.objects.get().decision == "block"
    assert not Submission.objects.exists()
    assert Draft.objects.get().text == text
    task.refresh_from_db()
    assert task.status == "claimed"


def test_a_lost_lease_or_an_old_revision_sends_nothing() -> None:
    people = cast()
    make_open_order(people, quantity=1)
    task = make_claim(people.wataru)
    draft_save(writer=people.wataru, task=task, text="書きかけ", base_revision=0)
    with pytest.raises(StaleRevision):
        submission_send(writer=people.wataru, task=task, text=TEXT, base_revision=0, is_attested=True)
    lease_end(task)
    make_claim(people.wakana)
    with pytest.raises(LeaseLost):
        submission_send(
            writer=people.wataru,
            task=task_get_for(people.wataru, task.public_id),
            text=TEXT,
            base_revision=1,
            is_attested=True,
        )
    assert not Submission.objects.exists()


def test_a_barred_writer_cannot_send() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    people.wataru.barred_at = timezone.now()
    with pytest.raises(WriterBarred):
        submission_send(writer=people.wataru, task=task, text=TEXT, base_revision=0, is_attested=True)


def test_what_was_begun_under_one_agreement_is_sent_under_it() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    make_agreement()
    sent, following = submission_send_and_claim(
        writer=people.wataru, task=task, text=TEXT, base_revision=0, is_attested=True
    )
    assert sent.signature.agreement.version == 1
    assert following is None  # the next needs the new signature


def test_without_a_signature_nothing_is_sent_and_the_words_are_kept() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    signature_revoke(signature=signature_in_force_for(people.wataru), by=people.minato, why="")
    with pytest.raises(AgreementUnsigned):
        submission_send(writer=people.wataru, task=task, text=TEXT, base_revision=0, is_attested=True)
    assert (Draft.objects.get().text, Submission.objects.count()) == (TEXT, 0)


def test_sending_brings_the_next_task_along() -> None:
    people = cast()
    make_open_order(people, quantity=2)
    task = make_claim(people.wataru)
    sent, following = submission_send_and_claim(
        writer=people.wataru, task=task, text=TEXT, base_revision=0, is_attested=True
    )
    assert following is not None
    assert (following.pk != sent.task_id, following.status) == (True, "claimed")
    last = submission_send_and_claim(
        writer=people.wataru, task=following, text=TEXT[::-1], base_revision=0, is_attested=True
    )
    assert last[1] is None


def test_a_corrected_text_is_a_new_version() -> None:
    people = cast()
    make_open_order(people, quantity=1)
    first = make_submission(people.wataru)
    review_claim(reviewer=people.ren)
    review_return(reviewer=people.ren, task=first.task, reasons=[make_reason("facts").code], comment="直してください。")
    task = make_claim(people.wataru)
    second = submission_send(
        writer=people.wataru, task=task, text=f"{TEXT}直しました。", base_revision=1, is_attested=True
    )
    assert (second.version, first.version) == (2, 1)
    assert Task.objects.get().current_submission_id == second.pk


def test_a_sent_text_can_be_called_back_until_its_review_starts() -> None:
    people = cast()
    make_open_order(people, quantity=2)
    sent = make_submission(people.wataru)
    task = submission_recall(writer=people.wataru, task=sent.task)
    assert (task.status, task.claimed_at) == ("claimed", sent.started_at)
    again = submission_send(
        writer=people.wataru, task=task_get_for(people.wataru, task.public_id), text=f"{TEXT}書き直し。",
        base_revision=1, is_attested=True,
    )  # fmt: skip
    assert again.version == 2
    review_claim(reviewer=people.ren)
    with pytest.raises(ReviewStarted):
        submission_recall(writer=people.wataru, task=again.task)
    with pytest.raises(ReviewStarted):
        submission_recall(writer=people.wakana, task=again.task)


def test_a_called_back_text_that_is_left_goes_to_somebody_else() -> None:
    people = cast()
    make_open_order(people, quantity=1)
    task = submission_recall(writer=people.wataru, task=make_submission(people.wataru).task)
    lease_end(task)
    leases_expire()
    assert make_claim(people.wakana).pk == task.pk


def test_calling_back_puts_an_untouched_task_aside_and_refuses_for_a_begun_one() -> None:
    people = cast()
    make_open_order(people, quantity=3)
    sent = make_submission(people.wataru)
    held = make_claim(people.wataru)
    recalled = submission_recall(writer=people.wataru, task=sent.task)
    held.refresh_from_db()
    assert held.status == "queued"
    task_release(writer=people.wataru, task=recalled)
    begun = make_claim(people.wataru)
    draft_save(writer=people.wataru, task=begun, text="書きかけ", base_revision=0)
    other = make_submission(people.wakana)
    Submission.objects.filter(pk=other.pk)
    with pytest.raises(ReviewStarted):
        submission_recall(writer=people.wataru, task=other.task)
    submission_send(writer=people.wataru, task=begun, text=TEXT, base_revision=1, is_attested=True)
    third = make_claim(people.wakana)
    draft_save(writer=people.wakana, task=third, text="書きかけ", base_revision=0)
    with pytest.raises(TaskInHand):
        submission_recall(writer=people.wakana, task=other.task)


class Meanwhile:
    """Lets something happen while the gate compares: between the reading of the draft and the writing of everything."""

    def __init__(self, happens: Callable[[], object]) -> None:
        self.happens, self.is_done = happens, False

    def __call__(self, execute: Any, sql: str, *rest: Any) -> Any:
        if "annotation_gatesettings" in sql and not self.is_done:
            self.is_done = True
            self.happens()
        return execute(sql, *rest)


def test_the_editors_own_save_while_the_gate_compares_does_not_stop_a_text() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    whole = bucket(1, composed=len(TEXT), length=len(TEXT), draft_sha256=text_sha256(TEXT))
    kept = {"writer": people.wataru, "task": task, "text": TEXT, "base_revision": 0, "buckets": [whole]}
    with connection.execute_wrapper(Meanwhile(lambda: draft_save(**kept))):
        sent = submission_send(**kept, is_attested=True)
    assert (Draft.objects.get().revision, sent.active_seconds) == (1, 10)
    assert (WritingTrace.objects.get(submission=sent).flags, TraceBucket.objects.count()) == ([], 1)


def test_other_words_saved_while_the_gate_compares_are_not_overwritten() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    other = {"writer": people.wataru, "task": task, "text": "別の窓の言葉", "base_revision": 0}
    with connection.execute_wrapper(Meanwhile(lambda: draft_save(**other))), pytest.raises(StaleRevision) as raised:
        submission_send(writer=people.wataru, task=task, text=TEXT, base_revision=0, is_attested=True)
    assert (raised.value.details["text"], Draft.objects.get().text) == ("別の窓の言葉", "別の窓の言葉")
    assert not Submission.objects.exists()


def test_a_lease_that_ends_while_the_gate_compares_sends_nothing() -> None:
    people = cast()
    make_open_order(people, quantity=1)
    task = make_claim(people.wataru)
    draft_save(writer=people.wataru, task=task, text="書きかけ", base_revision=0)

    def to_somebody_else() -> None:
        lease_end(task)
        make_claim(people.wakana)

    with connection.execute_wrapper(Meanwhile(to_somebody_else)), pytest.raises(LeaseLost):
        submission_send(writer=people.wataru, task=task, text=TEXT, base_revision=1, is_attested=True)
    assert (Draft.objects.get().text, Submission.objects.count()) == ("書きかけ", 0)


def test_a_failure_of_the_gate_keeps_the_words() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)

    def fails() -> None:
        raise OSError("the gate's house burns")

    with connection.execute_wrapper(Meanwhile(fails)), pytest.raises(OSError, match="burns"):
        submission_send(writer=people.wataru, task=task, text=TEXT, base_revision=0, is_attested=True)
    assert (Draft.objects.get().text, Draft.objects.get().revision) == (TEXT, 1)


@pytest.mark.parametrize("quantity", [3, 40])
def test_sending_and_claiming_costs_the_same_however_long_the_queue_is(quantity: int) -> None:
    people = cast()
    make_open_order(people, quantity=quantity)
    writer = User.objects.get(pk=people.wataru.pk)
    make_submission(writer)
    task = make_claim(writer)
    with CaptureQueriesContext(connection) as captured:
        submission_send_and_claim(writer=writer, task=task, text=TEXT, base_revision=0, is_attested=True)
    statements = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    # The signature, the draft as it is kept, the order's rules, the gate's own, all that is written, and the next task.
    of_the_gate = [sql for sql in statements if "gatesettings" in sql or "reference" in sql.split("WHERE")[0]]
    assert len(statements) - len(of_the_gate) <= 5, statements
    assert len(of_the_gate) <= 5
