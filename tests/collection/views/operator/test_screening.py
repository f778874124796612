import pytest
from django.urls import reverse

from collection.models import Instruction
from collection.states import InstructionStatus
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.collection import make_finding, make_instruction

pytestmark = pytest.mark.django_db

TEXT = "電話は090-1234-5678です。返事を書いて"


@pytest.fixture
def people() -> Cast:
    return cast()


def held() -> Instruction:
    row = make_instruction(instruction=TEXT, status=InstructionStatus.HELD)
    make_finding(row, check_id="personal.phone", field="instruction", start=3, end=16)
    make_finding(row, check_id="moderation.passed", severity="note")
    return row


def wish(**fields: str) -> dict[str, str]:
    return {
        "field": "instruction",
        "start": "3",
        "end": "16",
        "seen": "090-1234-5678",
        "check_id": "personal.phone",
        **fields,
    }


def test_redacting_shows_what_is_left_and_says_so_in_the_history(people: Cast) -> None:
    row = held()
    address = reverse("collection:redact", args=[row.public_id])
    page = client_for(people.ren).post(address, wish(), follow=True).content.decode()
    assert "090-1234" not in page
    assert "電話は〔電話番号〕です。返事を書いて" in page
    assert "a passage destroyed" in page


@pytest.mark.parametrize(
    "fields", [{"start": "4"}, {"end": "999"}, {"field": "language"}, {"start": "x"}, {"seen": ""}]
)
def test_a_wish_that_does_not_fit_destroys_nothing(people: Cast, fields: dict[str, str]) -> None:
    row = held()
    response = client_for(people.ren).post(reverse("collection:redact", args=[row.public_id]), wish(**fields))
    assert response.status_code == 400
    row.refresh_from_db()
    assert row.instruction == TEXT


def test_only_screeners_redact(people: Cast) -> None:
    address = reverse("collection:redact", args=[held().public_id])
    for user in (people.fumi, people.luna, people.wataru, people.rei):
        assert client_for(user).post(address, wish()).status_code == 403


def test_a_script_is_told_what_comes_next(people: Cast) -> None:
    first, second = held(), held()
    client = client_for(people.ren)
    page = client.get(reverse("collection:instruction", args=[first.public_id])).content.decode()
    following = reverse("collection:instruction", args=[second.public_id])
    assert f'data-next-url="{following}"' in page
    decide = reverse("collection:decide", args=[first.public_id])
    json = {"accept": "application/json"}
    assert client.post(decide, {"verdict": "accept"}, headers=json).json()["next"] == following
    again = client.post(decide, {"verdict": "accept"}, headers=json)
    assert again.status_code == 409
    assert again.json()["detail"]
