"""Making the slots of an order, and letting them follow what happens to the order and to their instructions."""

from collections.abc import Collection, Iterable
from contextlib import suppress

from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from annotation.errors import NotEnoughInstructions, TooFewQueued
from annotation.models import Task, TaskTransition
from annotation.selectors.supply import FREE_AGAIN, free_instructions
from annotation.services.commitment_log import LogEmpty, checkpoint_record
from annotation.services.commitments import commitments_mend
from annotation.states import TASK_MOVES, TaskStatus
from collection.models import Instruction
from config.errors import Conflict
from config.moves import Actor, Moved, move, move_all
from vendors.models import User, WorkOrder
from vendors.services.orders import order_hold
from vendors.states import WorkOrderStatus
from vendors.supply import Choice

BATCH = 2000
# Any number of our own: two orders that fill at once must not choose the same instructions.
FILLING_LOCK = 0x68697464


@transaction.atomic
def tasks_fill(*, order: WorkOrder, instructions: Iterable[Instruction], outputs_each: int = 1) -> int:
    """Make `outputs_each` slots for every instruction and return how many. Open once the order is active.

    All first slots come before all second ones, so that one writer rarely meets the same instruction twice.
    """
    chosen = list(instructions)
    is_open = order.status == WorkOrderStatus.ACTIVE
    rows = (
        Task(
            work_order=order,
            vendor_id=order.vendor_id,
            instruction=instruction,
            slot=slot,
            is_open=is_open,
            language=order.language,
            priority=order.priority,
            due_on=order.due_on,
        )
        for slot in range(1, outputs_each + 1)
        for instruction in chosen
    )
    return len(Task.objects.bulk_create(rows, batch_size=BATCH))


@transaction.atomic
def order_fill(*, order: WorkOrder) -> int:
    """Fill an order with the oldest instructions of its choice that no other order wants.

    Every reference is in the log of commitments before anybody can claim, and the log's root is written down. Takes the
    lock on filling. Raises NotEnoughInstructions, with numbers.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FILLING_LOCK])
    needed = -(-_missing(order) // order.outputs_each)
    found = _free_for(order, needed)
    if len(found) < needed:
        raise NotEnoughInstructions(wanted=needed, found=len(found))
    return _slots_make(order, found)


@transaction.atomic
def order_refill(*, order_id: int) -> int:
    """Fill the slots that an active order has lost with instructions of its choice, as far as there are any; returns how many.

    Locks the order, then filling. What left an order is an instruction that was withdrawn, held or rejected meanwhile.
    """
    order = order_hold(order_id)
    if order.status != WorkOrderStatus.ACTIVE:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FILLING_LOCK])
    needed = -(-_missing(order) // order.outputs_each)
    found = _free_for(order, needed) if needed else []
    return _slots_make(order, found) if found else 0


def orders_refill() -> int:
    """Refill every active order that has fewer slots than were ordered; returns how many were made. Safe to run twice."""
    live = Task.objects.filter(work_order=OuterRef("pk")).exclude(status=TaskStatus.CANCELLED).order_by()
    counted = live.values("work_order").annotate(count=Count("pk")).values("count")
    running = WorkOrder.objects.filter(status=WorkOrderStatus.ACTIVE).annotate(live=Coalesce(Subquery(counted), 0))
    short = list(
        running.filter(live__lt=F("quantity")).order_by("-priority", "due_on", "pk").values_list("pk", flat=True)
    )
    return sum(order_refill(order_id=pk) for pk in short)


def _missing(order: WorkOrder) -> int:
    return max(0, order.quantity - Task.objects.filter(work_order=order).exclude(status=TaskStatus.CANCELLED).count())


def _free_for(order: WorkOrder, count: int) -> list[Instruction]:
    """The oldest instructions of the order's choice that no order wants, and that this one never had: a slot is made once."""
    free = free_instructions(Choice.of_order(order.language, order.choice))
    had = Task.objects.filter(instruction=OuterRef("pk"), work_order=order)
    return list(free.filter(~Exists(had)).only("pk")[:count])


