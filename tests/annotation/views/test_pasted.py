"""A pasted passage: marked until it is rewritten or its source is named, and read by the reviewer with its source."""

from typing import Any

import pytest

from annotation.errors import ChecksUnsettled
from annotation.models import Draft, PastedPassage, Task
from annotation.services.drafts import draft_save
from annotation.services.order_rules import order_rules_set
from annotation.services.remarks import MOST_PASTED, pasted_keep
from annotation.services.reviews import review_claim
from annotation.services.submissions import submission_send
from tests.annotation.views.test_editor import send
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.annotation import TEXT, make_claim, make_open_order

pytestmark = pytest.mark.django_db

PASTED = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"
WHOLE = f"{TEXT}{PASTED}そう書いた人がいます。"


def pasted_into(people: Cast) -> Task:
    make_open_order(people, quantity=1)
    task = make_claim(people.wataru)
    draft_save(writer=people.wataru, task=task, text=WHOLE, base_revision=0)
    return task


def look(people: Cast, task: Task, text: str = WHOLE, **more: Any) -> Any:
    return send(client_for(people.wataru), "task_remarks", task, text=text, **more)


def marked(answer: Any) -> int:
    return answer.json()["html"].count("Pasted from elsewhere")


def test_it_is_marked_where_it_stands_and_cannot_be_left_be() -> None:
    people = cast()
    task = pasted_into(people)
    answer = look(people, task, pasted=[PASTED])
    assert marked(answer) == 1
    assert f'data-start="{len(TEXT)}" data-end="{len(TEXT) + len(PASTED)}"' in answer.json()["html"]
    (key,) = [key for key in answer.json()["keys"] if key.startswith("task.pasted")]
    assert marked(look(people, task, dismiss=key)) == 1


def test_rewriting_it_takes_the_mark_away_and_a_part_that_stays_keeps_it() -> None:
    people = cast()
    task = pasted_into(people)
    look(people, task, pasted=[PASTED])
    part = WHOLE.replace("吾輩は猫である。名前は", "その猫には名前が")
    assert marked(look(people, task, part)) == 1
    assert marked(look(people, task, f"{TEXT}名前のない猫の話から始まる小説があります。")) == 0


def test_naming_its_source_takes_the_mark_away_and_the_reviewer_reads_it() -> None:
    people = cast()
    task = pasted_into(people)
    look(people, task, pasted=[PASTED])
    passage = PastedPassage.objects.get()
    assert look(people, task, named=passage.pk, source=" ").status_code == 400
    assert marked(look(people, task, named=passage.pk, source="夏目漱石『吾輩は猫である』")) == 0
    submission_send(writer=people.wataru, task=task, text=WHOLE, base_revision=1, is_attested=True)
    held = review_claim(reviewer=people.ren)
    assert held is not None
    html = client_for(people.ren).get(f"/review/{held.public_id}/").content.decode()
    assert "夏目漱石『吾輩は猫である』" in html
    assert "Pasted from elsewhere while writing" in html


def test_an_order_can_want_it_settled_before_the_text_is_sent() -> None:
    people = cast()
    task = pasted_into(people)
    order_rules_set(by=people.minato, order=task.work_order, terms=[], blocking=["task.pasted"])
    look(people, task, pasted=[PASTED])
    sent = {"writer": people.wataru, "task": task, "text": WHOLE, "base_revision": 1, "is_attested": True}
    with pytest.raises(ChecksUnsettled):
        submission_send(**sent)
    PastedPassage.objects.update(source="夏目漱石")
    submission_send(**sent)


def test_what_is_short_comes_twice_or_without_end_is_not_kept_more_than_once_or_for_ever() -> None:
    people = cast()
    task = pasted_into(people)
    look(people, task, pasted=["短い。", PASTED, PASTED, 3])
    look(people, task, pasted=[PASTED])
    assert PastedPassage.objects.count() == 1
    many = [f"{PASTED}{number}" for number in range(2 * MOST_PASTED)]
    pasted_keep(writer=people.wataru, task=task, texts=many)
    pasted_keep(writer=people.wataru, task=task, texts=many[::-1])
    assert PastedPassage.objects.count() == MOST_PASTED


def test_nobody_names_the_source_of_anothers_passage() -> None:
    people = cast()
    task = pasted_into(people)
    look(people, task, pasted=[PASTED])
    passage = PastedPassage.objects.get()
    make_open_order(people, quantity=1)
    other = make_claim(people.wakana)
    draft_save(writer=people.wakana, task=other, text=TEXT, base_revision=0)
    answer = send(client_for(people.wakana), "task_remarks", other, text=TEXT, named=passage.pk, source="x")
    assert answer.status_code == 404
    assert PastedPassage.objects.get().source == ""
    assert Draft.objects.count() == 2
