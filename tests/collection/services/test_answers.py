from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from collection.models import Cap, Reference
from collection.services.answers import (
    answers_note_begun,
    answers_of_lost_end,
    answers_sweep,
    processes_lost,
    reference_store,
)
from collection.services.instructions import reference_begin
from collection.signals import references_stored
from config.errors import IllegalMove
from config.moves import Actor
from config.presence import PRESENCE_LOCK
from tests.factories.collection import make_instruction, make_participant, make_reference


@pytest.mark.django_db
def test_stored_texts_are_numbered_in_their_order_and_empty_ones_are_not() -> None:
    first, empty, second = (
        make_reference(make_instruction(), text=text, status=status)
        for text, status in [("一", "complete"), ("", "failed"), ("二", "interrupted")]
    )
    assert first.position is not None
    assert empty.position is None
    assert second.position == first.position + 1


@pytest.mark.django_db
def test_an_answer_is_stored_only_once() -> None:
    reference = make_reference(make_instruction())
    with pytest.raises(IllegalMove):
        reference_store(reference=reference, text="また", status="complete", by=Actor.system("test"))


@pytest.mark.django_db
def test_a_listener_that_refuses_undoes_the_storing() -> None:
    def refuse(**_kwargs: object) -> None:
        raise RuntimeError("no index")

    reference = make_reference(make_instruction(), status="pending")
    references_stored.connect(refuse)
    try:
        with pytest.raises(RuntimeError):
            reference_store(reference=reference, text="答え", status="complete", by=Actor.system("test"))
    finally:
        references_stored.disconnect(refuse)
    reference.refresh_from_db()
    assert (reference.status, reference.text) == ("pending", "")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_positions_have_no_gap_and_no_double_when_many_store_at_once() -> None:
    waiting = [make_reference(make_instruction(), status="pending") for _ in range(24)]

    def store(reference: Reference) -> None:
        try:
            reference_store(reference=reference, text=f"答え{reference.pk}", status="complete", by=Actor.system("t"))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(store, waiting))
    positions = sorted(Reference.objects.values_list("position", flat=True))
    assert positions == list(range(positions[0], positions[0] + 24))


@pytest.mark.django_db
def test_the_sweep_ends_what_lost_its_process_and_leaves_its_reservation_to_be_reconciled(settings: Settings) -> None:
    settings.COMPLETION_PRICE_MICROUSD_PER_MILLION = 1_000_000
    participant = make_participant()
    never_began, began, fresh = (
        reference_begin(participant=participant, instruction=f"質問その{number}", language="ja") for number in range(3)
    )
    answers_note_begun([began.pk])
    long_ago = timezone.now() - timedelta(hours=1)
    Reference.objects.filter(pk__in=[never_began.pk, began.pk]).update(created_at=long_ago)
    assert answers_sweep() == 2
    assert answers_sweep() == 0
    for reference, status in [(never_began, "failed"), (began, "interrupted"), (fresh, "pending")]:
        reference.refresh_from_db()
        assert reference.status == status
        assert not reference.ledger.filter(kind="settled").exists()
    whole = fresh.ledger.get(kind="reserved").amount_microusd
    assert Cap.objects.get(scope="total").reserved_microusd == 3 * whole


@pytest.mark.django_db
def test_only_the_answers_of_a_process_that_is_gone_are_ended() -> None:
    lives, is_gone = 4711, 4712
    pending = [
        make_reference(make_instruction(), status="pending", process=process)
        for process in (lives, is_gone, is_gone, None)
    ]
    answers_note_begun([pending[1].pk])
    make_reference(make_instruction(), process=4713)  # has ended long ago
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [PRESENCE_LOCK, lives])
        try:
            assert processes_lost() == [is_gone]
            assert processes_lost([lives]) == []
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [PRESENCE_LOCK, lives])
    assert answers_of_lost_end(processes=[is_gone]) == 2
    assert answers_of_lost_end(processes=[is_gone]) == 0
    found = [Reference.objects.get(pk=one.pk) for one in pending]
    assert [one.status for one in found] == ["pending", "interrupted", "failed", "pending"]
    assert [one.error_code for one in found] == ["", "process_lost", "process_lost", ""]


@pytest.mark.django_db
def test_beginnings_are_noted_together_and_only_of_what_is_still_pending() -> None:
    pending = [make_reference(make_instruction(), status="pending") for _ in range(2)]
    ended = make_reference(make_instruction())
    answers_note_begun([*(one.pk for one in pending), ended.pk])
    assert set(Reference.objects.values_list("status", flat=True)) == {"streaming", "complete"}
    assert [one.transitions.get().to_status for one in pending] == ["streaming", "streaming"]
    reference_store(reference=pending[0], text="答え", status="complete", by=Actor.system("test"))
    assert [one.from_status for one in pending[0].transitions.order_by("pk")] == ["pending", "streaming"]
