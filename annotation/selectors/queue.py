"""What a writer sees of the queue: the task in hand, why there is none, what was done and what came of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from annotation.models import Draft, Review, Submission, Task
from annotation.selectors.fresh import has_fresh
from annotation.selectors.shown import own_page_task, own_task
from annotation.states import TaskStatus
from config.errors import NotFound
from vendors.models import Earning, Qualification, Role, Signature, User, WorkOrder
from vendors.selectors import agreement_in_force, codes_of, held_ids, seat_get_for, signature_in_force_for
from vendors.states import WorkOrderStatus

WRITING_ROLES = (Role.WRITER,)
DELIVERED = (TaskStatus.SUBMITTED, TaskStatus.IN_REVIEW)


@dataclass(frozen=True, slots=True)
class QueueState:
    """What a writer can start now, or why nothing: `reason` is "" or one of the codes below.

    "barred", "no_agreement", "unsigned": not before that is settled. "no_order": nothing is ordered from the vendor.
    "qualification", "competence", "language": only for who holds a qualification (then `qualification` is one to earn), has a field
    of competence, or writes a language that this writer does not. "done": everything is written. "held": all is in other
    hands, `next_lease_ends_at` says when the first comes free. "seen": what is left, this writer has met before.
    """

    reason: str
    free_count: int = 0
    held_count: int = 0
    next_lease_ends_at: datetime | None = None
    qualification: Qualification | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order as a writer sees it, with its figures; `lacks` is what the writer would need for it: a code as of QueueState, or ""."""

    order: WorkOrder
    free_count: int
    held_count: int
    accepted_count: int
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class WorkSummary:
    """Everything the page "My work" shows above its history."""

    in_hand: Task | None
    is_begun: bool
    returned: list[Task]
    state: QueueState
    orders: list[OrderLine]
    sent_today: int
    accepted_today: int
    minutes_today: int
    earned_today: int
    earned_this_month: int
    currency: str
    waiting_count: int
    word_due_on: date | None

    @property
    def take_up(self) -> Task | None:
        """The returned text to correct now: what came back comes first, unless another text is begun."""
        return self.returned[0] if self.returned and not self.is_begun else None


