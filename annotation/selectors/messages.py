"""Which threads a person reads, and what in them is new."""

from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from django.db.models import QuerySet

from annotation.models import Message, MessageMark, Task
from annotation.selectors.message_sql import Reading
from annotation.selectors.review import REVIEWING_ROLES
from config.errors import NotFound
from vendors.models import Role, User, WorkOrder
from vendors.selectors import SEEN_BY_WRITER, Seat, seat_get_for, work_order_get_for

THREADS_SHOWN = 100
TAKING_PART = (*REVIEWING_ROLES, Role.LEAD, Role.WRITER)


@dataclass(frozen=True, slots=True)
class Thread:
    """An order's own thread, or that of one task of it."""

    order: WorkOrder
    task: Task | None = None

    @classmethod
    def of(cls, message: Message) -> Self:
        return cls(message.work_order, message.task)

    @property
    def messages(self) -> QuerySet[Message]:
        return Message.objects.filter(work_order=self.order, task=self.task)


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """A thread in the list: its newest message, how many there are, and whether some are new to the reader."""

    thread: Thread
    newest: Message
    count: int
    is_unread: bool


def _reads_all(seat: Seat) -> bool:
    return seat.is_operator and seat.has_role(*REVIEWING_ROLES)


def _reading(seat: Seat) -> tuple[Reading, dict[str, Any]] | None:
    """What a person reads, and the values of its statements: all for who reviews or manages; a vendor's for its lead; for a
    writer their own. None for who takes no part.
    """
    if _reads_all(seat):
        return Reading.ALL, {"user": seat.user.pk}
    values = {"user": seat.user.pk, "vendor": seat.organisation.pk}
    if seat.has_role(Role.LEAD):
        return Reading.VENDORS, values
    if seat.has_role(Role.WRITER):
        return Reading.OWN, {**values, "running": sorted(SEEN_BY_WRITER)}
    return None


def unread_count(user: Any) -> int:
    """How many threads have something new for the person. One query, beside that for the seat."""
    seat = seat_get_for(user)
    if seat is None or (reading := _reading(seat)) is None:
        return 0
    readable, values = reading
    return int(readable.unread_count.rows(**values)[0][0])


def thread_list_for(user: Any) -> list[ThreadLine]:
    """The threads a person reads, the newest first. The same number of queries however many there are."""
    seat = seat_get_for(user)
    if seat is None or not seat.has_role(*TAKING_PART) or (reading := _reading(seat)) is None:
        return []
    readable, values = reading
    rows = readable.threads.rows(**values, most=THREADS_SHOWN)
    messages = Message.objects.select_related("work_order__vendor", "task__instruction", "author")
    newest = messages.in_bulk([row[2] for row in rows])
    return [
        ThreadLine(Thread.of(newest[message]), newest[message], count, is_unread)
        for _order, _task, message, count, is_unread in rows
    ]


def order_thread_for(user: Any, public_id: UUID) -> Thread:
    """An order's own thread, for the operator's reviewing side and whoever of its vendor sees the order; raises NotFound."""
    seat = seat_get_for(user)
    if seat is None or not (_reads_all(seat) or seat.has_role(Role.LEAD, Role.WRITER)):
        raise NotFound()
    order = work_order_get_for(user, public_id)
    if order.issued_at is None:
        raise NotFound()
    return Thread(order)


def task_thread_for(user: Any, public_id: UUID) -> Thread:
    """The thread of one task; raises NotFound for what is not theirs to read."""
    seat = seat_get_for(user)
    task = Task.objects.select_related("work_order__vendor", "instruction").filter(public_id=public_id).first()
    if seat is None or task is None or not seat.has_role(*TAKING_PART):
        raise NotFound()
    thread = Thread(task.work_order, task)
    if _reads_all(seat):
        return thread
    is_own = task.writer_id == seat.user.pk or thread.messages.filter(author=seat.user).exists()
    if task.vendor_id != seat.organisation.pk or not (seat.has_role(Role.LEAD) or is_own):
        raise NotFound()
    return thread


def may_read(user: User, thread: Thread) -> bool:
    """Whether a person takes part in a thread now."""
    try:
        if thread.task is None:
            order_thread_for(user, thread.order.public_id)
        else:
            task_thread_for(user, thread.task.public_id)
    except NotFound:
        return False
    return True


def message_list_of(thread: Thread) -> list[Message]:
    """The messages of a thread that the caller may read, the oldest first."""
    return list(thread.messages.select_related("author").order_by("pk"))


def read_until(user: Any, thread: Thread) -> int:
    """The key of the newest message that the person had read before; 0 where nothing is marked."""
    mark = MessageMark.objects.filter(user=user, work_order=thread.order, task=thread.task).first()
    return mark.newest if mark else 0
