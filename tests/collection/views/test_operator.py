import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from collection.models import Cap, Instruction, SiteSwitch
from collection.selectors import instruction_list_for
from collection.states import InstructionStatus
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.collection import (
    make_finding,
    make_import_batch,
    make_instruction,
    make_participant,
    make_reference,
)

pytestmark = pytest.mark.django_db

LIST = reverse("collection:instructions")
CANARY = "鴎色の文鎮が三つ、窓辺で光っている。"


@pytest.fixture
def people() -> Cast:
    return cast()


def held(text: str = "電話は090-1234-5678です。返事を書いて") -> Instruction:
    instruction = make_instruction(instruction=text, status=InstructionStatus.HELD)
    start = text.index("090")
    make_finding(instruction, check_id="personal.phone", field="instruction", start=start, end=start + 13)
    make_finding(instruction, check_id="moderation.passed", severity="note")
    return instruction


def test_only_the_operators_screeners_enter(people: Cast) -> None:
    instruction = held()
    addresses = [LIST, reverse("collection:instruction", args=[instruction.public_id])]
    for user in (people.luna, people.wataru, people.riku, people.rei, people.emi, people.fumi):
        for address in addresses:
            assert client_for(user).get(address).status_code == 403
        assert not instruction_list_for(user).exists()
    for user in (people.aoi, people.minato, people.ren):
        for address in addresses:
            assert client_for(user).get(address).status_code == 200
    assert Client().get(LIST).status_code == 302
    assert not instruction_list_for(AnonymousUser()).exists()


def test_no_page_here_shows_what_the_model_wrote(people: Cast) -> None:
    instruction = held()
    make_reference(instruction, text=CANARY)
    client = client_for(people.aoi)
    for address in (
        LIST,
        f"{LIST}?text={CANARY[:6]}",
        reverse("collection:instruction", args=[instruction.public_id]),
        reverse("collection:budget"),
        reverse("collection:progress"),
    ):
        assert CANARY[:9] not in client.get(address).content.decode().replace(f'value="{CANARY[:6]}"', "")


def test_the_finding_is_marked_at_its_place(people: Cast) -> None:
    page = client_for(people.ren).get(reverse("collection:instruction", args=[held().public_id])).content.decode()
    assert ">090-1234-5678</mark>" in page


def test_markup_in_an_instruction_stays_text(people: Cast) -> None:
    instruction = make_instruction(instruction="<script>alert(1)</script> を説明して")
    page = client_for(people.ren).get(reverse("collection:instruction", args=[instruction.public_id])).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_filters_narrow_the_list(people: Cast) -> None:
    make_instruction(instruction="京都の秋を紹介して", language="ja")
    make_instruction(instruction="Explain the sky", language="en", import_batch=make_import_batch())
    held()
    client = client_for(people.aoi)
    for query, present, absent in [
        ("language=en", "Explain", "京都"),
        ("status=held", "090", "京都"),
        ("text=京都+秋", "京都", "Explain"),
        ("origin=import", "Explain", "京都"),
        ("status=nonsense&page=99&language=%00", "京都", "nowhere"),
    ]:
        page = client.get(f"{LIST}?{query}").content.decode()
        assert present in page.split("<tbody>")[1], query
        assert absent not in page.split("<tbody>")[1], query


def test_deciding_leads_to_the_next_and_at_the_end_back_to_the_list(people: Cast) -> None:
    first, second = held("一件目 090-1234-5678"), held("二件目 090-1234-5678")
    client = client_for(people.ren)
    assert client.get(reverse("collection:screening_queue")).url.endswith(f"{first.public_id}/")  # type: ignore[attr-defined]
    response = client.post(reverse("collection:decide", args=[first.public_id]), {"verdict": "accept", "why": ""})
    assert response.url.endswith(f"{second.public_id}/")  # type: ignore[attr-defined]
    refused = client.post(reverse("collection:decide", args=[second.public_id]), {"verdict": "reject", "why": ""})
    assert refused.status_code == 400
    done = client.post(
        reverse("collection:decide", args=[second.public_id]),
        {"verdict": "reject", "why": "a real number"},
        follow=True,
    )
    assert done.redirect_chain[-1][0] == LIST
    statuses = list(Instruction.objects.order_by("pk").values_list("status", flat=True))
    assert statuses == ["eligible", "rejected"]


def test_a_second_decision_is_refused_kindly(people: Cast) -> None:
    instruction = held()
    client = client_for(people.ren)
    address = reverse("collection:decide", args=[instruction.public_id])
    client.post(address, {"verdict": "accept"})
    assert client.post(address, {"verdict": "accept"}).status_code == 409


def test_the_switch_and_the_limits_belong_to_owner_and_manager(people: Cast) -> None:
    client = client_for(people.fumi)
    assert client.get(reverse("collection:budget")).status_code == 200
    assert client.post(reverse("collection:switch"), {}).status_code == 403
    owner = client_for(people.aoi)
    owner.post(reverse("collection:switch"), {"reason": "maintenance"})
    assert not SiteSwitch.objects.get().is_answering
    owner.post(reverse("collection:switch"), {"is_answering": "on"})
    assert SiteSwitch.objects.get().is_answering
    limits = {"total": "100", "day": "1.50", "participant_day": "0.5", "address_day": "1"}
    owner.post(reverse("collection:limits"), limits)
    assert Cap.objects.get(scope="day", key="").limit_microusd == 1_500_000
    assert owner.post(reverse("collection:limits"), {**limits, "day": "-1"}).status_code == 400


@pytest.mark.parametrize("size", [3, 20])
def test_the_list_takes_as_many_queries_for_many_as_for_few(
    people: Cast, size: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    batch = make_import_batch()
    for _ in range(size):
        make_reference(make_instruction(import_batch=batch))
        make_instruction(participant=make_participant())
    client = client_for(people.aoi)
    client.get(LIST)
    with django_assert_max_num_queries(14):
        assert client.get(LIST).status_code == 200
