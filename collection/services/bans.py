"""Barring a participant who abuses the site, and letting them back in."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from redis import RedisError

from collection.models import BarDecision, LedgerEntry, Participant
from collection.services.limits import addresses_bar, addresses_free
from config.errors import BadInput


def participant_bar(*, participant: Participant, by: Any, why: str) -> bool:
    """Take no further question from a participant, nor today from the addresses they asked from.

    What is kept of theirs stays theirs: they can see, download and withdraw it. Returns whether the addresses are barred
    too, which Redis remembers. Raises `BadInput` without a reason.
    """
    _decide(participant, BarDecision.Kind.BARRED, by, why)
    return _told_to_redis(addresses_bar, participant)


def participant_readmit(*, participant: Participant, by: Any, why: str) -> bool:
    """Take questions from a participant and from their addresses again. Returns and raises as `participant_bar`."""
    _decide(participant, BarDecision.Kind.READMITTED, by, why)
    return _told_to_redis(addresses_free, participant)


@transaction.atomic
def _decide(participant: Participant, kind: BarDecision.Kind, by: Any, why: str) -> None:
    """Locks the participant; deciding the same twice is one decision."""
    if not why.strip():
        raise BadInput(_("Please say why."), field="why")
    row = Participant.objects.select_for_update().get(pk=participant.pk)
    is_barring = kind == BarDecision.Kind.BARRED
    if (row.barred_at is not None) == is_barring:
        return
    row.barred_at = participant.barred_at = timezone.now() if is_barring else None
    row.save(update_fields=["barred_at"])
    BarDecision.objects.create(participant=row, kind=kind, why=why.strip()[:500], decided_by=str(by)[:200])


def _told_to_redis(tell: Any, participant: Participant) -> bool:
    today = LedgerEntry.objects.filter(
        reference__instruction__participant=participant, kind=LedgerEntry.Kind.RESERVED, at__date=timezone.localdate()
    )
    keys = set(today.values_list("cap_keys__address_day", flat=True)) - {None}
    try:
        tell({key.rpartition(":")[2] for key in keys})
    except RedisError:
        return False
    return True
