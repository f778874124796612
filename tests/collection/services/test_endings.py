import asyncio

import pytest
from django.db import connections
from pytest_django.fixtures import Settings

from collection.gateway import Finished, Usage
from collection.models import Cap, LedgerEntry, Reference
from collection.services.answers import Outcome, answer_abandon
from collection.services.endings import Stored, endings_of_loop
from collection.services.instructions import reference_begin
from collection.services.withdrawal import instruction_withdraw
from config.errors import IllegalMove
from tests.factories.collection import make_participant

pytestmark = pytest.mark.django_db(transaction=True)


def begun(count: int) -> list[Reference]:
    return [
        reference_begin(participant=make_participant(), instruction=f"質問その{number}", language="ja")
        for number in range(count)
    ]


def outcome(text: str) -> Outcome:
    return Outcome(text, Finished("stop", Usage(3, 5), "gpt-4o", None), None, None)


async def stored(references: list[Reference]) -> list[Stored | BaseException]:
    endings = endings_of_loop()
    return await asyncio.gather(
        *(endings.store(one, outcome(f"**答え** {one.pk}")) for one in references), return_exceptions=True
    )


def end(references: list[Reference]) -> list[Stored | BaseException]:
    try:
        return asyncio.run(stored(references))
    finally:
        connections.close_all()


def test_answers_that_end_together_are_all_stored_settled_and_numbered() -> None:
    references = begun(9)
    results = end(references)
    assert all(isinstance(one, Stored) and "<strong>" in one.html for one in results)
    positions = Reference.objects.order_by("position").values_list("position", flat=True)
    assert list(positions) == list(range(positions[0], positions[0] + 9))
    assert LedgerEntry.objects.filter(kind="settled").count() == 9


def test_one_that_cannot_be_stored_spoils_none_of_the_others() -> None:
    references = begun(5)
    answer_abandon(reference=references[3])
    results = end(references)
    assert [isinstance(one, IllegalMove) for one in results] == [False, False, False, True, False]
    assert Reference.objects.filter(status="complete").count() == 4
    assert LedgerEntry.objects.filter(kind="settled").count() == 5


def test_what_they_cost_is_spent_under_every_cap_once_for_each(settings: Settings) -> None:
    settings.PROMPT_PRICE_MICROUSD_PER_MILLION = settings.COMPLETION_PRICE_MICROUSD_PER_MILLION = 1_000_000
    participant = make_participant()
    references = begun(3) + [
        reference_begin(participant=participant, instruction=f"また{number}", language="ja", address_hash="a")
        for number in range(2)
    ]
    end(references)
    caps = {(cap.scope, cap.key): (cap.reserved_microusd, cap.spent_microusd) for cap in Cap.objects.exclude(key="")}
    own = [spent for (_scope, key), spent in caps.items() if key.endswith(str(participant.public_id))]
    assert own == [(0, 2 * 8)]
    assert [spent for (scope, _key), spent in caps.items() if scope == "address_day"] == [(0, 2 * 8)]
    assert [spent for (scope, _key), spent in caps.items() if scope == "day"] == [(0, 5 * 8)]
    assert [spent for (scope, _key), spent in caps.items() if scope == "participant_day"].count((0, 8)) == 3
    total = Cap.objects.get(scope="total")
    assert (total.reserved_microusd, total.spent_microusd) == (0, 5 * 8)


def test_of_a_group_the_withdrawn_one_alone_keeps_no_text_and_takes_no_number() -> None:
    references = begun(3)
    withdrawn = references[1]
    participant = withdrawn.instruction.participant
    assert participant is not None
    instruction_withdraw(participant=participant, public_id=withdrawn.instruction.public_id)
    end(references)
    kept = {one.pk: (one.text, one.position) for one in Reference.objects.all()}
    first, last = kept[references[0].pk], kept[references[2].pk]
    assert kept[withdrawn.pk] == ("", None)
    assert first[0] and last[0]
    assert last[1] == (first[1] or 0) + 1
