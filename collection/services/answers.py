"""Storing what a model wrote, once, numbered in the order of commits, with what it cost; and clearing up after the dead."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from collection.errors import BudgetSpent, SiteClosed
from collection.gateway import Finished, ProviderError, cost_microusd
from collection.models import Instruction, Reference
from collection.services.answer_sql import POSITIONS_LOCK, REFERENCES_STORE
from collection.services.budget import Settlement, budget_renew, budget_settle, budgets_settle, usage_estimate
from collection.services.limits import place_give_back
from collection.signals import references_stored
from collection.states import REFERENCE_MOVES, InstructionStatus, ReferenceStatus
from config.errors import DomainError, IllegalMove
from config.moves import Actor
from config.presence import presence_missing
from config.statements import array_text

# Any fixed number that nothing else in this database locks.
_POSITION_LOCK = 0x48_49_54_4F

# The moves of an answer as the statement that stores it knows them.
_LEGAL = [f"{old}:{new}" for old, following in REFERENCE_MOVES.items() for new in sorted(following)]

# An answer that is still under way so long after its deadline has lost its process, whatever else is known of that.
SWEEP_MARGIN = timedelta(minutes=2)

# What these say of the provider, it did not charge for.
_FREE_ERRORS = frozenset({"rate_limited", "provider_refused", "unreachable", "provider_unavailable"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking the provider once: its text, and how it ended; neither `finished` nor `error` when it was left."""

    text: str
    finished: Finished | None
    error: ProviderError | None
    first_token_at: datetime | None

    @property
    def status(self) -> str:
        if self.finished is not None:
            return ReferenceStatus.COMPLETE
        if self.error is not None and not self.text:
            return ReferenceStatus.FAILED
        return ReferenceStatus.INTERRUPTED

    @property
    def is_free(self) -> bool:
        return self.error is not None and self.error.code in _FREE_ERRORS and not self.text

    @property
    def is_ambiguous(self) -> bool:
        """The provider had the request and then said nothing: it may charge for a whole answer, or for none."""
        return self.status == ReferenceStatus.FAILED and not self.is_free


@transaction.atomic
def reference_store(
    *,
    reference: Reference,
    text: str,
    status: str,
    by: Actor,
    why: str = "",
    **facts: Any,
) -> Reference:
    """Move an answer to `status` with its text; `facts` are other fields of Reference, such as usage and cost (`FACTS`).

    Locks the counter of positions, so that a reader who sees position n sees every smaller one, and then the instruction:
    a withdrawn one keeps no text. Sends `references_stored` inside the transaction. Raises `IllegalMove` when the answer was
    stored before.
    """
    _references_store([_Storing(reference, text, status, facts)], by, why)
    return reference


@transaction.atomic
def references_store(*, stored: Sequence[tuple[Reference, str]], status: str, by: Actor, **facts: Any) -> None:
    """As `reference_store`, for many with the same status and facts, each with its text; all of them or none."""
    _references_store([_Storing(reference, text, status, facts) for reference, text in stored], by)


@dataclass(frozen=True, slots=True)
class _Storing:
    reference: Reference
    text: str
    status: str
    facts: dict[str, Any]


def _references_store(storings: Sequence[_Storing], by: Actor, why: str = "") -> None:
    """As `reference_store`, for many in one statement, or for none of them."""
    texts = [one.text.replace("\x00", "") for one in storings]
    if any(texts):
        POSITIONS_LOCK.rows(number=_POSITION_LOCK)
    rows = REFERENCES_STORE.rows(
        references=array_text(one.reference.pk for one in storings),
        statuses=[str(one.status) for one in storings],
        texts=texts,
        hashes=[hashlib.sha256(text.encode("utf-8")).hexdigest() if text else "" for text in texts],
        facts=[orjson.dumps(one.facts).decode() for one in storings],
        legal=_LEGAL,
        actor_kind=str(by.kind),
        actor_id=by.id,
        why=why[:500],
    )
    stored = {key: values for key, *values in rows}
    if len(stored) < len(storings):
        raise IllegalMove()
    for one in storings:
        reference = one.reference
        reference.status = one.status
        reference.text, reference.position, reference.finished_at = stored[reference.pk]
        for name, value in one.facts.items():
            setattr(reference, name, value)
    with_text = [one.reference for one in storings if one.reference.text]
    if with_text:
        references_stored.send(sender=Reference, references=with_text)


@transaction.atomic
def answer_end(*, reference: Reference, outcome: Outcome, by: Actor) -> Reference:
    """Store what came of an answer and settle what it cost.

    With the provider's own count the cost is exact; else it is estimated from the question and from what came. Where nobody
    can know, the reservation stays until it is reconciled.
    """
    _outcomes_keep([(reference, outcome)], by)
    return reference


def answers_end(*, endings: Sequence[tuple[Reference, Outcome]], by: Actor) -> list[Reference | Exception]:
    """As `answer_end`, for answers that end together: one transaction, and one commit to wait for.

    Where one of them cannot be stored, each is stored by itself, and for that one its error is returned. Raises
    `OperationalError` or `InterfaceError` when the database is away.
    """
    try:
        with transaction.atomic():
            _outcomes_keep(endings, by)
        return [reference for reference, _outcome in endings]
    except (OperationalError, InterfaceError):
        raise
    except (DatabaseError, DomainError) as error:
        if len(endings) == 1:
            return [error]
    return [stored for ending in endings for stored in answers_end(endings=[ending], by=by)]


