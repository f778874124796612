"""Keeping a draft: revisions, two windows, a lost lease, and the copies that are kept."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.errors import DraftTooLong, LeaseLost, StaleRevision
from annotation.models import Draft, DraftRevision, Task
from annotation.services.drafts import draft_save, drafts_purge, text_sha256
from annotation.services.queue import task_release
from tests.cast import cast
from tests.factories.annotation import lease_end, make_claim, make_open_order
from tests.factories.traces import bucket

pytestmark = pytest.mark.django_db


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
    trace = raised.value.details.pop("trace")
    assert raised.value.details == {"text": "一つ目の窓", "revision": 1}
    assert (trace["next_bucket"], trace["length"]) == (1, 0)
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


def test_old_copies_lose_their_text_and_keep_what_the_trace_is_held_to() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    field = DraftRevision._meta.get_field("at")
    field.auto_now_add = False
    try:
        for text, days in (("古い", 91), ("新しい😀", 89)):
            draft = draft_save(writer=people.wataru, task=task, text="", base_revision=0)
            at = timezone.now() - timedelta(days=days)
            DraftRevision.objects.create(
                draft=draft, revision=days, text=text, text_sha256=text_sha256(text), length=4, bucket_number=7, at=at
            )
    finally:
        field.auto_now_add = True
    assert (drafts_purge(), drafts_purge()) == (1, 0)
    told = DraftRevision.objects.filter(revision__gt=0).order_by("-revision")
    assert list(told.values_list("text", "text_sha256", "length", "bucket_number")) == [
        ("", text_sha256("古い"), 4, 7),
        ("新しい😀", text_sha256("新しい😀"), 4, 7),
    ]


@pytest.mark.parametrize(
    "change", [{"text": "すり替え"}, {"text_sha256": "0" * 64}, {"length": 1}, {"bucket_number": 9}]
)
def test_a_copy_can_lose_its_text_and_nothing_else(change: dict[str, Any]) -> None:
    people = cast()
    make_open_order(people)
    draft_save(writer=people.wataru, task=make_claim(people.wataru), text="朝", base_revision=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        DraftRevision.objects.update(**change)
    assert DraftRevision.objects.get().text == "朝"


def test_a_copy_knows_the_bucket_it_came_with() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    whole = bucket(1, composed=3, length=3)
    draft_save(writer=people.wataru, task=task, text="朝😀", base_revision=0, buckets=[whole])
    draft_save(writer=people.wataru, task=task, text="朝", base_revision=1)
    copies = DraftRevision.objects.order_by("revision").values_list("length", "bucket_number")
    assert list(copies) == [(3, 1), (1, 1)]
