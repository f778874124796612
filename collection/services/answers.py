"""Storing what a model wrote, once, numbered in the order of commits, with what it cost; and clearing up after the dead."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from collection.gateway import cost_microusd as gateway_cost_microusd
from collection.models import Instruction, Reference, ReferenceTransition
from collection.services.budget import budget_settle, usage_estimate
from collection.signals import reference_stored
from collection.states import REFERENCE_MOVES, InstructionStatus, ReferenceStatus
from config.errors import Conflict, IllegalMove
from config.moves import Actor, move

# Any fixed number that nothing else in this database locks.
_POSITION_LOCK = 0x48_49_54_4F

# An answer that is still under way so long after its deadline has lost its process.
SWEEP_MARGIN = timedelta(minutes=2)


@transaction.atomic
def reference_store(
    *,
    reference: Reference,
    text: str,
    status: str,
    by: Actor,
    why: str = "",
    finished_at: datetime | None = None,
    **facts: Any,
) -> Reference:
    """Move an answer to `status` with its text; `facts` are other fields of Reference, such as usage and cost.

    Locks the instruction (a withdrawn one keeps no text) and then the counter of positions, so that a reader who sees
    position n sees every smaller one. Sends `reference_stored` inside the transaction. Raises `IllegalMove` or
    `Conflict` when the answer was stored before.
    """
    instruction = Instruction.objects.select_for_update().only("status").get(pk=reference.instruction_id)
    text = text.replace("\x00", "")
    changes: dict[str, Any] = {"finished_at": finished_at or timezone.now(), **facts}
    if text:
        changes["text_sha256"] = hashlib.sha256(text.encode("utf-8")).hexdigest()
    if instruction.status == InstructionStatus.WITHDRAWN:
        text = ""
    if text:
        changes["text"] = text
        changes["position"] = _position_take()
    move(reference, status, moves=REFERENCE_MOVES, log=ReferenceTransition, by=by, why=why, **changes)
    if text:
        reference_stored.send(sender=Reference, reference=reference)
    return reference


@transaction.atomic
def answer_finish(
    *,
    reference: Reference,
    text: str,
    status: str,
    cost_microusd: int | None,
    is_estimated: bool,
    by: Actor,
    **facts: Any,
) -> Reference:
    """Store an answer and settle its reservation together; `cost_microusd` None spends the whole reservation."""
    reference_store(
        reference=reference,
        text=text,
        status=status,
        by=by,
        cost_microusd=cost_microusd or 0,
        is_usage_estimated=is_estimated,
        **facts,
    )
    budget_settle(reference=reference, cost_microusd=cost_microusd, is_estimated=is_estimated)
    return reference


@transaction.atomic
def answer_first_token(*, reference: Reference) -> None:
    """Note that the provider has begun to answer."""
    move(
        reference,
        ReferenceStatus.STREAMING,
        moves=REFERENCE_MOVES,
        log=ReferenceTransition,
        by=Actor.system("answering"),
        first_token_at=timezone.now(),
    )


def answer_abandon(*, reference: Reference) -> None:
    """End an answer whose reader left before the provider was asked: nothing was spent."""
    answer_finish(
        reference=reference,
        text="",
        status=ReferenceStatus.INTERRUPTED,
        cost_microusd=0,
        is_estimated=False,
        by=Actor.system("answering"),
    )


def answers_sweep(*, now: datetime | None = None) -> int:
    """End and settle every answer whose process died: what never began failed, what had begun was interrupted.

    Nobody knows what the provider will charge. An answer that had begun is booked at its full reservation, one that
    had not at its question; both are marked as estimates. Returns how many there were.
    """
    before = (now or timezone.now()) - timedelta(seconds=settings.PROVIDER_DEADLINE_SECONDS) - SWEEP_MARGIN
    stale = Reference.objects.filter(
        status__in=[ReferenceStatus.PENDING, ReferenceStatus.STREAMING],
        created_at__lt=before,
        instruction__import_batch__isnull=True,
    ).select_related("instruction")
    swept = 0
    for reference in stale.order_by("pk")[:1000]:
        try:
            _answer_sweep(reference)
            swept += 1
        except (Conflict, IllegalMove):
            continue  # it ended by itself meanwhile
    return swept


def _answer_sweep(reference: Reference) -> None:
    has_begun = reference.status == ReferenceStatus.STREAMING
    asked = f"{reference.instruction.instruction}\n\n{reference.instruction.input}"
    cost = gateway_cost_microusd(reference.model, usage_estimate(prompt=asked, text=""))
    answer_finish(
        reference=reference,
        text="",
        status=ReferenceStatus.INTERRUPTED if has_begun else ReferenceStatus.FAILED,
        cost_microusd=None if has_begun else cost,
        is_estimated=True,
        by=Actor.system("sweep"),
        error_code="process_lost",
    )


def _position_take() -> int:
    """The next position. The lock is held to the end of the transaction, so that positions appear in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_POSITION_LOCK])
    newest: int | None = Reference.objects.aggregate(newest=Max("position"))["newest"]
    return (newest or 0) + 1
