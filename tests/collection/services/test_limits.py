from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from pytest_django.fixtures import Settings

from collection.errors import AnswerOpen, Barred, LimitsUnknown, TooOften
from collection.models import Instruction, Participant, Reference
from collection.services import limits
from collection.services.answers import answer_abandon
from collection.services.asking import question_receive
from collection.services.bans import participant_bar, participant_readmit
from tests.factories.collection import client_of, make_participant
from tests.provider import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def redis_empty() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def ask(participant: Participant, *, address: str = "a", is_trusted: bool = True) -> Reference:
    """One question whose reader leaves at once, so that the next may follow."""
    reference = question_receive(
        participant=participant,
        instruction="空は青い？なぜ",
        language="ja",
        address_hash=address,
        is_trusted=is_trusted,
    )
    answer_abandon(reference=reference)
    return reference


def test_a_participant_may_ask_so_often_and_no_oftener(settings: Settings) -> None:
    settings.RATES_PARTICIPANT = "2/minute;5/day"
    participant = make_participant()
    for _ in range(2):
        ask(participant)
    with pytest.raises(TooOften) as refusal:
        ask(participant)
    assert refusal.value.details == {"scope": "participant", "retry_after_seconds": 60}
    ask(make_participant())
    assert Instruction.objects.count() == 3


def test_the_limit_of_a_day_says_that_it_is_one(settings: Settings) -> None:
    settings.RATES_PARTICIPANT = "1/day"
    participant = make_participant()
    ask(participant)
    with pytest.raises(TooOften, match="tomorrow"):
        ask(participant)


def test_an_address_has_a_limit_of_its_own(settings: Settings) -> None:
    settings.RATES_ADDRESS = "2/minute"
    for _ in range(2):
        ask(make_participant())
    with pytest.raises(TooOften) as refusal:
        ask(make_participant())
    assert refusal.value.details["scope"] == "address"
    ask(make_participant(), address="b")


def test_without_a_proof_of_work_fewer_questions_are_taken(settings: Settings) -> None:
    settings.RATES_UNPROVEN = "1/minute"
    ask(make_participant(), is_trusted=False)
    with pytest.raises(TooOften) as refusal:
        ask(make_participant(), is_trusted=False)
    assert refusal.value.details["scope"] == "unproven"
    ask(make_participant())


def test_one_answer_at_a_time_and_who_has_to_wait_is_not_counted(settings: Settings) -> None:
    settings.RATES_PARTICIPANT = "2/minute"
    participant = make_participant()
    first = question_receive(
        participant=participant, instruction="空は青い？なぜ", language="ja", address_hash="a", is_trusted=True
    )
    for _ in range(3):
        with pytest.raises(AnswerOpen):
            ask(participant)
    answer_abandon(reference=first)
    assert ask(participant)


def test_renewing_keeps_a_place_and_takes_none_back(settings: Settings) -> None:
    participant = make_participant()
    who = str(participant.public_id)
    limits.ask_admit(participant=participant, address_hash="a", is_proven=True)
    limits.places_renew([who])
    with pytest.raises(AnswerOpen):
        limits.ask_admit(participant=participant, address_hash="a", is_proven=True)
    limits.place_give_back(participant=participant)
    limits.places_renew([who])  # on its way when the answer ended
    limits.ask_admit(participant=participant, address_hash="a", is_proven=True)


def test_a_question_that_is_refused_later_leaves_its_place(settings: Settings) -> None:
    participant = make_participant()
    settings.COMPLETION_PRICE_MICROUSD_PER_MILLION = 10_000_000
    settings.TOTAL_BUDGET_MICROUSD = 1
    for _ in range(2):
        with pytest.raises(Exception, match="budget"):
            ask(participant)


def test_without_redis_nothing_is_taken(settings: Settings) -> None:
    participant = make_participant()
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    for cached in (limits._redis, limits._limiter):
        cached.cache_clear()
    try:
        with pytest.raises(LimitsUnknown):
            ask(participant)
    finally:
        for cached in (limits._redis, limits._limiter):
            cached.cache_clear()
    assert not Instruction.objects.exists()


def test_who_is_barred_is_told_whom_to_write_to_and_so_is_the_rest_of_the_address(settings: Settings) -> None:
    settings.OPERATOR_CONTACT = "appeal@example.org"
    participant = make_participant()
    ask(participant)
    assert participant_bar(participant=participant, by="Aoi", why="A robot.")
    for asking in (participant, make_participant()):
        with pytest.raises(Barred, match=r"appeal@example\.org"):
            ask(asking)
    assert ask(make_participant(), address="b")
    assert participant_readmit(participant=participant, by="Aoi", why="It was a person.")
    assert ask(participant, address="b")
    assert ask(make_participant()), "the address is free again at once"


def test_the_command_bars_by_an_instruction_and_lifts_it_again() -> None:
    participant = make_participant()
    asked = ask(participant).instruction
    call_command("bar_participant", str(asked.public_id), "--why", "a robot")
    participant.refresh_from_db()
    with pytest.raises(Barred):
        ask(participant, address="b")
    call_command("bar_participant", str(participant.public_id), "--lift", "--why", "a mistake")
    participant.refresh_from_db()
    assert ask(participant, address="b")


def test_without_redis_the_visitor_is_told_so(settings: Settings) -> None:
    client = client_of(make_participant(), Client(headers={"accept-language": "en"}))
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    for cached in (limits._redis, limits._limiter):
        cached.cache_clear()
    try:
        asked = {"instruction": "空は青い？なぜ"}
        streamed = client.post("/ask/stream", asked, headers={"accept": "application/json"})
    finally:
        for cached in (limits._redis, limits._limiter):
            cached.cache_clear()
    assert (streamed.status_code, streamed.json()["code"]) == (503, "limits_unknown")
    assert "Your text is kept" in streamed.json()["detail"]
