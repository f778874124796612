import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient, Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from collection.gateway import clients_close
from collection.models import Instruction, Participant, Reference
from collection.services.budget import cap_limit_set, site_switch_set
from tests.factories.collection import client_of, make_participant, make_terms
from tests.factories.vendors import make_user
from tests.provider import Provider

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
async def connections_closed() -> AsyncIterator[None]:
    yield
    await clients_close()


@pytest.fixture
def participant() -> Participant:
    return make_participant()


async def stream(
    participant: Participant | None, instruction: str, language: str = "en"
) -> list[tuple[str, dict[str, str]]]:
    client = AsyncClient()
    if participant is not None:
        client.cookies = (await sync_to_async(client_of)(participant)).cookies
    response = await client.post(
        reverse("collection:ask_stream"),
        {"instruction": instruction, "input": ""},
        headers={"accept": "text/event-stream, application/json", "accept-language": language},
    )
    if response.status_code != 200:
        return [(str(response.status_code), response.json())]
    assert response["Content-Type"].startswith("text/event-stream")
    body = b"".join([part async for part in response.streaming_content]).decode()
    events = [block.split("\n", 1) for block in body.split("\n\n") if block]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in events]


async def test_the_events_come_in_order_and_end_with_safe_html(provider: Provider, participant: Participant) -> None:
    events = await stream(participant, "空はなぜ青いのですか。")
    names = [name for name, _ in events]
    assert (names[0], names[-1], set(names[1:-1])) == ("start", "done", {"delta"})
    reference = await Reference.objects.aget()
    assert "".join(data["text"] for name, data in events if name == "delta") == reference.text
    done = events[-1][1]
    assert (done["status"], done["finish_reason"]) == ("complete", "stop")
    assert "<" in done["html"]
    assert "<script" not in done["html"]


async def test_a_fault_is_told_in_the_readers_language_and_never_in_the_providers(
    provider: Provider, participant: Participant
) -> None:
    events = await stream(participant, "practice: 401\n空はなぜ青いのですか。")
    assert [name for name, _ in events] == ["start", "error", "done"]
    assert events[1][1]["code"] == "provider_refused"
    assert "Canary" not in json.dumps(events)
    assert await Instruction.objects.filter(instruction__contains="空はなぜ").aexists()


async def test_without_consent_the_question_is_not_saved(provider: Provider) -> None:
    await sync_to_async(make_terms)()
    ((status, problem),) = await stream(None, "空は青い？なぜ")
    assert (status, problem["code"]) == ("403", "consent_needed")
    assert not await Instruction.objects.aexists()


async def test_a_forged_cookie_is_nobody(provider: Provider, participant: Participant) -> None:
    client = AsyncClient()
    client.cookies["hitode_participant"] = f"{participant.public_id}:forged"
    response = await client.post(reverse("collection:ask_stream"), {"instruction": "空は青い？"})
    assert response.status_code == 403


async def test_a_cookie_of_nobody_who_is_here_needs_consent_first(provider: Provider, participant: Participant) -> None:
    ((status, problem),) = await stream(Participant(public_id=uuid4()), "空は青い？なぜ")
    assert (status, problem["code"]) == ("403", "consent_needed")
    assert not await Instruction.objects.aexists()


async def test_the_switch_and_the_caps_refuse_before_anything_is_kept(
    provider: Provider, participant: Participant, settings: Settings
) -> None:
    aoi = await sync_to_async(make_user)(name="Aoi")
    await sync_to_async(site_switch_set)(is_answering=False, reason="", by=aoi)
    ((status, problem),) = await stream(participant, "空は青い？なぜ")
    assert (status, problem["code"]) == ("503", "site_closed")
    await sync_to_async(site_switch_set)(is_answering=True, reason="", by=aoi)
    settings.COMPLETION_PRICE_MICROUSD_PER_MILLION = 10_000_000
    await sync_to_async(cap_limit_set)(scope="day", limit_microusd=1)
    ((status, problem),) = await stream(participant, "空は青い？なぜ")
    assert (status, problem["code"]) == ("429", "budget_spent")
    assert not await Instruction.objects.aexists()


async def test_an_instruction_over_the_limit_is_refused_with_its_length(
    provider: Provider, participant: Participant
) -> None:
    ((status, problem),) = await stream(participant, "あ" * 4001)
    assert (status, problem["field"]) == ("400", "instruction")
    assert "4,001" in problem["detail"]


def test_without_scripts_the_whole_answer_is_a_page_of_ones_own(provider: Provider, participant: Participant) -> None:
    client = client_of(participant)
    response = client.post(reverse("collection:ask"), {"instruction": "空はなぜ青いのですか。"}, follow=True)
    reference = Reference.objects.get()
    assert response.redirect_chain[0][1] == 302
    assert reference.status == "complete"
    assert reference.text[:8] in response.content.decode()


def test_without_scripts_a_refused_question_comes_back_with_its_text(participant: Participant) -> None:
    response = client_of(participant).post(reverse("collection:ask"), {"instruction": "あ" * 4001, "input": "添える文"})
    assert response.status_code == 400
    assert "あ" * 4001 in response.content.decode()
    assert "添える文" in response.content.decode()


def test_without_scripts_the_text_is_carried_through_both_steps_of_consent() -> None:
    make_terms()
    client = Client()
    typed = {"instruction": "空はなぜ青い？", "input": "散乱の話"}
    first = client.post(reverse("collection:ask"), typed)
    assert first.status_code == 403
    assert not client.cookies.get("hitode_participant")
    second = client.post(reverse("collection:welcome"), {**typed, "step": "collected", "knows_what_is_collected": "on"})
    assert 'value="空はなぜ青い？"' in second.content.decode()
    last = client.post(
        reverse("collection:welcome"), {**typed, "step": "consent", "version": "1", "agrees": "on", "is_adult": "on"}
    )
    assert "空はなぜ青い？</textarea>" in last.content.decode()
    assert client.cookies["hitode_participant"]["httponly"]
    assert Participant.objects.count() == 1
