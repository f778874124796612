"""The rules of an order for the words: who sets them, what the writer reads of them, and what they hold back."""

from typing import Any

import pytest
from django.test import Client

from annotation.errors import ChecksUnsettled
from annotation.models import Draft, OrderRules, Submission, Task
from annotation.proofreading.remarks import Term
from annotation.selectors.order_rules import order_rules_of
from annotation.selectors.remarks import remarks_for
from annotation.services.drafts import draft_save
from annotation.services.order_rules import order_rules_set
from annotation.services.remarks import remark_dismiss
from annotation.services.submissions import submission_send
from config.access import RoleMissing
from tests.annotation.views.test_editor import send
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.annotation import TEXT, make_claim, make_open_order

pytestmark = pytest.mark.django_db

SERVER = Term("サーバ", "サーバー")


def ruled(people: Cast, *blocking: str) -> Task:
    order = make_open_order(people, quantity=1)
    order_rules_set(by=people.minato, order=order, terms=[SERVER], blocking=blocking)
    return make_claim(people.wataru)


def post(client: Client, task: Task, **values: Any) -> Any:
    return client.post(f"/ops/orders/{task.work_order.public_id}/rules/", values)


def test_a_word_of_the_list_is_remarked_on_with_the_one_for_it() -> None:
    people = cast()
    task = ruled(people)
    text = f"{TEXT}サーバの話です。サーバーはよい。"
    terms = [line for line in remarks_for(people.wataru, task, text).lines if line.check.id == "task.term"]
    assert [(line.passage, line.numbers["wanted"], line.is_blocking) for line in terms] == [
        ("サーバ", "サーバー", False)
    ]
    html = client_for(people.wataru).get(f"/work/tasks/{task.public_id}/").content.decode()
    assert "<del>サーバ</del>" in html


def test_what_the_order_wants_settled_is_not_sent_and_cannot_be_left_be() -> None:
    people = cast()
    task = ruled(people, "task.term")
    text = f"{TEXT}サーバの話です。"
    draft_save(writer=people.wataru, task=task, text=text, base_revision=0)
    (line,) = [line for line in remarks_for(people.wataru, task, text).lines if line.check.id == "task.term"]
    remark_dismiss(writer=people.wataru, task=task, key=line.key)
    assert [one.is_blocking for one in remarks_for(people.wataru, task, text).lines if one.key == line.key] == [True]
    with pytest.raises(ChecksUnsettled) as refused:
        submission_send(writer=people.wataru, task=task, text=text, base_revision=1, is_attested=True)
    assert refused.value.details["remarks"] == [{"check": "task.term", "start": len(TEXT), "end": len(TEXT) + 3}]
    fine = text.replace("サーバ", "サーバー")
    submission_send(writer=people.wataru, task=task, text=fine, base_revision=1, is_attested=True)
    assert Submission.objects.get().text == fine


def test_the_refusal_names_the_checks_and_keeps_the_text() -> None:
    people = cast()
    task = ruled(people, "task.term", "sign.unbalanced")
    body = {"text": f"{TEXT}「サーバの話です。", "base_revision": 0, "is_attested": True}
    answer = send(client_for(people.wataru), "task_submit", task, **body)
    assert (answer.status_code, answer.json()["code"]) == (400, "checks_unsettled")
    for name in ("A word the order avoids", "A bracket without its partner"):
        assert name in answer.json()["detail"]
    assert Draft.objects.get().text == body["text"]


def test_a_manager_sets_them_a_line_each_and_the_newest_hold() -> None:
    people = cast()
    task = ruled(people)
    client = client_for(people.minato)
    lines = "ユーザ → ユーザー\n\nもちろんです\nVR -> 仮想現実\n"
    assert post(client, task, terms=lines, blocking=["task.term", "wording.mixed_styles"]).status_code == 302
    rules = order_rules_of(task.work_order_id)
    assert rules.terms == (Term("ユーザ", "ユーザー"), Term("もちろんです"), Term("VR", "仮想現実"))
    assert rules.blocking == {"task.term", "wording.mixed_styles"}
    html = client.get(f"/ops/orders/{task.work_order.public_id}/rules/").content.decode()
    assert "ユーザ → ユーザー" in html
    assert html.count("checked") == 2
    assert OrderRules.objects.count() == 2


@pytest.mark.parametrize("values", [{"terms": "→ ユーザー"}, {"terms": "あ" * 61}, {"blocking": ["no.such"]}])
def test_a_list_that_makes_no_sense_changes_nothing(values: dict[str, Any]) -> None:
    people = cast()
    task = ruled(people)
    assert post(client_for(people.minato), task, **values).status_code == 400
    assert OrderRules.objects.count() == 1


@pytest.mark.parametrize("who", ["luna", "wataru", "ren", "fumi"])
def test_nobody_else_sets_them(who: str) -> None:
    people = cast()
    task = ruled(people)
    assert post(client_for(getattr(people, who)), task, terms="x").status_code == 403
    with pytest.raises(RoleMissing):
        order_rules_set(by=getattr(people, who), order=task.work_order, terms=[], blocking=[])
    assert OrderRules.objects.count() == 1
