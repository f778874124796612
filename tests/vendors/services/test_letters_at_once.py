"""Two who send at once."""

import pytest
from django.core import mail

from tests.cast import cast
from tests.races import at_once
from vendors.services.letters import digests_send, letters_queue, letters_send


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_each_letter_leaves_once() -> None:
    people = cast()
    for number in range(8):
        letters_queue("due", [people.fumi], f"/{number}/", due=[], days=14)
    type(people.aoi).objects.filter(pk=people.aoi.pk).update(letters="daily")
    letters_queue("due", [people.aoi], "/", due=[], days=14)
    assert sum(at_once(*[letters_send] * 3)) == 8
    assert sum(at_once(*[digests_send] * 3)) == 1
    assert len(mail.outbox) == 9
