"""Acting on all that a search found: looked at first, done a little at a time beside everybody's work, taken back where that is possible."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.db.models import Count, Max, Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotation.models import BulkItem, BulkJob, Task
from annotation.selectors.bulk import BULK_ROLES, bulk_rows
from annotation.selectors.search import SearchFilter
from annotation.services.bulk_acts import act_of, can_undo
from annotation.states import TaskStatus
from config.audit import act_note
from config.errors import BadInput, Conflict
from vendors.models import User
from vendors.permissions import require_role

Action, Status, State = BulkJob.Action, BulkJob.Status, BulkItem.State
NOTED_AT_ONCE = 5000
ITEMS_AT_ONCE = 200
# So many rows at most are one transaction, and no more than are done in so many seconds: so long others wait for one of them.
TOGETHER = 100
HOLD_SECONDS = 0.05
# After each transaction the job rests as many times as long as it took, so that whoever works meanwhile has the machine.
REST = 1.0
# A worker that goes on for longer gives way to other jobs, some of which run each half minute, and the next one goes on where it was.
SECONDS_AT_ONCE = 20
# People go on working between the look and the start: more may be found by one in so many than was seen.
MORE_BY_ONE_IN = 100


@dataclass(frozen=True, slots=True)
class Preview:
    """What an act would do: how many rows it would change and how many it would leave, by status."""

    action: str
    changes: Mapping[str, int]
    leaves: Mapping[str, int]
    tasks_cancelled: int
    can_undo: bool

    @property
    def count(self) -> int:
        return sum(self.changes.values())


def bulk_preview(*, user: User, action: str, chosen: SearchFilter) -> Preview:
    """Say what an act on everything that is found would do now. Nothing is changed. Raises `RoleMissing`."""
    require_role(user, *BULK_ROLES)
    act = act_of(action)
    rows: QuerySet[Model] = bulk_rows(user, action, chosen).order_by()
    counts = dict(rows.values_list("status").annotate(count=Count("pk", distinct=True)))
    tasks = 0
    if action == Action.REJECT:
        reached = rows.filter(status__in=act.statuses).values("pk")
        tasks = Task.objects.filter(instruction__in=reached, status=TaskStatus.QUEUED).count()
    return Preview(
        action,
        {status: count for status, count in counts.items() if status in act.statuses},
        {status: count for status, count in counts.items() if status not in act.statuses},
        tasks,
        can_undo(action),
    )


@transaction.atomic
def bulk_start(*, by: User, action: str, chosen: SearchFilter, why: str, seen: int) -> BulkJob:
    """Begin a job on every row that is found now and that the act applies to; a worker notes the rows and does the rest.

    Fewer than were `seen` is as good: the job would have left the others as they are. Raises `RoleMissing`, `BadInput` without
    a reason, and `Conflict` when nothing is found, or more than was seen by over one in `MORE_BY_ONE_IN`.
    """
    require_role(by, *BULK_ROLES)
    if not why.strip():
        raise BadInput(_("Please say why. The reason is kept with every row."), field="why")
    found = _reached(by, action, chosen).aggregate(count=Count("pk", distinct=True), newest=Max("pk"))
    if not 0 < found["count"] <= seen + seen // MORE_BY_ONE_IN:
        raise Conflict(_("What is found has changed since you looked. Please look at it again."))
    job = BulkJob.objects.create(
        action=action,
        asked=asdict(chosen),
        why=why.strip()[:300],
        by=by,
        expected=found["count"],
        noting_up_to=found["newest"],
    )
    act_note(by=by, act="changed", why=job.why, what=f"bulk_{action}", rows=job.expected)
    return job


def bulk_continue(*, job_id: int, seconds: float = SECONDS_AT_ONCE) -> bool:
    """Go on with a job in short transactions; returns whether something is left to do. Safe to run twice at once."""
    until = time.monotonic() + seconds
    size = ITEMS_AT_ONCE // 10
    while True:
        job = BulkJob.objects.select_related("by").get(pk=job_id)
        source = _source(job)
        if source is None:
            return False
        if source == State.WAITING and job.noting_up_to is not None:
            if not _items_note(job_id) or time.monotonic() > until:
                return True
            continue
        # On the way back what had been returned comes first: it needs its writer's hand for a moment only.
        order = ("-before", "pk") if job.status == Status.UNDOING else ("pk",)
        keys = list(job.items.filter(state=source).order_by(*order).values_list("pk", flat=True)[:ITEMS_AT_ONCE])
        if not keys:
            _end(job)
            return False
        most = (act_of(job.action).undo_at_once if source == State.DONE else None) or TOGETHER
        moved = 0
        while keys:
            size = max(1, min(size, most))
            some, keys = keys[:size], keys[size:]
            began = time.monotonic()
            if began > until:
                return True
            moved += _items_do(job, source, some)
            took = time.monotonic() - began
            size = round(size * min(2, HOLD_SECONDS / took))
            time.sleep(REST * took)
        if not moved:  # somebody else has them all
            return True


def bulk_going_on() -> list[int]:
    """The jobs that have something left to do: of which a worker may have been killed."""
    return list(BulkJob.objects.filter(status__in=(Status.RUNNING, Status.UNDOING)).values_list("pk", flat=True))


@transaction.atomic
def bulk_stop(*, job: BulkJob, by: User) -> None:
    """Leave what has not been done. Raises `Conflict` when the job is over."""
    require_role(by, *BULK_ROLES)
    if not BulkJob.objects.filter(pk=job.pk, status=Status.RUNNING).update(
        status=Status.STOPPED, ended_at=timezone.now()
    ):
        raise Conflict()
    act_note(by=by, act="changed", what="bulk_stopped", job=str(job.public_id))


@transaction.atomic
def bulk_undo(*, job: BulkJob, by: User) -> None:
    """Take back what was done, as far as nobody has built on it. Raises `Conflict` when there is no way back."""
    require_role(by, *BULK_ROLES)
    over = BulkJob.objects.filter(pk=job.pk, status__in=(Status.FINISHED, Status.STOPPED))
    if not can_undo(job.action) or not over.update(status=Status.UNDOING, ended_at=None):
        raise Conflict()
    act_note(by=by, act="changed", what="bulk_undo", job=str(job.public_id))


def _reached(by: User, action: str, chosen: SearchFilter) -> QuerySet[Model]:
    """What is found that the act applies to."""
    rows: QuerySet[Model] = bulk_rows(by, action, chosen).order_by()
    return rows.filter(status__in=act_of(action).statuses)


@transaction.atomic
def _items_note(job_id: int) -> bool:
    """Make an item of some more of the rows, in the order of their keys; False when another worker does.

    No newer ones than were there at the start, and by no more than one in `MORE_BY_ONE_IN` as many as were found then.
    """
    job = (
        BulkJob.objects.select_for_update(skip_locked=True, of=("self",)).select_related("by").filter(pk=job_id).first()
    )
    if job is None:
        return False
    noted = job.items.aggregate(count=Count("pk"), newest=Max("target_id"))
    most = min(NOTED_AT_ONCE, job.expected + job.expected // MORE_BY_ONE_IN - noted["count"])
    rows = _reached(job.by, job.action, SearchFilter(**job.asked))
    more = rows.filter(pk__gt=noted["newest"] or 0, pk__lte=job.noting_up_to)
    if _noted(job, more, most) < most or most < NOTED_AT_ONCE:
        BulkJob.objects.filter(pk=job_id).update(noting_up_to=None)
    return True


def _noted(job: BulkJob, rows: QuerySet[Model], most: int) -> int:
    """Make items of the first so many rows, in one statement; returns how many there are."""
    try:
        found, given = rows.values("pk").distinct().order_by("pk")[:most].query.sql_with_params()
    except EmptyResultSet:  # the search knows without the database that there is nothing
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {BulkItem._meta.db_table} (job_id, target_id, state, before, code)"
            f" SELECT %s, found.id, %s, '', '' FROM ({found}) found (id) ORDER BY found.id",
            [job.pk, State.WAITING, *given],
        )
        return int(cursor.rowcount)


def _items_do(job: BulkJob, source: str, keys: Sequence[int]) -> int:
    """Do some rows in one transaction, or take them back; returns how many. What somebody holds at the moment comes again."""
    act = act_of(job.action)
    doing = act.do if source == State.WAITING else act.undo
    if doing is None:
        return 0
    done, not_done = (State.DONE, State.REFUSED) if source == State.WAITING else (State.UNDONE, State.KEPT)
    try:
        with transaction.atomic():
            items = {
                item.target_id: item
                for item in BulkItem.objects.select_for_update(skip_locked=True, of=("self",)).filter(
                    pk__in=keys, state=source, job__status=job.status
                )
            }
            results = doing(job.by, {key: item.before for key, item in items.items()}, job.why)
            for result in set(results.values()):
                facts = {"state": not_done if result.code else done, "code": result.code}
                if source == State.WAITING:
                    facts["before"] = result.before
                alike = [items[key].pk for key, one in results.items() if one == result]
                BulkItem.objects.filter(pk__in=alike).update(**facts)
    except OperationalError:  # a deadlock with somebody's work: that goes first
        return 0
    return len(results)


def _source(job: BulkJob) -> str | None:
    return {Status.RUNNING.value: State.WAITING.value, Status.UNDOING.value: State.DONE.value}.get(job.status)


def _end(job: BulkJob) -> None:
    to = Status.FINISHED if job.status == Status.RUNNING else Status.UNDONE
    BulkJob.objects.filter(pk=job.pk, status=job.status).update(status=to, ended_at=timezone.now())
