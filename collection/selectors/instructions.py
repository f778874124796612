"""The instructions as the operator sees them: never with a reference."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, QuerySet

from collection.models import Instruction, InstructionTransition, Redaction, ScreeningFinding
from collection.screening.language import LANGUAGES
from collection.states import InstructionStatus
from config.access import seat_for
from config.errors import NotFound
from config.text_search import having_words, words_of

SCREENING_ROLES = ("owner", "manager", "reviewer")


def instruction_list_for(
    user: Any,
    *,
    status: str = "",
    language: str = "",
    category: str = "",
    text: str = "",
    origin: str = "",
    participant: UUID | None = None,
) -> QuerySet[Instruction]:
    """The instructions a person may see, newest first; nobody outside the operator sees any here."""
    seat = seat_for(user)
    if seat is None or not seat.has_role(*SCREENING_ROLES):
        return Instruction.objects.none()
    found = Instruction.objects.select_related("import_batch").order_by("-pk")
    if status in InstructionStatus.values:
        found = found.filter(status=status)
    if language in LANGUAGES:
        found = found.filter(language=language)
    if category:
        found = found.filter(category=category)
    if participant:
        found = found.filter(participant__public_id=participant)
    if origin in {"participant", "import"}:
        found = found.filter(import_batch__isnull=origin == "participant")
    return having_words(found, words_of(text), "instruction", "input")


def instruction_get_for(user: Any, public_id: UUID) -> Instruction:
    """One instruction with its findings and its history. Raises `NotFound` when it is not the person's to see."""
    found = (
        instruction_list_for(user)
        .filter(public_id=public_id)
        .select_related("consent__terms", "duplicate_of", "participant")
        .prefetch_related(
            Prefetch("findings", ScreeningFinding.objects.order_by("-field", "start", "pk")),
            Prefetch("transitions", InstructionTransition.objects.order_by("pk")),
            Prefetch("redactions", Redaction.objects.order_by("pk")),
        )
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def findings_current(findings: list[ScreeningFinding], redactions: list[Redaction]) -> list[ScreeningFinding]:
    """The findings whose place in the text is still right: a redaction moves all that were made before it."""
    last = redactions[-1].at if redactions else None
    return [one for one in findings if one.field == "" or last is None or one.at >= last]


def instruction_held_next_for(user: Any, *, after: int | None = None) -> Instruction | None:
    """The oldest instruction that waits for a decision, or the one that follows `after`."""
    waiting = instruction_list_for(user, status=InstructionStatus.HELD).order_by("pk")
    return waiting.filter(pk__gt=after).first() if after else waiting.first()


def instruction_status_counts_for(user: Any) -> dict[str, int]:
    """How many there are of each status: what the tabs show."""
    rows = instruction_list_for(user).order_by().values_list("status").annotate(count=Count("pk"))
    found = dict(rows)
    return {status: found.get(status, 0) for status in InstructionStatus.values}


def screening_queue_count() -> int:
    return Instruction.objects.filter(status=InstructionStatus.HELD).count()
