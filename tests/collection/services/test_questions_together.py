"""Questions of several threads that are taken in by one statement."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest
from django.db import connection, transaction
from pytest_django.fixtures import Settings

from collection.errors import Barred, BudgetSpent, ConsentNeeded
from collection.models import Cap, Instruction, LedgerEntry, Participant, Reference
from collection.services import instructions
from collection.services.budget import cap_limit_set
from collection.services.instructions import reference_begin
from tests.factories.collection import make_participant
from tests.races import until

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def prices(settings: Settings) -> None:
    """A question costs 1000 at most."""
    settings.PROMPT_PRICE_MICROUSD_PER_MILLION = 0
    settings.COMPLETION_PRICE_MICROUSD_PER_MILLION = 1_000_000
    settings.MAX_COMPLETION_TOKENS = 1000


def ask(participant: Participant, address_hash: str = "a") -> Reference:
    try:
        return reference_begin(
            participant=Participant(public_id=participant.public_id),
            instruction=f"質問 {participant.public_id}",
            language="ja",
            address_hash=address_hash,
        )
    finally:
        connection.close()


@contextmanager
def total_held() -> Iterator[None]:
    """Nobody gets past the cap of everything meanwhile."""
    Cap.objects.get_or_create(scope="total", key="", defaults={"limit_microusd": 10**9})
    held, may_go_on = Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Cap.objects.select_for_update().get(scope="total", key="")
                held.set()
                assert may_go_on.wait(20)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        holding = thread.submit(hold)
        assert held.wait(20)
        try:
            yield
        finally:
            may_go_on.set()
            holding.result(20)


def asked_together(participants: list[Participant]) -> list[Future[Reference]]:
    """The first is at the database when the others come: they are one group, which is done when this returns."""
    with ThreadPoolExecutor(len(participants)) as threads:
        with total_held():
            asked = [threads.submit(ask, participants[0])]
            until(lambda: instructions._together._is_at_work and not instructions._together._waiting)
            asked += [threads.submit(ask, participant) for participant in participants[1:]]
            until(lambda: len(instructions._together._waiting) == len(participants) - 1)
        return asked


def test_questions_that_come_while_another_is_taken_in_are_taken_in_by_one_statement() -> None:
    participants = [make_participant() for _ in range(6)]
    references = [one.result() for one in asked_together(participants)]
    assert len({reference.created_at for reference in references[1:]}) == 1
    assert references[0].created_at < references[1].created_at
    for participant, reference in zip(participants, references, strict=True):
        kept = Reference.objects.select_related("instruction__participant").get(pk=reference.pk)
        assert kept.instruction == reference.instruction
        assert kept.public_id == reference.public_id
        assert kept.instruction.participant == participant == reference.instruction.participant
        assert kept.instruction.instruction == f"質問 {participant.public_id}" == reference.instruction.instruction
        assert kept.instruction.public_id == reference.instruction.public_id
        entry = kept.ledger.get()
        assert (entry.kind, entry.amount_microusd) == ("reserved", 1000)
        assert entry.cap_keys["participant_day"].endswith(str(participant.public_id))
    reserved = set(Cap.objects.values_list("scope", "reserved_microusd"))
    assert reserved == {("total", 6000), ("day", 6000), ("participant_day", 1000), ("address_day", 6000)}


def test_of_a_group_for_which_a_cap_has_no_room_as_many_are_taken_in_as_it_has_room_for() -> None:
    cap_limit_set(scope="day", limit_microusd=4999)
    asked = asked_together([make_participant() for _ in range(7)])
    assert [type(one.exception()) for one in asked].count(type(None)) == 4
    refused = [one.exception() for one in asked if one.exception()]
    assert all(isinstance(one, BudgetSpent) and one.details["scope"] == "day" for one in refused)
    assert Instruction.objects.count() == Reference.objects.count() == LedgerEntry.objects.count() == 4
    assert Cap.objects.get(scope="total").reserved_microusd == 4000
    assert Cap.objects.exclude(key="").get(scope="day").reserved_microusd == 4000


def test_who_may_not_ask_spoils_it_for_nobody_else_of_the_group() -> None:
    participants = [make_participant() for _ in range(5)]
    barred = participants[2]
    Participant.objects.filter(pk=barred.pk).update(barred_at="2026-11-01T00:00Z")
    participants[3] = Participant()  # nobody has seen this one
    asked = asked_together(participants)
    assert [type(one.exception()) for one in asked] == [type(None), type(None), Barred, ConsentNeeded, type(None)]
    assert Instruction.objects.count() == LedgerEntry.objects.count() == 3
    assert Cap.objects.get(scope="total").reserved_microusd == 3000


def test_inside_a_transaction_nobody_is_joined_and_what_is_rolled_back_is_gone() -> None:
    def ask_in_vain(participant: Participant) -> None:
        try:
            with transaction.atomic():
                reference_begin(participant=participant, instruction="取り消される質問", language="ja")
                transaction.set_rollback(True)
        finally:
            connection.close()

    participants = [make_participant() for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        with total_held():
            asked = threads.submit(ask, participants[0])
            until(lambda: waiting_for_locks() == 1)
            in_vain = threads.submit(ask_in_vain, participants[1])
            until(lambda: waiting_for_locks() == 2)
        in_vain.result(20)
    assert Instruction.objects.get() == asked.result().instruction
    assert Cap.objects.get(scope="total").reserved_microusd == 1000


def waiting_for_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])
