"""Showing a model's answer: who may see it, the row that each display leaves, and what follows for whoever has seen it."""

from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction

from annotation.cleanroom.canary import marks_find, without_marks
from annotation.errors import DraftFirst, LeaseLost, ReferenceHidden, ReferenceSeen
from annotation.models import CleanRule, Showing, Submission, Task
from annotation.selectors.queue import queue_state_for
from annotation.services.drafts import draft_save
from annotation.services.queue import task_claim, task_release, task_take
from annotation.services.showings import references_show, references_show_to_writer
from annotation.services.submissions import submission_send
from annotation.states import TaskStatus
from collection.models import Instruction, Reference
from collection.services.withdrawal import instruction_withdraw
from config.access import RoleMissing
from config.errors import NotFound
from tests.cast import Cast, cast
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import (
    make_acceptance,
    make_record,
    make_review_held,
    make_submission,
    make_task,
    make_text,
)
from tests.races import at_once
from vendors.models import User

REFERENCE = (
    "秋の京都では、まず早朝の東福寺を訪れる事ができます。通天橋から谷を埋める紅葉を眺めるのがよいでしょう。"
    "昼は錦市場で旬の味覚を少しずつ試して、午後は哲学の道を南へ歩くことをおすすめします。全ての寺を回る必要はありません。"
)


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


@pytest.fixture
def race(transactional_db: None) -> Cast:
    return cast()


def asked(text: str = REFERENCE) -> Instruction:
    instruction = make_instruction()
    make_reference(instruction, text=text)
    return instruction


def seen_by(user: User, instruction: Instruction, **fields: Any) -> Showing:
    """As if the person had seen the reference in an earlier role; the number makes the mark."""
    values = {"place": "desk", "mark": Showing.objects.count(), "wording": 1, "instruction": instruction, **fields}
    return Showing.objects.create(reference=instruction.references.get(), user=user, **values)


def on_the_desk(people: Cast, **order: Any) -> Task:
    task = make_task(people, instruction=asked(), **order)
    return make_review_held(make_submission(task, people.wataru), people.ren)


def in_hand(people: Cast, **order: Any) -> Task:
    make_task(people, instruction=asked(), **order)
    task = task_claim(writer=people.wataru)
    assert task is not None
    return task


# --- showing ---------------------------------------------------------------------------------------------------------


def test_each_display_is_a_row_and_carries_its_mark_while_the_stored_text_stays_as_it_is(people: Cast) -> None:
    task = on_the_desk(people)
    marks = set()
    for _ in range(2):
        (shown,) = references_show(reviewer=people.ren, task=task, place="desk")
        row = Showing.objects.latest("id")
        assert (row.user, row.reference_id, row.instruction, row.task, row.place) == (
            people.ren, shown.reference_id, task.instruction, task, "desk",
        )  # fmt: skip
        assert {mark for _start, _end, mark in marks_find(shown.text)} == {row.mark}
        assert without_marks(shown.text) != REFERENCE  # some of it is spelled otherwise
        marks.add(row.mark)
    assert len(marks) == 2
    assert len(set(Showing.objects.values_list("wording", flat=True))) == 1  # two displays tell nothing about it
    (other,) = references_show(reviewer=people.rin, task=task, place="record", why="苦情の調べ。")
    assert without_marks(other.text) != without_marks(shown.text)
    assert Reference.objects.get().text == REFERENCE


def test_the_answer_of_another_instruction_is_shown_and_written_down_where_a_report_names_it(people: Cast) -> None:
    task = on_the_desk(people)
    other = make_reference(make_instruction(), text="港の朝は早く、" + REFERENCE[:30])
    start = other.text.index("秋の京都")
    passage = {"reference": other.pk, "reference_start": start, "reference_end": start + 20}
    own, strange = references_show(reviewer=people.ren, task=task, place="desk", passages=[passage])
    assert (own.is_own, strange.is_own) == (True, False)
    assert [without_marks(segment.text)[:4] for segment in strange.segments if segment.is_close] == ["秋の京都"]
    assert set(Showing.objects.values_list("reference", flat=True)) == {own.reference_id, other.pk}


def test_nothing_is_shown_where_there_is_nothing_or_to_whom_it_is_not(people: Cast) -> None:
    task = on_the_desk(people)
    for stranger in (people.fumi, people.luna, people.rei):
        with pytest.raises(RoleMissing):
            references_show(reviewer=stranger, task=task, place="desk")
    instruction_withdraw(participant=task.instruction.participant, public_id=task.instruction.public_id)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        references_show(reviewer=people.ren, task=task, place="desk")
    assert not Showing.objects.exists()


def test_a_row_is_never_changed_or_taken_away(people: Cast) -> None:
    references_show(reviewer=people.ren, task=on_the_desk(people), place="desk")
    for change in (lambda: Showing.objects.update(user=people.rin), lambda: Showing.objects.all().delete()):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            change()


# --- to writers ------------------------------------------------------------------------------------------------------


def test_a_hidden_order_shows_it_to_no_writer(people: Cast) -> None:
    task = in_hand(people)
    with pytest.raises(ReferenceHidden):
        references_show_to_writer(writer=people.wataru, task=task)
    for place in ("writing", "desk"):  # nor in any other room of theirs: the database refuses
        with pytest.raises(DatabaseError, match="hidden from who writes"), transaction.atomic():
            seen_by(people.wataru, task.instruction, place=place, task=task)


