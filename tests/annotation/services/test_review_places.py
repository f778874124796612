"""Comments at places: where they are found, what refuses them, and who reads them."""

import pytest

from annotation.models import Review, ReviewPlace, Task
from annotation.services.editing import review_edit
from annotation.services.queue import task_take
from annotation.services.reviews import PassageMissing, Place, review_claim, review_return
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.annotation import make_open_order, make_submission
from tests.factories.records import make_reason

pytestmark = pytest.mark.django_db

TEXT = "魚は目で選ぶ。貝は音で選ぶ。どちらも朝のうちに選ぶとよい。"


@pytest.fixture
def people() -> Cast:
    make_reason("facts")
    return cast()


def held(people: Cast) -> Task:
    make_open_order(people, quantity=1)
    make_submission(people.wataru, text=TEXT)
    task = review_claim(reviewer=people.ren)
    assert task is not None
    return task


def send_back(people: Cast, task: Task, *places: Place) -> Review:
    return review_return(reviewer=people.ren, task=task, reasons=["facts"], comment="直してください。", places=places)


def test_of_a_passage_that_stands_there_twice_the_one_pointed_at_is_meant(people: Cast) -> None:
    review = send_back(people, held(people), Place("で選ぶ", 9, "どんな音ですか。"), Place("目", 0, "澄んだ目、と。"))
    places = list(review.places.all())
    assert [(place.start, place.passage, place.comment) for place in places] == [
        (2, "目", "澄んだ目、と。"),
        (10, "で選ぶ", "どんな音ですか。"),
    ]


@pytest.mark.parametrize("passage", ["", "  ", "蛸は味で選ぶ"])
def test_a_passage_that_is_not_in_the_text_is_refused_and_nothing_is_decided(people: Cast, passage: str) -> None:
    task = held(people)
    with pytest.raises(PassageMissing):
        send_back(people, task, Place(passage, 0, "ここは？"))
    task.refresh_from_db()
    assert (task.status, Review.objects.count()) == ("in_review", 0)


def test_the_desk_keeps_what_was_typed_when_something_is_missing(people: Cast) -> None:
    task = held(people)
    client = client_for(people.ren)
    sent = {
        "verdict": "return",
        "reasons": "facts",
        "comment": "",
        "place-passage": ["貝は音で選ぶ。", "目"],
        "place-at": ["7", "x"],
        "place-comment": ["どんな音ですか。", " "],
    }
    refused = client.post(f"/review/{task.public_id}/verdict/", sent)
    assert refused.status_code == 400
    assert "どんな音ですか。" in refused.content.decode()
    assert client.post(f"/review/{task.public_id}/verdict/", sent | {"comment": "直してください。"}).status_code == 302
    assert [place.comment for place in ReviewPlace.objects.all()] == ["どんな音ですか。"]


def test_the_writer_reads_them_and_can_go_to_each(people: Cast) -> None:
    task = held(people)
    send_back(people, task, Place("貝は音で選ぶ。", 7, "どんな音ですか。"))
    client = client_for(people.wataru)
    address = f"/work/tasks/{task.public_id}/"
    assert "<q>貝は音で選ぶ。</q>" in client.get(address).content.decode()
    task_take(writer=people.wataru, task=task)
    html = client.get(address).content.decode()
    assert "data-passage>貝は音で選ぶ。</button>" in html
    assert "どんな音ですか。" in html


def test_an_edit_is_shown_to_the_writer_sign_by_sign(people: Cast) -> None:
    task = held(people)
    text = TEXT.replace("貝は音", "貝は澄んだ音")
    review_edit(reviewer=people.ren, task=task, text=text, is_attested=True, note="")
    html = client_for(people.wataru).get(f"/work/tasks/{task.public_id}/").content.decode()
    assert "<ins>澄んだ</ins>" in html
