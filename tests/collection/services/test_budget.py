from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import close_old_connections, connection
from pytest_django.fixtures import Settings

from collection.errors import BudgetSpent, SiteClosed
from collection.models import Cap, Instruction, LedgerEntry, Participant, Reference
from collection.services.budget import (
    budget_settle,
    cap_limit_set,
    site_switch_set,
    worst_case_microusd,
)
from collection.services.instructions import instruction_receive
from tests.factories.collection import make_participant, make_question
from tests.factories.vendors import make_user


def cap(scope: str, key: str) -> Cap:
    return Cap.objects.get(scope=scope, key=key)


@pytest.mark.django_db
def test_a_reservation_counts_under_every_cap_and_settling_turns_it_into_spending() -> None:
    reference = make_question(costs=100)
    budget_settle(reference=reference, cost_microusd=30, is_estimated=False)
    for scope, key in reference.ledger.get(kind="reserved").cap_keys.items():
        assert (cap(scope, key).reserved_microusd, cap(scope, key).spent_microusd) == (0, 30)
    assert set(reference.ledger.values_list("kind", "amount_microusd")) == {("reserved", 100), ("settled", 30)}


@pytest.mark.django_db
def test_settling_twice_counts_once() -> None:
    reference = make_question(costs=100)
    for _ in range(2):
        budget_settle(reference=reference, cost_microusd=30, is_estimated=False)
    assert Cap.objects.exclude(key="").get(scope="day").spent_microusd == 30


@pytest.mark.django_db
def test_an_unknown_cost_spends_the_whole_reservation() -> None:
    reference = make_question(costs=100)
    budget_settle(reference=reference, cost_microusd=None, is_estimated=True)
    assert cap("total", "").spent_microusd == 100


@pytest.mark.django_db
@pytest.mark.parametrize("scope", ["total", "day", "participant_day", "address_day"])
def test_each_cap_refuses_by_itself_and_leaves_the_others_untouched(scope: str) -> None:
    cap_limit_set(scope=scope, limit_microusd=9)
    with pytest.raises(BudgetSpent) as refusal:
        make_question(costs=10)
    assert refusal.value.details["scope"] == scope
    assert not Cap.objects.exclude(reserved_microusd=0).exists()


@pytest.mark.django_db
def test_a_cap_may_be_used_up_to_the_last_microdollar() -> None:
    cap_limit_set(scope="day", limit_microusd=20)
    make_question(costs=10)
    make_question(costs=10)
    with pytest.raises(BudgetSpent):
        make_question(costs=1)


@pytest.mark.django_db
def test_the_worst_case_bounds_tokens_by_bytes(settings: Settings) -> None:
    settings.PROMPT_PRICE_MICROUSD_PER_MILLION = 1_000_000
    settings.COMPLETION_PRICE_MICROUSD_PER_MILLION = 0
    assert worst_case_microusd(instruction="あ" * 100, input="") >= 300


@pytest.mark.django_db
def test_a_stopped_site_takes_no_question_and_keeps_nothing_of_it() -> None:
    participant = make_participant()
    aoi = make_user(name="Aoi")
    site_switch_set(is_answering=False, reason="maintenance", by=aoi)
    with pytest.raises(SiteClosed):
        instruction_receive(participant=participant, instruction="空はなぜ青い？", language="ja")
    assert not Instruction.objects.exists()
    site_switch_set(is_answering=True, reason="", by=aoi)
    assert instruction_receive(participant=participant, instruction="空はなぜ青い？", language="ja")


@pytest.mark.django_db
def test_a_question_over_the_cap_is_refused_whole(settings: Settings) -> None:
    settings.COMPLETION_PRICE_MICROUSD_PER_MILLION = 10_000_000
    cap_limit_set(scope="day", limit_microusd=1)
    with pytest.raises(BudgetSpent):
        instruction_receive(participant=make_participant(), instruction="空はなぜ青い？", language="ja")
    assert not Instruction.objects.exists()
    assert not Reference.objects.exists()
    assert not LedgerEntry.objects.exists()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_hundred_at_once_against_a_cap_of_forty_admit_exactly_forty(settings: Settings) -> None:
    settings.PROMPT_PRICE_MICROUSD_PER_MILLION = 0
    settings.COMPLETION_PRICE_MICROUSD_PER_MILLION = 1_000_000
    settings.MAX_COMPLETION_TOKENS = 1000
    cap_limit_set(scope="day", limit_microusd=40_999)
    participants = [make_participant() for _ in range(5)]

    def ask(number: int) -> bool:
        try:
            participant: Participant = participants[number % len(participants)]
            instruction_receive(
                participant=participant, instruction=f"質問その{number}", language="ja", address_hash=str(number % 7)
            )
        except BudgetSpent:
            return False
        finally:
            close_old_connections()
            connection.close()
        return True

    with ThreadPoolExecutor(16) as threads:
        admitted = sum(threads.map(ask, range(200)))
    assert admitted == 40
    assert Instruction.objects.count() == Reference.objects.count() == 40
    day = Cap.objects.exclude(key="").get(scope="day")
    assert day.reserved_microusd == 40_000
    assert sum(Cap.objects.filter(scope="participant_day").values_list("reserved_microusd", flat=True)) == 40_000
