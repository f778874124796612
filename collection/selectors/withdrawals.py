"""What was taken back, for releases."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from collection.models import Instruction, InstructionTransition
from collection.states import InstructionStatus


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What remains of an instruction that may no longer be used: never its text."""

    instruction_id: int
    public_id: UUID
    since: datetime
    reason: str


LICENCE_REVOKED = "licence_revoked"


def withdrawal_list() -> Iterator[Tombstone]:
    """Every instruction that was taken back, by its participant or with the licence of its import, oldest first.

    Streams, in constant memory: there may be many.
    """
    withdrawn = InstructionTransition.objects.filter(subject=OuterRef("pk"), to_status=InstructionStatus.WITHDRAWN)
    rows = (
        Instruction.objects.filter(Q(status=InstructionStatus.WITHDRAWN) | Q(import_batch__revoked_at__isnull=False))
        .annotate(
            since=Coalesce("withdrawn_at", "import_batch__revoked_at"),
            reason=Coalesce(Subquery(withdrawn.order_by("-pk").values("why")[:1]), Value(LICENCE_REVOKED)),
        )
        .order_by("since", "pk")
        .values_list("pk", "public_id", "since", "reason")
    )
    for pk, public_id, since, reason in rows.iterator(chunk_size=2000):
        # Before the reasons were written down, a participant took back what was taken back.
        yield Tombstone(pk, public_id, since, reason or "instruction_withdrawn")
