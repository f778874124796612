"""Acting on all that a search found: looked at first, done a little at a time beside everybody's work, taken back where that is possible."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.db.models import Count, Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotation.models import BulkItem, BulkJob, Task
from annotation.selectors.bulk import BULK_ROLES, bulk_rows
from annotation.selectors.search import SearchFilter
from annotation.services.filling import tasks_withdraw
from annotation.services.hand_back import task_hand_back
from annotation.services.passed_on import passed_on_reject
from annotation.services.queue import task_requeue
from annotation.states import TaskStatus
from collection.models import Instruction
from collection.services.screening import instruction_decide, instruction_hold
from collection.states import InstructionStatus
from config.audit import act_note
from config.errors import BadInput, Conflict, DomainError
from vendors.models import User
from vendors.permissions import require_role

Action, Status, State = BulkJob.Action, BulkJob.Status, BulkItem.State
ITEMS_AT_ONCE = 200
# So many rows are one transaction where an act is a statement for all of them; else each row is one.
TOGETHER = 100
# A worker that goes on for longer gives way to other jobs, and the next one goes on where it was.
SECONDS_AT_ONCE = 240
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


@dataclass(frozen=True, slots=True)
class Act:
    """How an action changes one row, by its key, and how it takes that back; `statuses` are those it applies to.

    `do_all` does as much for many rows as `do` for one, waits for nobody, and returns the status that each was found in.
    """

    statuses: frozenset[str]
    do: Callable[[User, int, str], None]
    undo: Callable[[User, int, str, str], None] | None = None
    do_all: Callable[[User, Sequence[int], str], Mapping[int, str]] | None = None


def bulk_preview(*, user: User, action: str, chosen: SearchFilter) -> Preview:
    """Say what an act on everything that is found would do now. Nothing is changed. Raises `RoleMissing`."""
    require_role(user, *BULK_ROLES)
    act = _act(action)
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
    """Note every row that is found now and that the act applies to; a worker does the rest.

    Fewer than were `seen` is as good: the job would have left the others as they are. Raises `RoleMissing`, `BadInput` without
    a reason, and `Conflict` when nothing is found, or more than was seen by over one in `MORE_BY_ONE_IN`.
    """
    require_role(by, *BULK_ROLES)
    if not why.strip():
        raise BadInput(_("Please say why. The reason is kept with every row."), field="why")
    rows = bulk_rows(by, action, chosen).filter(status__in=_act(action).statuses)
    job = BulkJob.objects.create(action=action, asked=asdict(chosen), why=why.strip()[:300], by=by)
    count = _items_note(job, rows)
    if not 0 < count <= seen + seen // MORE_BY_ONE_IN:
        raise Conflict(_("What is found has changed since you looked. Please look at it again."))
    act_note(by=by, act="changed", why=job.why, what=f"bulk_{action}", rows=count)
    return job


def bulk_continue(*, job_id: int, seconds: float = SECONDS_AT_ONCE) -> bool:
    """Go on with a job in short transactions; returns whether something is left to do. Safe to run twice at once."""
    until = time.monotonic() + seconds
    while True:
        job = BulkJob.objects.select_related("by").get(pk=job_id)
        source = _source(job)
        if source is None:
            return False
        # On the way back what had been returned comes first: it needs its writer's hand for a moment only.
        order = ("-before", "pk") if job.status == Status.UNDOING else ("pk",)
        keys = list(job.items.filter(state=source).order_by(*order).values_list("pk", flat=True)[:ITEMS_AT_ONCE])
        if not keys:
            _end(job)
            return False
        is_together = source == State.WAITING and _act(job.action).do_all is not None
        size = TOGETHER if is_together else 1
        moved = 0
        for some in (keys[at : at + size] for at in range(0, len(keys), size)):
            if time.monotonic() > until:
                return True
            moved += _items_do(job, some) if is_together else _item_do(job, source, some[0])
        if not moved:  # another worker has them all
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


def _items_note(job: BulkJob, rows: QuerySet[Model]) -> int:
    """Make an item of every row, in one statement; returns how many there are."""
    try:
        found, given = rows.order_by().values("pk").distinct().query.sql_with_params()
    except EmptyResultSet:  # the search knows without the database that there is nothing
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {BulkItem._meta.db_table} (job_id, target_id, state, before, code)"
            f" SELECT %s, found.id, %s, '', '' FROM ({found}) found (id) ORDER BY found.id",
            [job.pk, State.WAITING, *given],
        )
        return int(cursor.rowcount)


def _item_do(job: BulkJob, source: str, key: int) -> bool:
    """Do one row, or take it back; False when somebody else has it, or the database asks to come again."""
    act = _act(job.action)
    try:
        with transaction.atomic():
            item = (
                BulkItem.objects.select_for_update(skip_locked=True, of=("self",))
                .filter(pk=key, state=source, job__status=job.status)
                .first()
            )
            if item is None:
                return False
            try:
                with transaction.atomic():
                    if source == State.WAITING:
                        item.before = _status(job.action, item.target_id)
                        if item.before not in act.statuses:
                            raise Conflict()
                        act.do(job.by, item.target_id, job.why)
                        item.state = State.DONE
                    elif act.undo is not None:
                        act.undo(job.by, item.target_id, job.why, item.before)
                        item.state = State.UNDONE
            except DomainError as refused:
                item.state = State.REFUSED if source == State.WAITING else State.KEPT
                item.code = refused.code
            item.save(update_fields=["state", "before", "code"])
            return True
    except OperationalError:  # a deadlock with somebody's work: that goes first
        return False


def _items_do(job: BulkJob, keys: Sequence[int]) -> int:
    """Do some rows in one transaction; returns how many. What somebody holds at the moment waits for the next time."""
    act = _act(job.action)
    with transaction.atomic():
        waiting = BulkItem.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            pk__in=keys, state=State.WAITING, job__status=job.status
        )
        items = dict(waiting.values_list("target_id", "pk"))
        found = act.do_all(job.by, list(items), job.why) if act.do_all is not None else {}
        for before in set(found.values()):
            state, code = (State.DONE, "") if before in act.statuses else (State.REFUSED, Conflict.code)
            of_these = BulkItem.objects.filter(pk__in=[items[key] for key, status in found.items() if status == before])
            of_these.update(state=state, before=before, code=code)
    return len(found)


def _source(job: BulkJob) -> str | None:
    return {Status.RUNNING.value: State.WAITING.value, Status.UNDOING.value: State.DONE.value}.get(job.status)


def _end(job: BulkJob) -> None:
    to = Status.FINISHED if job.status == Status.RUNNING else Status.UNDONE
    BulkJob.objects.filter(pk=job.pk, status=job.status).update(status=to, ended_at=timezone.now())


def _status(action: str, key: int) -> str:
    """The status of a row, locked until the row is done."""
    model = Instruction if action in {Action.REJECT, Action.ACCEPT} else Task
    rows = model.objects.order_by()
    if model is Task:
        rows = rows.select_for_update(of=("self",))
    return str(rows.values_list("status", flat=True).get(pk=key))


def _reject(by: User, key: int, why: str) -> None:
    passed_on_reject(by=by, instruction=Instruction.objects.get(pk=key), why=why)


def _reject_undo(by: User, key: int, why: str, before: str) -> None:
    row = instruction_hold(instruction=Instruction.objects.get(pk=key), by=by, why=why)
    if before == InstructionStatus.ELIGIBLE:
        instruction_decide(instruction=row, accept=True, by=by, why=why)


def _accept(by: User, key: int, why: str) -> None:
    instruction_decide(instruction=Instruction.objects.get(pk=key), accept=True, by=by, why=why)


def _accept_undo(by: User, key: int, why: str, before: str) -> None:
    if Task.objects.filter(instruction=key).exclude(status=TaskStatus.CANCELLED).exists():
        raise Conflict()
    instruction_hold(instruction=Instruction.objects.get(pk=key), by=by, why=why)


def _cancel(by: User, key: int, why: str) -> None:
    if _cancel_all(by, [key], why).get(key) != TaskStatus.QUEUED:
        raise Conflict()


def _cancel_all(by: User, keys: Sequence[int], why: str) -> Mapping[int, str]:
    return tasks_withdraw(by=by, keys=keys, why=why)


def _requeue(by: User, key: int, why: str) -> None:
    task_requeue(by=by, task=Task.objects.get(pk=key), why=why)


def _requeue_undo(by: User, key: int, why: str, before: str) -> None:
    task_hand_back(by=by, task=Task.objects.get(pk=key), why=why)


ACTS: dict[str, Act] = {
    Action.REJECT: Act(frozenset({InstructionStatus.HELD, InstructionStatus.ELIGIBLE}), _reject, _reject_undo),
    Action.ACCEPT: Act(frozenset({InstructionStatus.HELD}), _accept, _accept_undo),
    Action.CANCEL: Act(frozenset({TaskStatus.QUEUED}), _cancel, do_all=_cancel_all),
    Action.REQUEUE: Act(frozenset({TaskStatus.CLAIMED, TaskStatus.RETURNED}), _requeue, _requeue_undo),
}


def can_undo(action: str) -> bool:
    """Whether there is a way back from an act at all."""
    return _act(action).undo is not None


def _act(action: str) -> Act:
    if action not in ACTS:
        raise BadInput()
    return ACTS[action]