def test_after_the_first_draft_means_after_a_whole_one_is_saved(people: Cast) -> None:
    task = in_hand(people, reference_policy="after_first_draft", min_characters=20)
    for text, base in (("", 0), ("短い。" + " " * 30, 0)):
        if text:
            draft_save(writer=people.wataru, task=task, text=text, base_revision=base)
        with pytest.raises(DraftFirst):
            references_show_to_writer(writer=people.wataru, task=task)
    with pytest.raises(DatabaseError, match="does not show its reference"), transaction.atomic():
        seen_by(people.wataru, task.instruction, place="writing", task=task)
    draft_save(
        writer=people.wataru, task=task, text="自分で書いた下書きが、ここにひととおりあります。", base_revision=1
    )
    assert references_show_to_writer(writer=people.wataru, task=task)[0].text
    assert Showing.objects.get().place == "writing"


def test_a_visible_order_shows_it_to_who_holds_the_task_and_the_text_can_be_clean(people: Cast) -> None:
    task = in_hand(people, reference_policy="visible")
    with pytest.raises(LeaseLost):
        references_show_to_writer(writer=people.wakana, task=task)
    references_show_to_writer(writer=people.wataru, task=task)
    task_release(writer=people.wataru, task=task)
    again = task_claim(writer=people.wataru)  # seeing it where the order shows it bars nobody from that very task
    assert again == task
    make_acceptance(make_submission(again, people.wataru), people.ren)
    assert CleanRule.objects.get(task=task).is_written_by_hand


# --- what follows for whoever has seen it ----------------------------------------------------------------------------


def test_who_has_seen_it_is_never_given_the_task(people: Cast) -> None:
    task = make_task(people, instruction=asked())
    seen_by(people.wataru, task.instruction)
    assert task_claim(writer=people.wataru) is None
    assert queue_state_for(people.wataru).reason == "seen"
    assert task_claim(writer=people.wakana) == task


def test_who_has_seen_it_does_not_take_up_again_what_they_had_begun(people: Cast) -> None:
    task = in_hand(people)
    draft_save(writer=people.wataru, task=task, text="はじめの数行。", base_revision=0)
    task_release(writer=people.wataru, task=task)
    seen_by(people.wataru, task.instruction)
    with pytest.raises(ReferenceSeen):
        task_take(writer=people.wataru, task=task)
    with pytest.raises(DatabaseError, match="who has seen the reference cannot claim"), transaction.atomic():
        Task.objects.filter(pk=task.pk).update(
            status="claimed", writer=people.wataru, lease_expires_at="2099-01-01T00:00Z"
        )


def test_the_database_takes_no_text_by_who_has_seen_it(people: Cast) -> None:
    task = make_record(people, task=make_task(people, instruction=asked()))
    assert CleanRule.objects.get(task=task).is_written_by_hand
    seen_by(people.wataru, task.instruction)  # long after the text was accepted: it changes nothing
    assert CleanRule.objects.get(task=task).is_written_by_hand
    values = {field.name: getattr(task.current_submission, field.name) for field in Submission._meta.fields}
    for name in ("id", "public_id", "at"):
        values.pop(name)
    with pytest.raises(DatabaseError, match="who has seen the reference cannot write"), transaction.atomic():
        Submission.objects.create(**values | {"version": 2})


def test_the_rule_sees_a_text_whose_writer_had_seen_the_reference_however_it_came_in(people: Cast) -> None:
    task = make_record(people, task=make_task(people, instruction=asked()))
    row = seen_by(people.wataru, task.instruction)
    early = task.current_submission.started_at  # type: ignore[union-attr]
    with connections["default"].cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE annotation_showing SET at = %s WHERE id = %s", [early, row.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert not CleanRule.objects.get(task=task).is_written_by_hand


@pytest.mark.race
def test_a_claim_and_a_showing_at_once_never_both_succeed(race: Cast) -> None:
    tasks = [make_task(race, instruction=asked()) for _ in range(4)]
    for task in tasks:

        def show(task: Task = task) -> Any:
            return seen_by(race.wataru, task.instruction, mark=task.pk)

        def claim(task: Task = task) -> Any:
            return task_take(writer=race.wataru, task=task)

        shown, claimed = at_once(show, claim)
        assert isinstance(shown, Exception) != isinstance(claimed, Exception), (shown, claimed)
        if not isinstance(claimed, Exception):
            task_release(writer=race.wataru, task=claimed)
            Task.objects.filter(pk=task.pk).update(is_open=False)


@pytest.mark.race
def test_sending_and_seeing_at_once_leave_no_text_by_who_had_seen(race: Cast) -> None:
    task = in_hand(race, reference_policy="hidden")
    text = make_text()

    def send() -> Any:
        return submission_send(writer=race.wataru, task=task, text=text, base_revision=0, is_attested=True)

    sent, shown = at_once(send, lambda: seen_by(race.wataru, task.instruction, mark=7))
    assert isinstance(sent, Submission)
    assert isinstance(shown, Exception)  # in hand or handed in, it stays hidden
    assert Task.objects.get(pk=task.pk).status == TaskStatus.SUBMITTED
