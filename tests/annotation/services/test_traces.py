"""The trace on the server: its chain, what another window or a lost answer does to it, consent, and the judgement."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import ProgrammingError, transaction
from django.utils import timezone

from annotation.cleanroom.trace import bucket_hash
from annotation.models import Draft, Task, TraceBucket, TraceChoice, WritingTrace
from annotation.selectors.review import open_questions
from annotation.selectors.traces import is_recorded, trace_choice_of, trace_read
from annotation.services.drafts import draft_save, text_sha256
from annotation.services.submissions import submission_send
from annotation.services.traces import draft_begin, trace_choose, trace_judge, trace_place, trace_start, usual_for
from tests.cast import Cast, cast
from tests.factories.annotation import TEXT, make_claim, make_open_order
from tests.factories.records import make_acceptance
from tests.factories.traces import bucket, make_trace_choice
from tests.factories.vendors import make_signature, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    cache.clear()
    people = cast()
    make_open_order(people)
    return people


def opened_before(task: Task, **ago: int) -> Task:
    """The task as if its writer had opened it a while ago; the draft's clock starts from there."""
    task.claimed_at = timezone.now() - timedelta(**ago)
    return task


def save(task: Task, text: str, *buckets: dict[str, Any], link: str | None = None) -> Draft:
    """Save on top of whatever is there."""
    writer = task.writer
    assert writer is not None
    before = Draft.objects.filter(task=task, writer=writer).first()
    revision = before.revision if before else 0
    return draft_save(writer=writer, task=task, text=text, base_revision=revision, buckets=buckets, link=link)


def test_the_chain_starts_from_the_draft_and_each_bucket_names_the_one_before(people: Cast) -> None:
    task = make_claim(people.wataru)
    first = save(task, TEXT[:40], bucket(1, composed=40, length=40))
    draft = save(task, TEXT, bucket(2, typed=len(TEXT) - 40, length=len(TEXT), started_ms=9_000), link=first.trace_hash)
    read = trace_read(draft)
    links = list(TraceBucket.objects.order_by("number").values_list("previous_hash", "bucket_hash"))
    assert links[0][0] == trace_start(task.pk, people.wataru.pk)
    assert links[1] == (links[0][1], bucket_hash(links[0][1], read.buckets[1]))
    assert (draft.trace_number, draft.trace_hash, draft.trace_length) == (2, links[1][1], len(TEXT))
    # The browser leaves out the hash of the text that it sends along; the server knows it.
    assert [one.draft_sha256 for one in read.buckets] == [text_sha256(TEXT[:40]), text_sha256(TEXT)]
    assert [one.sha256 for one in read.autosaves] == [text_sha256(TEXT[:40]), text_sha256(TEXT)]
    judged = trace_judge(draft, people.wataru)
    assert (judged["is_complete"], judged["flags"], judged["last_hash"]) == (True, [], draft.trace_hash)
    assert judged["totals"]["active_seconds"] == 10


@pytest.mark.parametrize(("digits", "flags"), [(64, []), (16, []), (15, ["chain_broken"])])
def test_an_editor_may_send_the_first_digits_of_the_link_it_was_told(
    people: Cast, digits: int, flags: list[str]
) -> None:
    task = make_claim(people.wataru)
    link = save(task, TEXT[:40], bucket(1, composed=40, length=40)).trace_hash[:digits]
    draft = save(task, TEXT, bucket(2, composed=len(TEXT) - 40, length=len(TEXT)), link=link)
    assert trace_judge(draft, people.wataru)["flags"] == flags


@pytest.mark.parametrize("link", ["", "f" * 64, "not a hash"])
def test_a_trace_that_goes_on_from_elsewhere_breaks_the_chain(people: Cast, link: str) -> None:
    task = make_claim(people.wataru)
    save(task, TEXT[:40], bucket(1, composed=40, length=40))
    draft = save(task, TEXT, bucket(2, composed=len(TEXT) - 40, length=len(TEXT)), link=link)
    assert trace_judge(draft, people.wataru)["flags"] == ["chain_broken"]


def test_buckets_that_come_twice_count_once(people: Cast) -> None:
    task = make_claim(people.wataru)
    start = trace_place(draft_begin(task, people.wataru))["link"]
    first = bucket(1, composed=2, length=2)
    save(task, "朝の", first, link=start)
    # The answer was lost: the same comes again, now with its hash, and more behind it.
    again = first | {"draft_sha256": text_sha256("朝の")}
    draft = save(task, "朝の市", again, bucket(2, composed=1, length=3), link=start)
    assert [one.number for one in trace_read(draft).buckets] == [1, 2]
    assert trace_judge(draft, people.wataru)["flags"] == []


def test_what_two_windows_counted_under_one_number_is_kept_in_the_order_it_came(people: Cast) -> None:
    task = make_claim(people.wataru)
    link = save(task, "朝の", bucket(1, composed=2, length=2)).trace_hash
    save(task, "朝の市", bucket(2, composed=1, length=3), link=link)
    draft = save(task, "朝の市場は", bucket(2, composed=2, length=5), bucket(3, length=5), link=link)
    assert [(one.number, one.composed) for one in trace_read(draft).buckets] == [(1, 2), (2, 1), (3, 2), (4, 0)]
    assert trace_place(draft)["next_bucket"] == 5
    assert trace_judge(draft, people.wataru)["flags"] == []


def test_an_ill_formed_bucket_is_not_stored_and_leaves_a_gap(people: Cast) -> None:
    task = make_claim(people.wataru)
    sent = [bucket(1, typed=2, length=2), {"number": 2, "keys": "secret"}, bucket(3, typed=1, length=3)]
    draft = save(task, "朝の市", *sent)
    assert [one.number for one in trace_read(draft).buckets] == [1, 3]
    assert "chain_broken" in trace_judge(draft, people.wataru)["flags"]
    assert "secret" not in str(list(TraceBucket.objects.values()))