def task_get_for(user: User, public_id: UUID) -> Task:
    """A task of the writer's own vendor that this writer holds, or once began; raises NotFound.

    One query, with order, guideline and instruction.
    """
    seat = seat_get_for(user)
    if seat is None or not seat.has_role(*WRITING_ROLES):
        raise NotFound()
    began = Exists(Draft.objects.filter(task=OuterRef("pk"), writer=user.pk))
    sent = Exists(Submission.objects.filter(task=OuterRef("pk"), writer=user.pk))
    found = (
        Task.objects.select_related(
            "instruction", "work_order__guideline_version__guideline", "current_submission__edited_from"
        )
        .filter(Q(writer=user.pk) | began | sent, public_id=public_id, vendor=seat.organisation.pk)
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def own_task_list_for(user: User) -> QuerySet[Task]:
    """The tasks of the writer's own vendor that this writer holds or sent, the newest in hand first."""
    seat = seat_get_for(user)
    if seat is None or not seat.has_role(*WRITING_ROLES):
        return Task.objects.none()
    own = Task.objects.filter(writer=user.pk, vendor=seat.organisation.pk, claimed_at__isnull=False)
    return own.select_related("instruction", "work_order").order_by("-claimed_at")


def task_in_hand_get_for(user: User, public_id: UUID) -> Task:
    """As `task_get_for`, quicker for the task that the writer holds or delivered: with order and instruction only."""
    seat = seat_get_for(user)
    if seat is None or not seat.has_role(*WRITING_ROLES):
        raise NotFound()
    found = own_task(public_id=public_id, writer_id=user.pk, vendor_id=seat.organisation.pk)
    return found or task_get_for(user, public_id)


def task_page_get_for(user: User, public_id: UUID) -> Task:
    """As `task_get_for`, quicker for the task that the writer holds or delivered."""
    seat = seat_get_for(user)
    if seat is None or not seat.has_role(*WRITING_ROLES):
        raise NotFound()
    found = own_page_task(public_id=public_id, writer_id=user.pk, vendor_id=seat.organisation.pk)
    return found or task_get_for(user, public_id)


def draft_get_for(user: User, task: Task) -> Draft | None:
    """The writer's own draft of a task."""
    return Draft.objects.filter(task=task, writer=user.pk).first()


def review_list_of(task: Task, user: User) -> list[Review]:
    """What reviewers said about the writer's own texts of this task, newest first, each with its `places`."""
    reviews = Review.objects.filter(submission__task=task, submission__writer=user.pk)
    return list(reviews.select_related("submission").prefetch_related("places").order_by("-id"))


def signature_at(user: User, moment: datetime) -> Signature | None:
    """The person's standing signature on the agreement that was in force at `moment`."""
    newest = Signature.objects.filter(user=user.pk, at__lte=moment, agreement__published_at__lte=moment)
    return newest.filter(revocation__isnull=True).order_by("-agreement__version").first()


def history_list_for(user: User) -> QuerySet[Submission]:
    """The newest text of each task this writer handed in, newest first, each with its task.

    The task has its `versions`, newest first, and each of those its `verdicts`, all without their texts.
    """
    later = Submission.objects.filter(task=OuterRef("task"), writer=OuterRef("writer"), id__gt=OuterRef("id"))
    verdicts = Prefetch("reviews", Review.objects.order_by("-id"), to_attr="verdicts")
    own = Submission.objects.filter(writer=user.pk).defer("text").order_by("-version").prefetch_related(verdicts)
    return (
        Submission.objects.filter(~Exists(later), writer=user.pk)
        .select_related("task__instruction", "task__work_order")
        .prefetch_related(Prefetch("task__submissions", own, to_attr="versions"))
        .order_by("-id")
    )


def work_summary_for(user: User) -> WorkSummary:
    """The writer's day: what to do now, what was done and earned, and the orders behind it."""
    own = list(
        Task.objects.filter(writer=user.pk, status__in=(TaskStatus.CLAIMED, TaskStatus.RETURNED))
        .select_related("instruction", "work_order")
        .order_by("decided_at", "id")
    )
    orders = order_line_list_for(user)
    day = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    sent = Submission.objects.filter(writer=user.pk, at__gte=day).aggregate(
        count=Count("task", distinct=True), seconds=Sum("active_seconds")
    )
    earned = Earning.objects.filter(writer=user.pk, at__gte=day.replace(day=1)).aggregate(
        today=Sum("amount", filter=Q(at__gte=day)),
        count=Count("id", filter=Q(at__gte=day, kind__in=(Earning.Kind.ACCEPTANCE, Earning.Kind.LOT))),
        month=Sum("amount"),
        currency=Min("currency"),
    )
    in_hand = next((task for task in own if task.status == TaskStatus.CLAIMED), None)
    waiting_count, word_due_on = _waiting(user)
    return WorkSummary(
        in_hand=in_hand,
        is_begun=in_hand is not None and _is_begun(user, in_hand),
        returned=[task for task in own if task.status == TaskStatus.RETURNED],
        state=_state(user, orders),
        orders=orders,
        sent_today=sent["count"],
        accepted_today=earned["count"],
        minutes_today=(sent["seconds"] or 0) // 60,
        earned_today=earned["today"] or 0,
        earned_this_month=earned["month"] or 0,
        currency=earned["currency"] or (orders[0].order.currency if orders else "JPY"),
        waiting_count=waiting_count,
        word_due_on=word_due_on,
    )


def _is_begun(user: User, task: Task) -> bool:
    return Draft.objects.filter(task=task, writer=user.pk).exclude(text="").exists()


def _waiting(user: User) -> tuple[int, date | None]:
    """How many of the writer's texts wait for a verdict, and the day by which the first is due one."""
    delivered = Task.objects.filter(writer=user.pk, status__in=DELIVERED).values("work_order__inspection_days")
    rows = list(delivered.annotate(count=Count("pk"), first=Min("submitted_at")).order_by())
    due = [
        timezone.localdate(row["first"] + timedelta(days=row["work_order__inspection_days"]))
        for row in rows
        if row["first"] is not None
    ]
    return sum(row["count"] for row in rows), min(due, default=None)


def order_line_list_for(user: User) -> list[OrderLine]:
    """The running orders of the writer's vendor, the most pressing first, with what is free, held and accepted."""
    seat = seat_get_for(user)
    if seat is None:
        return []
    orders = (
        WorkOrder.objects.filter(vendor=seat.organisation.pk, status=WorkOrderStatus.ACTIVE)
        .select_related("guideline_version__guideline", "qualification")
        .order_by("-priority", "due_on", "pk")
    )
    counts: dict[int, dict[str, int]] = {}
    rows = Task.objects.filter(work_order__in=orders.order_by().values("pk")).values("work_order", "status")
    for row in rows.annotate(count=Count("pk")).order_by():
        counts.setdefault(row["work_order"], {})[row["status"]] = row["count"]
    held = held_ids(user)
    return [
        OrderLine(
            order=order,
            free_count=counts.get(order.pk, {}).get(TaskStatus.QUEUED, 0),
            held_count=counts.get(order.pk, {}).get(TaskStatus.CLAIMED, 0),
            accepted_count=counts.get(order.pk, {}).get(TaskStatus.ACCEPTED, 0),
            lacks=_lacks(user, order, held),
        )
        for order in orders
    ]


def _lacks(user: User, order: WorkOrder, held: set[int]) -> str:
    """What keeps the writer from an order, in the order of what they can do about it last."""
    if order.language not in codes_of(user.writes_languages):
        return "language"
    if order.competence and order.competence not in codes_of(user.competences):
        return "competence"
    return "qualification" if order.qualification_id and order.qualification_id not in held else ""


def queue_state_for(user: User) -> QueueState:
    """What the writer can start now, or why nothing."""
    return _state(user, order_line_list_for(user))


def _state(user: User, orders: list[OrderLine]) -> QueueState:
    if user.barred_at is not None:
        return QueueState("barred")
    if signature_in_force_for(user) is None:
        return QueueState("unsigned" if agreement_in_force() else "no_agreement")
    if not orders:
        return QueueState("no_order")
    mine = [line for line in orders if not line.lacks]
    earnable = next((line.order for line in orders if line.lacks == "qualification" and line.free_count), None)
    if not mine or (earnable and not any(line.free_count or line.held_count for line in mine)):
        lacks = {line.lacks for line in orders}
        reason = next((code for code in ("qualification", "competence", "language") if code in lacks), "done")
        qualification = next((line.order.qualification for line in orders if line.lacks == "qualification"), None)
        qualification = earnable.qualification if earnable else qualification
        return QueueState(reason, free_count=sum(line.free_count for line in orders), qualification=qualification)
    free = sum(line.free_count for line in mine)
    held = sum(line.held_count for line in mine)
    if free:
        is_fresh = has_fresh(user, mine[0].order.vendor_id)
        return QueueState("" if is_fresh else "seen", free_count=free, held_count=held)
    if held:
        soonest = _next_lease_end(user, mine)
        is_lapsed = soonest is not None and soonest <= timezone.now()  # free for the next claim
        return QueueState("" if is_lapsed else "held", held_count=held, next_lease_ends_at=soonest)
    return QueueState("done")


def _next_lease_end(user: User, orders: list[OrderLine]) -> datetime | None:
    held = Task.objects.filter(work_order__in=[line.order.pk for line in orders], status=TaskStatus.CLAIMED)
    soonest: datetime | None = held.exclude(writer=user.pk).aggregate(at=Min("lease_expires_at"))["at"]
    return soonest