def _slots_make(order: WorkOrder, instructions: list[Instruction]) -> int:
    """Make the missing slots: as many of each instruction as the order wants, and of the last what is left over."""
    missing, each = _missing(order), order.outputs_each
    commitments_mend()
    # Not before this is committed: a checkpoint holds the log's end, and every answer that is being stored waits for that.
    transaction.on_commit(_checkpoint, robust=True)
    whole, rest = instructions[: missing // each], instructions[missing // each :]
    made = tasks_fill(order=order, instructions=whole, outputs_each=each)
    return made + (tasks_fill(order=order, instructions=rest[:1], outputs_each=missing % each) if rest else 0)


@transaction.atomic
def order_open(*, order: WorkOrder) -> None:
    """Let the tasks of an active order be claimed."""
    Task.objects.filter(work_order=order, is_open=False).update(is_open=True)


@transaction.atomic
def order_stop(*, order: WorkOrder) -> None:
    """Let no task of the order be started any more; what is in hand may be finished."""
    Task.objects.filter(work_order=order, is_open=True).update(is_open=False)


@transaction.atomic
def order_close(*, order: WorkOrder, by: User | None, why: str) -> int:
    """Stop the order and cancel what nobody has begun; returns how many. Locks the queued tasks."""
    order_stop(order=order)
    queued = Task.objects.filter(work_order=order, status=TaskStatus.QUEUED)
    ids = list(queued.select_for_update().order_by("pk").values_list("pk", flat=True))
    _queued_cancel(ids, by=_actor(by, "order"), why=why)
    return len(ids)


@transaction.atomic
def tasks_withdraw(*, by: User, keys: Iterable[int], why: str) -> dict[int, Moved]:
    """Take those of the tasks that nobody has begun out of their orders; their instructions are free for others.

    Returns what became of each, by its key. Locks them; what somebody else has locked just now is left out.
    """
    rows = Task.objects.select_for_update(skip_locked=True).filter(pk__in=keys).order_by("pk")
    found = dict(rows.values_list("pk", "status"))
    queued = [pk for pk, status in found.items() if status == TaskStatus.QUEUED]
    _queued_cancel(queued, by=Actor.user(by), why=why)
    return {pk: Moved(status, "" if status == TaskStatus.QUEUED else Conflict.code) for pk, status in found.items()}


def _queued_cancel(ids: Collection[int], *, by: Actor, why: str) -> None:
    """Cancel tasks that are queued, and locked by the caller."""
    queued = dict.fromkeys(ids, TaskStatus.QUEUED.value)
    move_all(Task, queued, TaskStatus.CANCELLED, moves=TASK_MOVES, log=TaskTransition, by=by, why=why)


@transaction.atomic
def instruction_tasks_end(*, instruction: Instruction, why: str) -> int:
    """Cancel every task of a withdrawn instruction, and revoke what was accepted; returns how many. Locks them.

    What was earned stays earned.
    """
    tasks = Task.objects.select_for_update(no_key=True).filter(instruction=instruction).order_by("pk")
    ended = 0
    for task in tasks.exclude(status__in=FREE_AGAIN):
        to = TaskStatus.REVOKED if task.status == TaskStatus.ACCEPTED else TaskStatus.CANCELLED
        move(task, to, moves=TASK_MOVES, log=TaskTransition, by=Actor.system("withdrawal"), why=why)
        ended += 1
    return ended


@transaction.atomic
def instruction_tasks_leave(*, instruction_ids: Collection[int], by: Actor, why: str) -> int:
    """Cancel the tasks of instructions that nobody has begun; returns how many. Locks them. What is begun goes on."""
    queued = Task.objects.filter(instruction__in=instruction_ids, status=TaskStatus.QUEUED)
    ids = list(queued.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    _queued_cancel(ids, by=by, why=why)
    return len(ids)


def _checkpoint() -> None:
    with suppress(LogEmpty):
        checkpoint_record()


def work_order_follow(*, order: WorkOrder, new: str, by: User | None = None) -> None:
    """Let the tasks follow a move of their order. Raises NotEnoughInstructions, which undoes the move."""
    if new == WorkOrderStatus.ISSUED:
        order_fill(order=order)
    elif new == WorkOrderStatus.ACTIVE:
        order_open(order=order)
    elif new == WorkOrderStatus.COMPLETED:
        order_stop(order=order)
    elif new in {WorkOrderStatus.CLOSED, WorkOrderStatus.CANCELLED}:
        order_close(order=order, by=by, why=f"order_{new}")


@transaction.atomic
def order_amended(*, order: WorkOrder, by: User | None) -> None:
    """Let the tasks follow new terms: slots are added, or taken from what nobody has begun. Raises Conflict."""
    Task.objects.filter(work_order=order).update(due_on=order.due_on)
    wanted = order.quantity - Task.objects.filter(work_order=order).exclude(status=TaskStatus.CANCELLED).count()
    if wanted > 0:
        order_fill(order=order)
    elif wanted < 0:
        queued = Task.objects.select_for_update().filter(work_order=order, status=TaskStatus.QUEUED).order_by("-pk")
        surplus = list(queued[:-wanted])
        if len(surplus) < -wanted:
            raise TooFewQueued()
        for task in surplus:
            move(
                task, TaskStatus.CANCELLED, moves=TASK_MOVES, log=TaskTransition, by=_actor(by, "order"), why="amended"
            )


def _actor(by: User | None, otherwise: str) -> Actor:
    return Actor.user(by) if by is not None else Actor.system(otherwise)
