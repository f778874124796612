"""Which orders a claim may take tasks of: by language, field and qualification."""

import pytest
from django.db import IntegrityError
from django.utils import timezone

from annotation.models import Task
from annotation.selectors.queue import queue_state_for
from annotation.services.queue import task_claim, task_release, task_take
from tests.cast import Cast, cast
from tests.factories.annotation import make_claim, make_open_order
from tests.factories.qualifications import RIGHT, make_qualification
from vendors.errors import CompetenceMissing, QualificationMissing
from vendors.models import Holding, WorkOrder
from vendors.services import hands_set, holding_suspend, quiz_answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def test_an_order_that_asks_for_a_qualification_is_for_those_who_hold_it(people: Cast) -> None:
    asked = make_qualification(people.minato)
    order = make_open_order(people, qualification=asked)
    assert task_claim(writer=people.wataru) is None
    state = queue_state_for(people.wataru)
    assert (state.reason, state.qualification, state.free_count) == ("qualification", asked, 3)
    quiz_answer(user=people.wataru, qualification=asked, answers=RIGHT)
    assert queue_state_for(people.wataru).reason == ""
    task = make_claim(people.wataru)
    assert task.work_order_id == order.pk
    assert task_claim(writer=people.wakana) is None
    # Taken away, it bars what is new; the text in hand stays in hand.
    holding_suspend(holding=Holding.objects.get(), by=people.minato, why="待つ。")
    assert make_claim(people.wataru).pk == task.pk
    task_release(writer=people.wataru, task=task)
    assert task_claim(writer=people.wataru) is None
    with pytest.raises(QualificationMissing, match="Everyday questions"):
        task_take(writer=people.wataru, task=task)


def test_an_order_that_asks_for_a_field_is_for_those_who_have_it(people: Cast) -> None:
    make_open_order(people, competence="law")
    assert task_claim(writer=people.wataru) is None
    assert queue_state_for(people.wataru).reason == "competence"
    hands_set(user=people.wataru, languages=["ja"], competences=["law"], by=people.luna)
    task = make_claim(people.wataru)
    task_release(writer=people.wataru, task=task)
    hands_set(user=people.wataru, languages=["ja"], competences=[], by=people.luna)
    with pytest.raises(CompetenceMissing):
        task_take(writer=people.wataru, task=task)


def test_what_is_open_comes_first_by_urgency_whatever_stands_before_it(people: Cast) -> None:
    asked = make_qualification(people.minato)
    make_open_order(people, quantity=3, priority=9, qualification=asked)
    make_open_order(people, quantity=3, priority=5, language="en")
    plain = make_open_order(people, quantity=1, priority=0)
    urgent = make_open_order(people, quantity=1, priority=1, due_on=timezone.localdate())
    assert make_claim(people.wataru).work_order_id == urgent.pk
    assert make_claim(people.wakana).work_order_id == plain.pk


def test_done_with_what_is_open_the_queue_names_what_could_be_earned(people: Cast) -> None:
    asked = make_qualification(people.minato)
    make_open_order(people, quantity=2, qualification=asked)
    done = make_open_order(people, quantity=1)
    Task.objects.filter(work_order=done).update(status="cancelled")
    assert queue_state_for(people.wataru).reason == "qualification"


@pytest.mark.parametrize("name", ["qualification", "competence"])
def test_what_an_order_asks_of_its_writers_stands_after_issue(people: Cast, name: str) -> None:
    order = make_open_order(people)
    changed = {"qualification": make_qualification(people.minato), "competence": "law"}[name]
    with pytest.raises(IntegrityError, match="the terms of order"):
        WorkOrder.objects.filter(pk=order.pk).update(**{name: changed})
