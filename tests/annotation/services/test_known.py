"""Known answers: when one is due, what is said of it, and that a model's text cannot be one."""

from typing import Any

import pytest

from annotation.models import KnownAnswer, KnownJudgement
from annotation.selectors.known import known_due_for, known_list
from annotation.services.known import known_add, known_judge, known_retire
from config.access import RoleMissing
from config.errors import BadInput, Conflict, NotFound
from tests.cast import Cast, cast
from tests.factories.annotation import TEXT, make_claim, make_instructions, make_open_order, make_submission
from tests.factories.collection import make_reference
from vendors.models import WorkOrder

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def make_known(people: Cast, order: WorkOrder, **changes: Any) -> KnownAnswer:
    known = {
        "guideline": order.guideline_version.guideline,
        "language": "ja",
        "instruction": "春の山菜の下ごしらえを教えてください。",
        "text": "わらびは灰をまぶし、熱い湯をかけて一晩おく。翌朝、水を替えてから使う。",
        "is_good": True,
        "explanation": "手順が順に書かれている。",
    }
    return known_add(by=people.minato, **{**known, **changes})


def test_one_is_due_after_as_many_texts_as_the_order_says(people: Cast) -> None:
    order = make_open_order(people, quantity=6, known_every=2)
    known, other = make_known(people, order), make_known(people, order)
    assert known_due_for(people.wataru, make_claim(people.wataru)) is None  # the first of two
    make_submission(people.wataru)
    due = known_due_for(people.wataru, make_claim(people.wataru))
    assert due in {known, other}
    make_submission(people.wataru)
    # Left alone, it is due again after the next text; judged, the count begins anew.
    assert known_due_for(people.wataru, make_claim(people.wataru)) is not None
    known_judge(user=people.wataru, answer=known, says_good=True)
    assert known_due_for(people.wataru, make_claim(people.wataru)) is None
    make_submission(people.wataru)
    assert known_due_for(people.wataru, make_claim(people.wataru)) == other  # never the same twice
    assert known_due_for(people.wakana, make_claim(people.wakana)) is None


def test_none_is_due_where_there_is_none_to_judge(people: Cast) -> None:
    order = make_open_order(people, known_every=1)
    task = make_claim(people.wataru)
    assert known_due_for(people.wataru, task) is None
    elsewhere = make_open_order(people, quantity=1, due_on=order.due_on)
    make_known(people, elsewhere)  # another guideline
    make_known(people, order, language="en")
    retired = make_known(people, order)
    known_retire(by=people.minato, answer=retired)
    assert known_due_for(people.wataru, task) is None
    make_known(people, order)
    assert known_due_for(people.wataru, task) is not None
    task.rework_round = 1  # a correction is no new text
    assert known_due_for(people.wataru, task) is None


def test_an_order_that_asks_for_none_costs_no_query(people: Cast, django_assert_num_queries: Any) -> None:
    make_open_order(people)
    task = make_claim(people.wataru)
    with django_assert_num_queries(0):
        assert known_due_for(people.wataru, task) is None


def test_what_is_said_is_kept_once_and_counted_for_the_answer(people: Cast) -> None:
    order = make_open_order(people, known_every=1)
    good, bad = make_known(people, order), make_known(people, order, is_good=False)
    assert known_judge(user=people.wataru, answer=good, says_good=True).is_right
    assert not known_judge(user=people.wataru, answer=bad, says_good=True).is_right
    assert known_judge(user=people.wakana, answer=bad, says_good=False).is_right
    with pytest.raises(Conflict):
        known_judge(user=people.wataru, answer=good, says_good=False)
    counts = {answer.pk: (answer.right_count, answer.judged_count) for answer in known_list()}
    assert counts == {good.pk: (1, 1), bad.pk: (1, 2)}
    assert KnownJudgement.objects.filter(work_order=order).count() == 3


def test_whose_order_asks_for_none_may_judge_none(people: Cast) -> None:
    order = make_open_order(people, known_every=1)
    known = make_known(people, order)
    with pytest.raises(NotFound):
        known_judge(user=people.rei, answer=known, says_good=True)  # another vendor's writer
    for who in ("luna", "ren", "minato"):
        with pytest.raises(RoleMissing):
            known_judge(user=getattr(people, who), answer=known, says_good=True)
    known_retire(by=people.minato, answer=known)
    with pytest.raises(NotFound):
        known_judge(user=people.wataru, answer=known, says_good=True)


@pytest.mark.parametrize("part", ["text", "input", "instruction"])
def test_a_models_text_cannot_be_a_known_answer(people: Cast, part: str) -> None:
    order = make_open_order(people, known_every=1)
    said = "潮の満ち引きは、月と太陽の引力が海の水を引き寄せることで起こり、地球の自転とともに一日に二度ずつ繰り返されます。"
    make_reference(make_instructions(1)[0], text=said)
    with pytest.raises(BadInput, match="too close"):
        make_known(people, order, **{part: f"まず。{said}"})
    assert not KnownAnswer.objects.exists()


def test_only_management_enters_and_retires(people: Cast) -> None:
    order = make_open_order(people, known_every=1)
    known = make_known(people, order)
    for who in ("ren", "fumi", "luna", "wataru"):
        with pytest.raises(RoleMissing):
            known_add(
                by=getattr(people, who),
                guideline=known.guideline,
                language="ja",
                instruction="問い。",
                text=TEXT,
                is_good=True,
                explanation="よい。",
            )
        with pytest.raises(RoleMissing):
            known_retire(by=getattr(people, who), answer=known)