def _outcomes_keep(endings: Sequence[tuple[Reference, Outcome]], by: Actor) -> None:
    costs = [_cost(reference, outcome) for reference, outcome in endings]
    storings = [_storing(*ending, cost) for ending, cost in zip(endings, costs, strict=True)]
    _references_store(storings, by)
    # Last, because whoever asks a question waits for the caps.
    settlements = [
        Settlement(reference, *cost)
        for (reference, outcome), cost in zip(endings, costs, strict=True)
        if not outcome.is_ambiguous
    ]
    if settlements:
        budgets_settle(settlements=settlements)


def _storing(reference: Reference, outcome: Outcome, cost: tuple[int, bool]) -> _Storing:
    finished, error = outcome.finished, outcome.error
    usage = finished.usage if finished else None
    known = finished or error
    facts: dict[str, Any] = {
        "cost_microusd": cost[0],
        "is_usage_estimated": cost[1],
        "model": finished.model[:100] if finished else reference.model,
        "finish_reason": finished.finish_reason[:40] if finished else "",
        "error_code": error.code if error else "",
        "provider_request_id": (known.request_id or "")[:200] if known else "",
        "prompt_tokens": usage.prompt_tokens if usage else None,
        "completion_tokens": usage.completion_tokens if usage else None,
        "first_token_at": outcome.first_token_at,
    }
    return _Storing(reference, outcome.text, outcome.status, facts)


@transaction.atomic
def answer_retry(*, reference: Reference, outcome: Outcome) -> Reference | None:
    """End a failed attempt and begin the next one, with a reservation of its own; None when there is to be none."""
    if Instruction.objects.filter(pk=reference.instruction_id, status=InstructionStatus.WITHDRAWN).exists():
        return None
    try:
        with transaction.atomic():
            following = Reference.objects.create(
                instruction=reference.instruction,
                provider=reference.provider,
                model=settings.OPENAI_MODEL,
                attempt=reference.attempt + 1,
                process=reference.process,
            )
            answer_end(reference=reference, outcome=outcome, by=Actor.system("answering"))
            budget_renew(reference=following, like=reference)
    except (BudgetSpent, SiteClosed):
        return None  # the failed attempt is ended as the last one
    return following


def answers_note_begun(references: Sequence[int]) -> None:
    """Note for many answers at once that the provider has begun; one that has ended meanwhile is left alone."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_BEGUN, [list(references)])


_NOTE_BEGUN = """
WITH begun AS (
    UPDATE collection_reference SET status = 'streaming', first_token_at = now()
    WHERE id IN (
        SELECT id FROM collection_reference WHERE id = ANY(%s) AND status = 'pending' ORDER BY id FOR UPDATE SKIP LOCKED
    )
    RETURNING id
)
INSERT INTO collection_referencetransition (subject_id, from_status, to_status, actor_kind, actor_id, why, at)
SELECT id, 'pending', 'streaming', 'system', 'answering', '', now() FROM begun
"""


def answer_abandon(*, reference: Reference) -> None:
    """End an answer whose reader left before the provider was asked: nothing was spent."""
    with transaction.atomic():
        reference_store(reference=reference, text="", status=ReferenceStatus.INTERRUPTED, by=Actor.system("answering"))
        budget_settle(reference=reference, cost_microusd=0, is_estimated=False)
    place_give_back(participant=reference.instruction.participant)


def answers_sweep(*, now: datetime | None = None) -> int:
    """End every answer that nobody can be at any more, for its deadline is long past; returns how many there were."""
    before = (now or timezone.now()) - timedelta(seconds=settings.PROVIDER_DEADLINE_SECONDS) - SWEEP_MARGIN
    return _lost_end(_under_way().filter(created_at__lt=before))


def processes_lost(among: Iterable[int] | None = None) -> list[int]:
    """The processes that stream an answer and give no sign of life now, of all or `among` some.

    One that lives may be among them for a moment, as when PostgreSQL has just begun again: look more than once.
    """
    streaming = _under_way()
    if among is not None:
        streaming = streaming.filter(process__in=list(among))
    found = streaming.order_by().values_list("process", flat=True).distinct()
    return presence_missing(number for number in found if number is not None)


def answers_of_lost_end(*, processes: Iterable[int]) -> int:
    """End every answer that was under way in processes that are gone; returns how many there were."""
    return _lost_end(_under_way().filter(process__in=list(processes)))


def _under_way() -> QuerySet[Reference]:
    open_ = [ReferenceStatus.PENDING, ReferenceStatus.STREAMING]
    return Reference.objects.filter(status__in=open_, instruction__import_batch__isnull=True)


def _lost_end(lost: QuerySet[Reference]) -> int:
    """End answers whose process died: what never began failed, what had begun was interrupted.

    Nobody knows what the provider will charge, so that their reservations stay until they are reconciled.
    """
    ended = 0
    for reference in lost.order_by("pk")[:1000]:
        has_begun = reference.status == ReferenceStatus.STREAMING
        try:
            reference_store(
                reference=reference,
                text="",
                status=ReferenceStatus.INTERRUPTED if has_begun else ReferenceStatus.FAILED,
                by=Actor.system("sweep"),
                is_usage_estimated=True,
                error_code="process_lost",
            )
        except IllegalMove:
            continue  # it ended by itself meanwhile
        ended += 1
    return ended


def _cost(reference: Reference, outcome: Outcome) -> tuple[int, bool]:
    """The cost, and whether it is an estimate because the provider did not say."""
    finished = outcome.finished
    if finished is not None and finished.usage is not None:
        return cost_microusd(finished.model, finished.usage), False
    if outcome.is_free:
        return 0, False
    asked = f"{reference.instruction.instruction}\n\n{reference.instruction.input}"
    model = finished.model if finished else reference.model
    return cost_microusd(model, usage_estimate(prompt=asked, text=outcome.text)), True
