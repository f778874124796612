import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tests.factories.collection import client_of, make_instruction, make_participant, make_reference

pytestmark = pytest.mark.django_db

OVERVIEW = reverse("collection:my_data")


def test_the_list_shows_ones_own_and_nobody_elses() -> None:
    participant = make_participant()
    make_instruction(participant=participant, instruction="私の質問です")
    make_instruction(instruction="他人の質問です")
    page = client_of(participant).get(OVERVIEW).content.decode()
    assert "私の質問です" in page
    assert "他人の質問です" not in page


def test_somebody_elses_question_is_not_found_and_cannot_be_withdrawn() -> None:
    other = make_instruction()
    make_reference(other)
    for client in (client_of(make_participant()), Client()):
        assert client.get(reverse("collection:my_instruction", args=[other.public_id])).status_code == 404
        assert client.post(reverse("collection:withdraw", args=[other.public_id])).status_code == 404
    other.refresh_from_db()
    assert other.instruction


def test_an_import_belongs_to_no_visitor() -> None:
    from tests.factories.collection import make_import_batch

    imported = make_instruction(import_batch=make_import_batch())
    assert Client().get(reverse("collection:my_instruction", args=[imported.public_id])).status_code == 404


def test_the_download_holds_everything_kept() -> None:
    participant = make_participant()
    make_reference(make_instruction(participant=participant, instruction="私の質問です"), text="模型の答え")
    response = client_of(participant).get(reverse("collection:my_data_download"))
    data = response.json()
    assert "attachment" in response["Content-Disposition"]
    assert data["instructions"][0]["instruction"] == "私の質問です"
    assert data["instructions"][0]["answers"][0]["text"] == "模型の答え"
    assert data["consents"][0]["decision"] == "given"


def test_withdrawing_one_and_then_all_leaves_tombstones_on_the_page() -> None:
    participant = make_participant()
    first, second = (
        make_instruction(participant=participant, instruction=text) for text in ("一つ目の質問", "二つ目の質問")
    )
    client = client_of(participant)
    page = client.post(reverse("collection:withdraw", args=[first.public_id]), follow=True).content.decode()
    assert "一つ目の質問" not in page
    assert "二つ目の質問" in page
    page = client.post(reverse("collection:withdraw_all"), follow=True).content.decode()
    assert "二つ目の質問" not in page
    assert client.get(reverse("collection:my_instruction", args=[second.public_id])).status_code == 200


@pytest.mark.parametrize("name", ["withdraw_all", "withdraw"])
def test_a_get_withdraws_nothing(name: str) -> None:
    participant = make_participant()
    instruction = make_instruction(participant=participant)
    address = reverse(f"collection:{name}", args=[instruction.public_id] if name == "withdraw" else [])
    assert client_of(participant).get(address).status_code == 405


@pytest.mark.parametrize("size", [2, 15])
def test_the_list_takes_as_many_queries_for_many_as_for_few(
    size: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    participant = make_participant()
    for _ in range(size):
        make_reference(make_instruction(participant=participant))
    client = client_of(participant)
    with django_assert_max_num_queries(5):
        assert client.get(OVERVIEW).status_code == 200
