"""Barring a participant who abuses the site, and letting them back in."""

import logging
from typing import Any

from django.db import transaction
from django.utils import timezone

from collection.models import LedgerEntry, Participant
from collection.services.limits import address_bar

log = logging.getLogger(__name__)


@transaction.atomic
def participant_bar(*, participant: Participant, by: Any, why: str = "") -> None:
    """Take no further question from a participant, nor today from the addresses they asked from.

    What is kept of theirs stays theirs: they can see, download and withdraw it. Raises `redis.RedisError`.
    """
    participant.barred_at = participant.barred_at or timezone.now()
    participant.save(update_fields=["barred_at"])
    today = LedgerEntry.objects.filter(
        reference__instruction__participant=participant, kind=LedgerEntry.Kind.RESERVED, at__date=timezone.localdate()
    )
    for key in set(today.values_list("cap_keys__address_day", flat=True)) - {None}:
        address_bar(key.rpartition(":")[2])
    log.warning("Participant %s was barred by %s: %s", participant.public_id, by, why or "no reason given")


@transaction.atomic
def participant_readmit(*, participant: Participant, by: Any) -> None:
    """Take questions from a participant again. An address is free again by itself the next day."""
    participant.barred_at = None
    participant.save(update_fields=["barred_at"])
    log.warning("Participant %s was let back in by %s", participant.public_id, by)
