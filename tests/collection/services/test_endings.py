import asyncio

import pytest
from django.db import connections

from collection.gateway import Finished, Usage
from collection.models import LedgerEntry, Reference
from collection.services.answers import Outcome, answer_abandon
from collection.services.endings import Stored, endings_of_loop
from collection.services.instructions import reference_begin
from config.errors import IllegalMove
from tests.factories.collection import make_participant

pytestmark = pytest.mark.django_db(transaction=True)


def begun(count: int) -> list[Reference]:
    return [
        reference_begin(participant=make_participant(), instruction=f"質問その{number}", language="ja")
        for number in range(count)
    ]


def outcome(text: str) -> Outcome:
    return Outcome(text, Finished("stop", Usage(3, 5), "practice", None), None, None)


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