def test_a_text_saved_past_the_editor_is_found_though_the_sums_are_made_to_fit(people: Cast) -> None:
    task = make_claim(people.wataru)
    save(task, TEXT)  # by a program, with no trace
    draft = save(task, TEXT + "。", bucket(1, composed=len(TEXT) + 1, length=len(TEXT) + 1))
    assert trace_judge(draft, people.wataru)["flags"] == ["autosaves_do_not_fit"]


def test_ten_minutes_of_writing_cannot_arrive_after_ten_seconds(people: Cast) -> None:
    task = make_claim(people.wataru)
    steps = [bucket(number, composed=2, length=2 * number, started_ms=20_000 * number) for number in range(1, 31)]
    draft = save(task, "字" * 60, *steps)
    assert trace_judge(draft, people.wataru)["flags"] == ["autosaves_do_not_fit"]
    Draft.objects.filter(pk=draft.pk).update(opened_at=timezone.now() - timedelta(minutes=11))
    draft.refresh_from_db()
    assert trace_judge(draft, people.wataru)["flags"] == []


def test_the_traces_clock_runs_on_though_the_task_was_claimed_again(people: Cast) -> None:
    task = make_claim(people.wataru)
    assert trace_place(draft_begin(task, people.wataru))["elapsed_ms"] < 5_000
    draft = save(task, "朝", bucket(1, typed=1, length=1))
    assert draft.opened_at == task.claimed_at
    Draft.objects.filter(pk=draft.pk).update(opened_at=timezone.now() - timedelta(days=9))
    Task.objects.filter(pk=task.pk).update(claimed_at=timezone.now())
    draft.refresh_from_db()
    assert trace_place(draft)["elapsed_ms"] >= 9 * 24 * 3_600_000


def test_nothing_is_recorded_before_the_writer_has_agreed(people: Cast) -> None:
    writer = make_user(organisation=people.kaede, writes_languages="ja")
    make_signature(writer)
    task = make_claim(writer)
    save(task, TEXT, bucket(1, composed=len(TEXT), length=len(TEXT)))
    make_trace_choice(writer)  # from the next text on
    draft = save(task, TEXT + "。", bucket(1, composed=1, length=1))
    assert not TraceBucket.objects.exists()
    assert trace_judge(draft, writer)["flags"] == ["trace_off"]


def test_turning_it_off_holds_at_once(people: Cast) -> None:
    task = make_claim(people.wataru)
    save(task, TEXT[:30], bucket(1, composed=30, length=30))
    make_trace_choice(people.wataru, is_recorded=False)
    draft = save(task, TEXT, bucket(2, composed=len(TEXT) - 30, length=len(TEXT)))
    assert TraceBucket.objects.count() == 1
    assert trace_judge(draft, people.wataru)["flags"] == ["trace_off"]


def test_who_writes_without_the_record_is_asked_about_by_a_reviewer_and_not_counted(people: Cast) -> None:
    make_trace_choice(people.wataru, is_recorded=False)
    task = make_claim(people.wataru)
    save(task, TEXT[:30], bucket(1, composed=30, length=30))
    sent = submission_send(writer=people.wataru, task=task, text=TEXT, base_revision=1, is_attested=True)
    trace = WritingTrace.objects.get(submission=sent)
    assert (trace.is_complete, trace.flags) == (False, ["trace_off"])
    assert not TraceBucket.objects.exists()
    assert [question.key for question in open_questions(sent)] == ["trace:trace_off"]


def test_the_word_can_be_changed_and_the_newest_counts(people: Cast) -> None:
    for word in (False, True, False):
        trace_choose(writer=people.wataru, is_recorded=word)
        assert is_recorded(people.wataru) is word
    with pytest.raises(ProgrammingError), transaction.atomic():
        TraceChoice.objects.update(is_recorded=True)


def test_a_new_notice_asks_everybody_again(people: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert trace_choice_of(people.wataru) is not None
    monkeypatch.setattr("annotation.selectors.traces.NOTICE_VERSION", 2)
    assert trace_choice_of(people.wataru) is None


def test_steady_typing_without_a_deletion_is_a_question_to_the_reviewer(people: Cast) -> None:
    task = opened_before(make_claim(people.wataru), minutes=5)
    steps = [
        bucket(n, typed=25, length=25 * n, started_ms=10_000 * n, pauses=[25, 0, 0, 0, 0, 0]) for n in range(1, 21)
    ]
    draft = save(task, "字" * 500, *steps)
    assert trace_judge(draft, people.wataru)["flags"] == ["looks_copied"]


def test_a_pace_is_learnt_from_accepted_texts_alone(people: Cast) -> None:
    task = opened_before(make_claim(people.wataru), hours=1)
    minutes = [bucket(n, composed=50, length=50 * n, started_ms=60_000 * n) for n in range(1, 41)]
    text = "".join(f"{number}番の札の人が朝の市で魚を選んでいる。" for number in range(90))[:2000]
    save(task, text, *minutes)
    sent = submission_send(writer=people.wataru, task=task, text=text, base_revision=1, is_attested=True)
    assert WritingTrace.objects.get(submission=sent).totals["fastest_minute"] == 50
    assert usual_for(people.wataru).p99_a_minute is None
    make_acceptance(sent, people.ren, answers={question.key: "確かめました。" for question in open_questions(sent)})
    cache.clear()
    assert usual_for(people.wataru).p99_a_minute == 50
