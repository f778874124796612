"""Some who send at once."""

import pytest
from django.core import mail

from tests.cast import cast
from tests.races import at_once
from vendors.models import Letter
from vendors.services.letters import digests_send, letters_send


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_each_letter_leaves_once() -> None:
    people = cast()
    type(people.aoi).objects.filter(pk=people.aoi.pk).update(letters="daily")
    # As rows, for `letters_queue` would have a worker send them too, if one of another test runs.
    to = [people.fumi] * 8 + [people.aoi] * 3
    Letter.objects.bulk_create(
        Letter(person=person, key=f"{number}", subject=f"{number}", body=f"{number}")
        for number, person in enumerate(to)
    )
    sent = sum(at_once(*[letters_send] * 3)) + sum(at_once(*[digests_send] * 3))
    assert sent == len(mail.outbox) == len({letter.subject for letter in mail.outbox}) == 9
    assert not Letter.objects.filter(taken_at__isnull=True).exists()
    assert Letter.objects.filter(sent_at__isnull=False).count() == 11
