"""The figures of the whole operation, and everything about one record."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from annotation.models import CleanRule, Clearance, FiguresState, NotClean, Release, Task
from annotation.selectors.counts import Counts, OrderCount, counts_now
from annotation.selectors.figures import figures_state
from annotation.states import TaskStatus
from collection.states import InstructionStatus
from config.errors import NotFound
from vendors.models import User, WorkOrder
from vendors.selectors import seat_get_for
from vendors.states import WorkOrderStatus

TARGET_RECORDS = 52_000
OPERATING_ROLES = ("owner", "manager", "reviewer", "finance")
RULE_FIELDS = tuple(field.name for field in CleanRule._meta.fields if field.name.startswith("is_"))


@dataclass(frozen=True, slots=True)
class OrderInHand:
    """An order that runs, and how far it is."""

    order: WorkOrder
    count: OrderCount


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What happens now and what needs a person; counts unless the name says otherwise."""

    state: FiguresState | None
    counts: Counts
    collected: int
    held: int
    eligible: int
    tasks: dict[str, int]
    clean: int
    accepted_not_clean: int
    passed_on: int
    oldest_submitted_at: datetime | None
    orders: list[OrderInHand]
    last_clearance: Clearance | None
    releases: list[Release]

    @property
    def at(self) -> datetime:
        return self.counts.at

    @property
    def waiting(self) -> int:
        return self.tasks.get(TaskStatus.SUBMITTED, 0) + self.tasks.get(TaskStatus.IN_REVIEW, 0)

    @property
    def accepted(self) -> int:
        return self.tasks.get(TaskStatus.ACCEPTED, 0)

    @property
    def target(self) -> int:
        return TARGET_RECORDS


def _operator_only(user: User) -> None:
    seat = seat_get_for(user)
    if seat is None or not seat.is_operator:
        raise NotFound()


@dataclass(frozen=True, slots=True)
class CleanTally:
    """How many delivered texts are clean; `kept_out` counts, for each rule that fails somewhere, the texts it fails for."""

    delivered: int
    clean: int
    kept_out: dict[str, int]


def clean_tally() -> CleanTally:
    """Return what a release of this moment would hold, and what keeps the others out. A text may fail several rules."""
    fails = {rule: Count("task_id", filter=~Q(**{rule: True}) | Q(**{f"{rule}__isnull": True})) for rule in RULE_FIELDS}
    found = CleanRule.objects.aggregate(
        delivered=Count("task_id"), clean=Count("task_id", filter=Q(**dict.fromkeys(RULE_FIELDS, True))), **fails
    )
    return CleanTally(found["delivered"], found["clean"], {rule: found[rule] for rule in RULE_FIELDS if found[rule]})


def clean_count() -> int:
    """Return how many records are in `clean_record` now."""
    return CleanRule.objects.filter(**dict.fromkeys(RULE_FIELDS, True)).count()


def dashboard_for(user: User) -> Dashboard:
    """Return the operation at a glance. Raises `NotFound` for anybody but the operator's people."""
    _operator_only(user)
    state = figures_state()
    counts = counts_now(state)
    by_status, tasks = counts.instructions, counts.tasks
    clean = state.clean_count if state and state.clean_at else clean_count()
    return Dashboard(
        state=state,
        counts=counts,
        collected=sum(by_status.values()),
        held=by_status.get(InstructionStatus.HELD, 0) + by_status.get(InstructionStatus.SCREENED, 0),
        eligible=by_status.get(InstructionStatus.ELIGIBLE, 0),
        tasks=tasks,
        clean=clean,
        accepted_not_clean=max(0, tasks.get(TaskStatus.ACCEPTED, 0) - clean),
        passed_on=counts.passed_on,
        oldest_submitted_at=counts.oldest_submitted_at,
        orders=[OrderInHand(order, counts.orders.get(order.pk, OrderCount())) for order in _orders_in_hand()],
        last_clearance=Clearance.objects.filter(finished_at__isnull=False).order_by("-id").first(),
        releases=list(Release.objects.all()[:5]),
    )


def _orders_in_hand() -> QuerySet[WorkOrder]:
    running = WorkOrder.objects.filter(status__in=(WorkOrderStatus.ISSUED, WorkOrderStatus.ACTIVE))
    return running.select_related("vendor").order_by("due_on")[:12]


def not_clean_list_for(user: User) -> QuerySet[NotClean]:
    """Return the accepted records that a clean rule keeps out of the dataset, as the job saw them last, newest first.

    Each `task` comes with its `clean_rule` of this moment, which may have become clean.
    """
    _operator_only(user)
    # A late page must pass over the rows before it in the index, and in no other table.
    beside = ("task__instruction", "task__work_order", "task__clean_rule")
    return NotClean.objects.prefetch_related(*beside).order_by("-decided_at", "-task")


def record_get_for(user: User, public_id: str) -> Task:
    """Return a task with its chain. Raises `NotFound` for anybody but the operator's people."""
    _operator_only(user)
    task = (
        Task.objects.select_related(
            "instruction__consent__terms",
            "instruction__import_batch",
            "current_submission__writer",
            "current_submission__signature__agreement",
            "current_submission__signature__user",
            "current_submission__example",
            "current_submission__calibration_item",
            "work_order__vendor",
            "work_order__guideline_version__guideline",
        )
        .filter(public_id=public_id)
        .first()
    )
    if task is None:
        raise NotFound()
    return task


def release_list_for(user: User) -> QuerySet[Release]:
    _operator_only(user)
    return Release.objects.all()


def release_get_for(user: User, public_id: UUID) -> Release:
    """One release. Raises `NotFound`."""
    found = release_list_for(user).filter(public_id=public_id).first()
    if found is None:
        raise NotFound()
    return found
