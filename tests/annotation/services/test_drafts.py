"""Keeping a draft: revisions, two windows, a lost lease, and the trace that comes along."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.cleanroom.trace import bucket_hash, score, utf16_length
from annotation.errors import DraftTooLong, LeaseLost, StaleRevision
from annotation.models import Draft, DraftRevision, Task, TraceBucket
from annotation.services.drafts import (
    draft_save,
    drafts_purge,
    next_bucket,
    text_sha256,
    trace_place,
    trace_read,
    trace_start,
)
from annotation.services.queue import task_release
from tests.cast import cast
from tests.factories.annotation import TEXT, lease_end, make_claim, make_open_order

pytestmark = pytest.mark.django_db


def bucket(number: int, **counts: Any) -> dict[str, Any]:
    """A bucket as the editor sends it."""
    empty = dict.fromkeys(
        ("typed", "composed", "pasted", "pasted_own", "pasted_quote", "dropped", "replaced", "undone", "deleted"), 0
    )
    others = dict.fromkeys(
        ("inserted_before_end", "largest_insertion", "untrusted", "blurred_ms", "hidden_ms", "focus_losses", "length"),
        0,
    )
    start = {"number": number, "started_ms": number * 10_000, "pauses": [0, 0, 0, 0, 0, 0]}
    return {**start, **empty, **others, **counts}


def test_each_save_is_a_revision_with_its_own_copy() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    draft = draft_save(writer=people.wataru, task=task, text="朝の市場", base_revision=0)
    draft = draft_save(writer=people.wataru, task=task, text="朝の市場では", base_revision=1)
    assert (draft.revision, draft.text) == (2, "朝の市場では")
    kept = DraftRevision.objects.order_by("revision").values_list("revision", "text", "text_sha256")
    assert list(kept) == [(1, "朝の市場", text_sha256("朝の市場")), (2, "朝の市場では", text_sha256("朝の市場では"))]


def test_saving_the_same_text_again_after_a_lost_answer_succeeds() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    draft_save(writer=people.wataru, task=task, text="朝", base_revision=0)
    assert draft_save(writer=people.wataru, task=task, text="朝", base_revision=0).revision == 1
    assert DraftRevision.objects.count() == 1


def test_a_second_window_with_an_old_revision_gets_both_texts_and_overwrites_nothing() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    draft_save(writer=people.wataru, task=task, text="一つ目の窓", base_revision=0)
    with pytest.raises(StaleRevision) as raised:
        draft_save(writer=people.wataru, task=task, text="二つ目の窓", base_revision=0)
    assert raised.value.details == {"text": "一つ目の窓", "revision": 1, "next_bucket": 1}
    assert Draft.objects.get().text == "一つ目の窓"


def test_without_the_lease_nothing_is_saved_and_nothing_is_lost() -> None:
    people = cast()
    make_open_order(people, quantity=1)
    task = make_claim(people.wataru)
    draft_save(writer=people.wataru, task=task, text="書きかけ", base_revision=0)
    lease_end(task)
    make_claim(people.wakana)
    task.refresh_from_db()
    with pytest.raises(LeaseLost):
        draft_save(writer=people.wataru, task=task, text="書きかけの続き", base_revision=1)
    assert Draft.objects.get(writer=people.wataru).text == "書きかけ"


def test_the_database_itself_refuses_a_change_without_the_lease() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    draft = draft_save(writer=people.wataru, task=task, text="書きかけ", base_revision=0)
    held = Task.objects.select_related("work_order").get(pk=task.pk)
    task_release(writer=people.wataru, task=task)
    with pytest.raises(IntegrityError), transaction.atomic():
        Draft.objects.filter(pk=draft.pk).update(text="すり替え")
    # A save that read the task before it was put back is told the same as one that came later.
    with pytest.raises(LeaseLost):
        draft_save(writer=people.wataru, task=held, text="すり替え", base_revision=1)
    assert Draft.objects.get().text == "書きかけ"


def test_saving_renews_a_lease_that_has_begun_to_run_out() -> None:
    people = cast()
    make_open_order(people, lease_seconds=3600)
    task = make_claim(people.wataru)
    before = task.lease_expires_at
    draft_save(writer=people.wataru, task=task, text="一", base_revision=0)
    assert Task.objects.get(pk=task.pk).lease_expires_at == before
    task.lease_expires_at = timezone.now() + timedelta(seconds=600)
    draft_save(writer=people.wataru, task=task, text="二", base_revision=1)
    renewed = Task.objects.get(pk=task.pk).lease_expires_at
    assert renewed is not None and renewed > timezone.now() + timedelta(seconds=3500)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("一行目\r\n二行目\r三行目", "一行目\n二行目\n三行目"),
        ("零\x00字", "零字"),
        ("欠けた\ud83d対", "欠けた\ufffd対"),
        ("<script>alert(1)</script> שלום e\u0301 👨‍👩‍👧", "<script>alert(1)</script> שלום e\u0301 👨‍👩‍👧"),
    ],
)
def test_whatever_is_typed_can_be_kept(typed: str, kept: str) -> None:
    people = cast()
    make_open_order(people)
    draft_save(writer=people.wataru, task=make_claim(people.wataru), text=typed, base_revision=0)
    assert Draft.objects.get().text == kept


def test_a_whole_book_is_refused_with_its_length() -> None:
    people = cast()
    make_open_order(people)
    with pytest.raises(DraftTooLong) as raised:
        draft_save(writer=people.wataru, task=make_claim(people.wataru), text="字" * 200_001, base_revision=0)
    assert raised.value.details == {"characters": 200_001}


def test_the_trace_is_chained_by_the_server_and_scores_as_complete() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    half = TEXT[:40]
    first = bucket(1, composed=40, length=40, draft_sha256=text_sha256(half))
    draft_save(writer=people.wataru, task=task, text=half, base_revision=0, buckets=[first])
    rest = bucket(2, typed=len(TEXT) - 40, length=len(TEXT), draft_sha256=text_sha256(TEXT))
    draft = draft_save(writer=people.wataru, task=task, text=TEXT, base_revision=1, buckets=[rest])
    stored = trace_read(draft)
    links = list(TraceBucket.objects.order_by("number").values_list("previous_hash", "bucket_hash"))
    assert links[0][0] == trace_start(draft)
    assert links[1] == (links[0][1], bucket_hash(links[0][1], stored[1]))
    judged = score(stored, utf16_length(TEXT), text_sha256=text_sha256(TEXT), first_hash=trace_start(draft))
    assert (judged.is_complete, judged.flags, draft.active_seconds) == (True, (), 20)


def test_buckets_that_come_twice_count_once_and_ill_formed_ones_not_at_all() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    sent = [bucket(1, typed=2, length=2), {"number": 2, "keys": "secret"}, bucket(3, typed=1, length=3)]
    draft_save(writer=people.wataru, task=task, text="朝の", base_revision=0, buckets=sent)
    draft = draft_save(writer=people.wataru, task=task, text="朝の市", base_revision=1, buckets=sent)
    assert [read.number for read in trace_read(draft)] == [1, 3]
    assert next_bucket(draft) == 4
    assert draft.active_seconds == 20


def test_old_copies_are_purged_and_the_draft_stays() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    draft_save(writer=people.wataru, task=task, text="古い", base_revision=0)
    draft_save(writer=people.wataru, task=task, text="新しい", base_revision=1)
    old = DraftRevision.objects.get(revision=1)
    old.delete()
    field = DraftRevision._meta.get_field("at")
    field.auto_now_add = False
    try:
        old.pk, old.at = None, timezone.now() - timedelta(days=91)
        old.save()
    finally:
        field.auto_now_add = True
    assert drafts_purge() == 1
    assert list(DraftRevision.objects.values_list("revision", flat=True)) == [2]
    assert Draft.objects.get().text == "新しい"


def test_the_traces_time_goes_on_where_it_was_though_the_task_was_claimed_again() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    assert trace_place(task, None)[0] == 1
    late = bucket(1, typed=1, length=1, started_ms=900_000)
    draft = draft_save(writer=people.wataru, task=task, text="朝", base_revision=0, buckets=[late])
    assert trace_place(task, draft) == (2, 900_000)
