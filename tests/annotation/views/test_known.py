"""The pages of known answers: the one between two tasks, the writer's own figures, the operator's list."""

import pytest
from django.urls import reverse

from annotation.models import KnownAnswer, KnownJudgement, Task
from tests.annotation.services.test_known import make_known
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.annotation import TEXT, make_claim, make_open_order, make_submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def place(known: KnownAnswer) -> str:
    return reverse("annotation:known", args=[known.public_id])


def test_sending_a_text_leads_to_a_known_answer_when_one_is_due_and_claims_nothing(people: Cast) -> None:
    order = make_open_order(people, quantity=3, known_every=1)
    known = make_known(people, order)
    client, task = client_for(people.wataru), make_claim(people.wataru)
    sent = {"text": TEXT, "base_revision": 0, "is_attested": True}
    address = reverse("annotation:task_submit", args=[task.public_id])
    answer = client.post(address, sent, content_type="application/json").json()
    assert (answer["next"], answer["work"]) == (None, place(known))
    assert not Task.objects.filter(status="claimed").exists()
    page = client.get(place(known)).content.decode()
    assert known.text in page
    assert known.explanation not in page and "It is for you alone" in page
    told = client.post(place(known), {"verdict": "bad"}, follow=True).content.decode()
    assert "The operator sees it otherwise" in told and known.explanation in told
    assert client.post(place(known), {"verdict": "good"}).status_code == 409
    assert client.post(place(known), {"verdict": "?"}).status_code == 400
    assert client.post(reverse("annotation:work_claim")).url == reverse(
        "annotation:task", args=[Task.objects.get(status="claimed").public_id]
    )


def test_without_a_script_it_comes_between_two_tasks_too(people: Cast) -> None:
    order = make_open_order(people, quantity=3, known_every=1)
    known = make_known(people, order)
    task = make_claim(people.wataru)
    sent = {"text": TEXT, "base_revision": "0", "is_attested": "on"}
    response = client_for(people.wataru).post(reverse("annotation:task_submit", args=[task.public_id]), sent)
    assert response.url == place(known)


def test_the_quality_page_counts_for_the_writer_alone(people: Cast) -> None:
    order = make_open_order(people, quantity=3, known_every=1)
    make_submission(people.wataru)
    right, wrong = make_known(people, order), make_known(people, order, is_good=False)
    client = client_for(people.wataru)
    for known in (right, wrong):
        client.post(place(known), {"verdict": "good"})
    page = client.get(reverse("annotation:quality")).content.decode()
    assert "1 / 2" in page and wrong.explanation in page and place(wrong) in page
    listed = client_for(people.minato).get(reverse("annotation:known_answers")).content.decode()
    assert people.wataru.name not in listed


def test_a_manager_enters_and_retires_them(people: Cast) -> None:
    order = make_open_order(people, known_every=1)
    client, address = client_for(people.minato), reverse("annotation:known_answers")
    sent = {
        "guideline": str(order.guideline_version.guideline_id),
        "language": "ja",
        "instruction": "山菜の下ごしらえは。",
        "text": TEXT,
        "is_good": "0",
        "explanation": "問いに答えていない。",
    }
    assert client.post(address, {**sent, "is_good": ""}).status_code == 422
    assert client.post(address, sent).status_code == 302
    known = KnownAnswer.objects.get()
    assert (known.is_good, known.by) == (False, people.minato)
    assert "問いに答えていない。" in client.get(address).content.decode()
    assert client_for(people.ren).get(address).status_code == 403
    client.post(reverse("annotation:known_answer_retire", args=[known.public_id]))
    assert not KnownAnswer.objects.filter(retired_at=None).exists()
    assert client_for(people.wataru).get(place(known)).status_code == 404
    assert not KnownJudgement.objects.exists()


def test_the_order_document_says_how_often(people: Cast) -> None:
    order = make_open_order(people, known_every=10)
    assert "執筆10件ごとに" in dict(order.versions.get().document["rows"])["判定の練習"]
