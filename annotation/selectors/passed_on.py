"""What writers passed on and why, as the operator reads it: an instruction a line, until somebody has answered it."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from annotation.models import InstructionSkip, SkipAnswer
from annotation.states import TaskStatus
from collection.models import Instruction
from collection.states import InstructionStatus
from config.errors import NotFound
from vendors.models import User
from vendors.selectors import seat_get_for

Reason = InstructionSkip.Reason
PASSED_ON_ROLES = ("owner", "manager", "reviewer")
# Said of the instruction, and not of who passed it on.
REPORTS = (Reason.HARMFUL, Reason.PERSONAL_DATA, Reason.UNANSWERABLE, Reason.EXPERT)


@dataclass(frozen=True, slots=True)
class ReasonTally:
    """How many unanswered instructions somebody passed on for a reason; "" for any."""

    reason: str
    count: int


def passed_on_list_for(user: User, reason: str = "") -> QuerySet[Instruction]:
    """Return the instructions in the queue that writers passed on since anybody answered, the most reported first.

    Each has `skip_count`, `report_count`, `last_at` and `free_count`, the tasks of it that can still be given out.
    Raises NotFound for anybody but the operator's people.
    """
    rows = _unanswered(user)
    if reason:
        skipped = InstructionSkip.objects.filter(instruction=OuterRef("pk"), reason=reason)
        rows = rows.filter(Exists(skipped.filter(_is_open())))
    unanswered = Q(skips__at__gt=F("answered_at")) | Q(answered_at__isnull=True)
    return rows.annotate(
        skip_count=Count("skips", filter=unanswered, distinct=True),
        report_count=Count("skips", filter=unanswered & Q(skips__reason__in=REPORTS), distinct=True),
        last_at=Max("skips__at"),
        free_count=Count("tasks", filter=Q(tasks__status=TaskStatus.QUEUED), distinct=True),
    ).order_by("-report_count", "-skip_count", "-last_at", "pk")


def passed_on_get_for(user: User, public_id: UUID) -> Instruction:
    """Return one of them. Raises NotFound."""
    found = _unanswered(user).filter(public_id=public_id).first()
    if found is None:
        raise NotFound()
    return found


def skip_lists_of(instructions: list[Instruction]) -> dict[int, list[InstructionSkip]]:
    """Return what was said of each instruction since anybody answered, newest first, by its key. One query."""
    found: dict[int, list[InstructionSkip]] = {one.pk: [] for one in instructions}
    skips = InstructionSkip.objects.filter(_is_open(), instruction__in=found).select_related("writer")
    for skip in skips.order_by("-at"):
        found[skip.instruction_id].append(skip)
    return found


def reason_tally_for(user: User) -> list[ReasonTally]:
    """Return the number of unanswered instructions for any reason, and for each that occurs. One query."""
    rows = list(
        InstructionSkip.objects.filter(_is_open(), instruction__in=_unanswered(user).values("pk"))
        .order_by()
        .values_list("reason")
        .annotate(count=Count("instruction", distinct=True))
    )
    counts = dict(rows)
    tally = [ReasonTally(reason, counts[reason]) for reason in Reason.values if reason in counts]
    return [ReasonTally("", _unanswered(user).count()), *tally]


def passed_on_count() -> int:
    """Return how many instructions wait for an answer."""
    return _waiting().count()


def _unanswered(user: User) -> QuerySet[Instruction]:
    seat = seat_get_for(user)
    if seat is None or not seat.is_operator:
        raise NotFound()
    return _waiting()


def _waiting() -> QuerySet[Instruction]:
    answered = SkipAnswer.objects.filter(instruction=OuterRef("pk")).order_by("-at").values("at")[:1]
    skips = InstructionSkip.objects.filter(_is_open(), instruction=OuterRef("pk"))
    return Instruction.objects.filter(Exists(skips), status=InstructionStatus.ELIGIBLE).annotate(answered_at=answered)


def _is_open() -> Q:
    """Of a skip: nobody has answered since."""
    later = SkipAnswer.objects.filter(instruction=OuterRef("instruction"), at__gte=OuterRef("at"))
    return Q(~Exists(later))
