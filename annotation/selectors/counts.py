"""What the dashboard counts over all rows: kept by a job beside the summaries, and counted at once where the job is late."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from annotation.models import FiguresState, HourFigure, Task
from annotation.selectors.passed_on import passed_on_count
from annotation.states import TaskStatus
from collection.models import Instruction
from collection.states import InstructionStatus
from vendors.models import Earning, Statement
from vendors.selectors import JAPAN
from vendors.states import StatementStatus

CURRENCY = "JPY"
RISK_DAYS = 7
# Nothing on the page is older: what the job has not counted for so long is counted by the page.
COUNTS_STAND = timedelta(minutes=1)
AGE_LIMITS = (timedelta(hours=4), timedelta(days=1), timedelta(days=3), timedelta(days=7))
# What waits: with which statuses, and since which of its times.
WAITING: dict[str, tuple[tuple[str, ...], str]] = {
    "to_judge": ((TaskStatus.SUBMITTED, TaskStatus.IN_REVIEW), "submitted_at"),
    "returned": ((TaskStatus.RETURNED,), "decided_at"),
    "held": ((InstructionStatus.HELD,), "created_at"),
}


@dataclass(frozen=True, slots=True)
class OrderCount:
    """The tasks of one order: accepted, accepted within `RISK_DAYS`, and waiting for a verdict."""

    accepted: int = 0
    lately: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Ages:
    """How long one kind of thing has waited: counts up to each of `AGE_LIMITS`, and beyond the last."""

    kind: str
    counts: list[int]
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of one moment. `earned` is in yen before tax, `paid` what was transferred; days are of Japan's calendar."""

    at: datetime
    instructions: dict[str, int]
    tasks: dict[str, int]
    orders: dict[int, OrderCount]
    ages: list[Ages]
    passed_on: int
    accepted_by_day: dict[date, int]
    earned: int
    paid: int

    @property
    def oldest_submitted_at(self) -> datetime | None:
        return next((one.oldest_at for one in self.ages if one.kind == "to_judge"), None)


def counts_now(state: FiguresState | None) -> Counts:
    """What the job counted, or what is counted now where that is older than a minute."""
    if state is None or not state.counts or timezone.now() - state.made_at > COUNTS_STAND:
        return counts_make()
    return counts_read(state)


def counts_make() -> Counts:
    """Count everything: seven queries, of which one reads every task."""
    tasks: dict[str, int] = {}
    orders: dict[int, dict[str, int]] = {}
    lately = Q(status=TaskStatus.ACCEPTED, decided_at__gte=timezone.now() - timedelta(days=RISK_DAYS))
    rows = Task.objects.order_by().values_list("work_order", "status")
    for order, status, count, newly in rows.annotate(count=Count("id"), newly=Count("id", filter=lately)):
        tasks[status] = tasks.get(status, 0) + count
        found = orders.setdefault(order, {"accepted": 0, "lately": 0, "waiting": 0})
        if status == TaskStatus.ACCEPTED:
            found["accepted"], found["lately"] = count, newly
        elif status in (TaskStatus.SUBMITTED, TaskStatus.IN_REVIEW):
            found["waiting"] += count
    accepted = HourFigure.objects.filter(event=HourFigure.Event.ACCEPTED).order_by()
    earned = Earning.objects.filter(currency=CURRENCY).aggregate(sum=Sum("amount"))["sum"]
    paid = Statement.objects.filter(status=StatementStatus.PAID, currency=CURRENCY).aggregate(sum=Sum("total_amount"))
    return Counts(
        at=timezone.now(),
        instructions=dict(Instruction.objects.order_by().values_list("status").annotate(count=Count("id"))),
        tasks=tasks,
        orders={pk: OrderCount(**found) for pk, found in orders.items()},
        ages=_ages_now(),
        passed_on=passed_on_count(),
        accepted_by_day=dict(accepted.values_list(TruncDate("hour", tzinfo=JAPAN)).annotate(total=Sum("count"))),
        earned=earned or 0,
        paid=paid["sum"] or 0,
    )


def counts_read(state: FiguresState) -> Counts:
    """What `counts_kept` wrote."""
    kept = state.counts
    ages = [Ages(one["kind"], one["counts"], _moment(one["oldest_at"])) for one in kept["ages"]]
    orders = {int(pk): OrderCount(*found) for pk, found in kept["orders"].items()}
    days = {date.fromisoformat(day): count for day, count in kept["accepted_by_day"].items()}
    return Counts(**kept | {"at": state.made_at, "ages": ages, "orders": orders, "accepted_by_day": days})


def counts_kept(counts: Counts) -> dict[str, Any]:
    """Counts as JSON."""
    kept = asdict(counts)
    kept["orders"] = {str(pk): [one.accepted, one.lately, one.waiting] for pk, one in counts.orders.items()}
    kept["accepted_by_day"] = {day.isoformat(): count for day, count in counts.accepted_by_day.items()}
    for one in kept["ages"]:
        one["oldest_at"] = one["oldest_at"].isoformat() if one["oldest_at"] else ""
    return kept | {"at": counts.at.isoformat()}


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _ages_now() -> list[Ages]:
    return [
        _ages("to_judge", Task.objects.order_by()),
        _ages("returned", Task.objects.order_by()),
        _ages("held", Instruction.objects.order_by()),
    ]


def age_span(kind: str, at: int, now: datetime) -> Q:
    """Which rows have waited as long as the count at the place `at` of `Ages.counts` says, at that moment."""
    statuses, field = WAITING[kind]
    newest = now - AGE_LIMITS[at - 1] if at else now + timedelta(days=1)
    older = {f"{field}__gt": now - AGE_LIMITS[at]} if at < len(AGE_LIMITS) else {}
    return Q(**{"status__in": statuses, f"{field}__lte": newest}, **older)


def _ages(kind: str, rows: Any) -> Ages:
    now = timezone.now()
    statuses, field = WAITING[kind]
    spans = {f"span_{at}": Count("id", filter=age_span(kind, at, now)) for at in range(len(AGE_LIMITS) + 1)}
    found = rows.filter(status__in=statuses).aggregate(**spans, oldest=Min(field))
    return Ages(kind, [found[name] for name in spans], found["oldest"])
