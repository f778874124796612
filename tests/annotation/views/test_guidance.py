"""The guideline as a writer reads it: what changed, their word on it, and examples."""

import pytest

from annotation.models import Example, GuidelineReading, Task
from annotation.selectors.guidance import example_list_for
from annotation.services.guidance import example_add, guideline_read
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.annotation import make_claim, make_open_order
from tests.factories.records import make_record, make_task
from vendors.services import guideline_publish

pytestmark = pytest.mark.django_db


def address(task: Task) -> str:
    return f"/work/tasks/{task.public_id}/"


def claimed(people: Cast) -> Task:
    make_open_order(people, quantity=1)
    return make_claim(people.wataru)


def test_what_was_not_read_yet_is_marked_until_the_writer_says_so() -> None:
    people = cast()
    task = claimed(people)
    client = client_for(people.wataru)
    assert 'id="guideline-new">Unread' in client.get(address(task)).content.decode()
    for _ in range(2):
        assert client.post(f"{address(task)}guideline/").headers["Location"] == address(task)
    assert GuidelineReading.objects.get().user_id == people.wataru.pk
    assert "guideline-new" not in client.get(address(task)).content.decode()


def test_the_answer_in_place_takes_the_mark_away() -> None:
    people = cast()
    task = claimed(people)
    answer = client_for(people.wataru).post(f"{address(task)}guideline/", headers={"HX-Request": "true"})
    assert 'id="guideline-new" hx-swap-oob="delete"' in answer.content.decode()


def test_a_new_version_shows_what_changed_since_the_one_that_was_read() -> None:
    people = cast()
    old = make_open_order(people, quantity=1).guideline_version
    guideline_read(user=people.wataru, version=old)
    new = guideline_publish(
        by=people.minato,
        name=old.guideline.name,
        body_ja=f"{old.body_ja}\n\n数字は半角で書きます。",
        body_en=f"{old.body_en}\n\nWrite figures plainly.",
    )
    make_open_order(people, quantity=1, guideline_version=new, priority=9)
    html = client_for(people.wataru).get(address(make_claim(people.wataru))).content.decode()
    assert 'id="guideline-new">Changed' in html
    assert "<ins>Write figures plainly.</ins>" in html


def test_an_accepted_record_becomes_an_example_with_a_note_and_stops_being_one() -> None:
    people = cast()
    record = make_record(people)
    client = client_for(people.ren)
    where = f"/ops/records/{record.public_id}/"
    assert client.post(f"{where}example/", {"note": " "}).status_code == 400
    client.post(f"{where}example/", {"note": "結論が先にあります。"})
    assert "結論が先にあります。" in client.get(where).content.decode()
    task = make_task(people, guideline_version=record.work_order.guideline_version)
    assert [one.note for one in example_list_for(task)] == ["結論が先にあります。"]
    client.post(f"{where}example/", {"answer": "remove"})
    assert not Example.objects.exists()


def test_an_example_is_shown_to_other_writers_but_not_while_its_own_instruction_is_still_to_be_written_for() -> None:
    people = cast()
    record = make_record(people)
    example_add(by=people.ren, task=record, note="よい。")
    task = make_task(people, guideline_version=record.work_order.guideline_version)
    html = client_for(people.wakana).post("/work/claim/", follow=True).content.decode()
    assert task.instruction.instruction in html
    assert record.current_submission is not None
    assert record.current_submission.text in html
    assert "Wataru" not in html
    Task.objects.filter(pk=task.pk).update(instruction=record.instruction_id)
    assert example_list_for(task) == []


def test_what_is_not_accepted_cannot_be_one_and_what_is_revoked_is_none_any_more() -> None:
    people = cast()
    waiting = make_task(people)
    assert client_for(people.ren).post(f"/ops/records/{waiting.public_id}/example/", {"note": "x"}).status_code == 400
    record = make_record(people)
    example_add(by=people.ren, task=record, note="よい。")
    Task.objects.filter(pk=record.pk).update(status="revoked")
    assert example_list_for(make_task(people, guideline_version=record.work_order.guideline_version)) == []


@pytest.mark.parametrize("who", ["wataru", "luna", "fumi"])
def test_nobody_else_chooses_examples(who: str) -> None:
    people = cast()
    record = make_record(people)
    answer = client_for(getattr(people, who)).post(f"/ops/records/{record.public_id}/example/", {"note": "x"})
    assert answer.status_code in {403, 404}
    assert not Example.objects.exists()
