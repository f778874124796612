"""The participants' room: finding, barring and letting in, and what the barred see."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from collection.models import BarDecision, Instruction, Participant
from collection.services import limits
from collection.services.instructions import reference_begin
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.collection import client_of, make_import_batch, make_instruction, make_participant
from tests.provider import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def bar(client: Client, participant: Participant, **fields: str):  # type: ignore[no-untyped-def]
    address = reverse("collection:participant_bar", args=[participant.public_id])
    return client.post(address, {"why": "A robot.", **fields}, follow=True)


def test_a_participant_is_barred_from_the_instruction_and_what_waits_is_rejected_too(people: Cast) -> None:
    participant = make_participant()
    here, other = (make_instruction(participant=participant, status="held") for _ in range(2))
    fine = make_instruction(participant=participant)
    address = reverse("collection:instruction", args=[here.public_id])
    client = client_for(people.ren)
    assert "Bar this participant" in client.get(address).content.decode()
    response = bar(client, participant, rejects_held="on", next=address)
    assert response.redirect_chain == [(address, 302)]
    page = response.content.decode()
    assert "2 waiting questions are rejected." in page
    assert "Barred from asking" in page and "Let in again" in page
    for row in (here, other, fine):
        row.refresh_from_db()
    assert (here.status, other.status, fine.status) == ("rejected", "rejected", "eligible")
    decision = BarDecision.objects.get()
    assert (decision.kind, decision.why, decision.decided_by) == ("barred", "A robot.", str(people.ren))


def test_barring_twice_is_one_decision_and_needs_a_reason(people: Cast) -> None:
    participant = make_participant()
    client = client_for(people.minato)
    assert bar(client, participant, why=" ").status_code == 400
    for _ in range(2):
        assert bar(client, participant).status_code == 200
    assert BarDecision.objects.count() == 1


def test_a_participant_is_found_by_their_number_or_that_of_a_question_and_let_in_again(people: Cast) -> None:
    asked = make_instruction()
    participant = asked.participant
    assert participant is not None
    client = client_for(people.ren)
    bar(client, participant)
    room, page = reverse("collection:participants"), reverse("collection:participant", args=[participant.public_id])
    assert str(participant.public_id) in client.get(room).content.decode()
    for number in (participant.public_id, asked.public_id, str(participant.public_id).upper()):
        assert client.get(room, {"number": str(number)})["Location"] == page
    assert "Nobody has this number" in client.get(room, {"number": str(uuid4())}).content.decode()
    assert "A number has 32 digits" in client.get(room, {"number": "123"}).content.decode()
    shown = client.get(page).content.decode()
    assert "A robot." in shown and people.ren.name in shown
    client.post(reverse("collection:participant_readmit", args=[participant.public_id]), {"why": "It was a person."})
    participant.refresh_from_db()
    assert participant.barred_at is None
    assert "Nobody is barred" in client.get(room).content.decode()
    assert [one.kind for one in BarDecision.objects.order_by("pk")] == ["barred", "readmitted"]


def test_the_list_shows_one_participants_questions_alone(people: Cast) -> None:
    mine, other = (
        make_instruction(instruction="これは私のです。質問します。"),
        make_instruction(instruction="これは別の人のです。質問します。"),
    )
    assert mine.participant is not None and other.participant is not None
    page = client_for(people.ren).get(
        reverse("collection:instructions"), {"participant": str(mine.participant.public_id)}
    )
    assert "これは私のです" in page.content.decode()
    assert "これは別の人のです" not in page.content.decode()


def test_the_barred_read_whom_to_write_to_on_the_front_page_and_under_my_data(people: Cast, settings: Settings) -> None:
    settings.OPERATOR_CONTACT = "appeal@example.org"
    participant = make_participant()
    bar(client_for(people.ren), participant)
    participant.refresh_from_db()
    visitor = client_of(participant, Client(headers={"accept-language": "en"}))
    for name in ("home", "my_data"):
        page = visitor.get(reverse(f"collection:{name}")).content.decode()
        assert 'href="mailto:appeal@example.org"' in page
    assert str(participant.public_id) in visitor.get(reverse("collection:my_data")).content.decode()
    refused = visitor.post(
        "/ask/stream", {"instruction": "空はなぜ青いのですか"}, headers={"accept": "application/json"}
    )
    assert refused.status_code == 403
    assert "appeal@example.org" in refused.json()["detail"]
    assert not Instruction.objects.exists()


def test_without_redis_the_participant_is_barred_and_the_operator_told_what_is_missing(
    people: Cast, settings: Settings
) -> None:
    participant = make_participant()
    reference_begin(participant=participant, instruction="空はなぜ青いのですか", language="ja", address_hash="a")
    client = client_for(people.ren)
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    limits._redis.cache_clear()
    try:
        page = bar(client, participant).content.decode()
    finally:
        limits._redis.cache_clear()
    participant.refresh_from_db()
    assert participant.barred_at is not None
    assert "Redis does not answer: of the addresses" in page


def test_a_way_back_leads_to_our_own_pages_only(people: Cast) -> None:
    participant = make_participant()
    response = bar(client_for(people.ren), participant, next="https://evil.example/ops/")
    assert response.redirect_chain[0][0] == reverse("collection:participant", args=[participant.public_id])


def test_others_see_nobody(people: Cast) -> None:
    participant = make_participant()
    page = reverse("collection:participant", args=[participant.public_id])
    for user in (people.luna, people.wataru, people.fumi):
        client = client_for(user)
        for address in (reverse("collection:participants"), page):
            assert client.get(address).status_code == 403, user.name
        assert bar(client, participant).status_code == 403, user.name
    assert not BarDecision.objects.exists()


def test_an_operator_corrects_the_category_and_filters_by_it(people: Cast) -> None:
    row = make_instruction(instruction="これは何でしょうか、教えてください。", category="open_qa", category_by="rule")
    brought = make_instruction(
        instruction="取り込んだ指示です。", import_batch=make_import_batch(), category="humanities"
    )
    client = client_for(people.ren)
    address = reverse("collection:instruction", args=[row.public_id])
    client.post(reverse("collection:categorise", args=[row.public_id]), {"category": "reasoning"})
    page = client.get(address).content.decode()
    assert "Reasoning" in page and "by hand" in page
    assert client.post(reverse("collection:categorise", args=[row.public_id]), {"category": "x"}).status_code == 400
    listed = client.get(reverse("collection:instructions"), {"category": "reasoning"}).content.decode()
    assert str(row.public_id) in listed and str(brought.public_id) not in listed
    assert "humanities" in client.get(reverse("collection:instructions")).content.decode()
