"""Known answers: when one comes between a writer's tasks, what they said of them, and how each is judged."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from annotation.models import KnownAnswer, KnownJudgement, Submission, Task
from config.errors import NotFound
from vendors.models import User, WorkOrder
from vendors.selectors import seat_get_for
from vendors.states import WorkOrderStatus

MISSED_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """How a writer judged known answers: how many, how many as the operator does, and the newest that they saw otherwise."""

    count: int
    right: int
    missed: tuple[KnownJudgement, ...]


def known_due_for(writer: User, task: Task) -> KnownAnswer | None:
    """The known answer to judge once the text of `task` is sent, or None. No query for an order that asks for none.

    One is due after every so many texts of the order as it says, counted from the last one that was judged; a correction counts
    for nothing. Without an answer that the writer has not met there is none.
    """
    every = task.work_order.known_every
    if not every or task.rework_round:
        return None
    order = task.work_order_id
    last = KnownJudgement.objects.filter(user=writer.pk, work_order=order).order_by("-at").values_list("at", flat=True)
    since = last.first()
    sent = Submission.objects.filter(writer=writer.pk, task__work_order=order, version=1)
    if (sent.filter(at__gt=since) if since else sent).count() + 1 < every:
        return None
    guideline = WorkOrder.objects.filter(pk=order).values("guideline_version__guideline")[:1]
    of_order = KnownAnswer.objects.filter(guideline=guideline, language=task.language)
    return _unmet(of_order, writer).order_by("?").first()


def known_get_for(user: User, public_id: UUID) -> tuple[KnownAnswer, WorkOrder, KnownJudgement | None]:
    """A known answer that the writer judged, or may judge for a running order of their vendor; raises NotFound."""
    seat = seat_get_for(user)
    answer = KnownAnswer.objects.filter(public_id=public_id).first()
    if seat is None or answer is None:
        raise NotFound()
    judged = KnownJudgement.objects.filter(answer=answer, user=user.pk).select_related("work_order").first()
    if judged is not None:
        return answer, judged.work_order, judged
    running = WorkOrder.objects.filter(
        vendor=seat.organisation.pk,
        status=WorkOrderStatus.ACTIVE,
        known_every__gt=0,
        language=answer.language,
        guideline_version__guideline=answer.guideline_id,
    )
    order = running.order_by("-priority", "due_on", "pk").first()
    if order is None or answer.retired_at is not None:
        raise NotFound()
    return answer, order, None


def judged_by(user: User) -> Judged:
    """What the writer said of known answers so far. Two queries."""
    own = KnownJudgement.objects.filter(user=user.pk)
    counts = own.aggregate(count=Count("pk"), right=Count("pk", filter=Q(is_right=True)))
    missed = own.filter(is_right=False).select_related("answer").order_by("-pk")[:MISSED_SHOWN]
    return Judged(counts["count"], counts["right"], tuple(missed))


def known_list() -> QuerySet[KnownAnswer]:
    """Every known answer in use, by guideline, with how many judged it and how many of them as it was meant."""
    right = Count("judgements", filter=Q(judgements__is_right=True))
    return (
        KnownAnswer.objects.filter(retired_at=None)
        .select_related("guideline", "by")
        .annotate(judged_count=Count("judgements"), right_count=right)
        .order_by("guideline__name", "pk")
    )


def known_in_use_get(public_id: UUID) -> KnownAnswer:
    """One of them; raises NotFound."""
    found = KnownAnswer.objects.filter(retired_at=None, public_id=public_id).first()
    if found is None:
        raise NotFound()
    return found


def _unmet(answers: QuerySet[KnownAnswer], writer: User) -> QuerySet[KnownAnswer]:
    met = KnownJudgement.objects.filter(answer=OuterRef("pk"), user=writer.pk)
    return answers.filter(~Exists(met), retired_at=None)
