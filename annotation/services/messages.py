"""Messages: written, compared with the references before anybody reads them, marked as read, and forgotten with their instruction."""

from django.core.cache import cache
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from annotation.cleanroom.decide import Code, Outcome
from annotation.models import Message, MessageMark, Task
from annotation.selectors.messages import Thread, may_read
from annotation.services.drafts import text_clean
from annotation.services.gate import GateResult, gate_check
from collection.models import Instruction, Reference
from config.audit import act_note
from config.errors import BadInput, NotFound, TooMany
from vendors.models import Role, User
from vendors.permissions import require_role
from vendors.selectors import lead_list, operator_get
from vendors.services.letters import letters_queue

LONGEST = 2000
# After a refusal, so that nobody feels their way to an answer.
PAUSE_SECONDS = 9
# What says that there was little to compare with, or is looked at by itself.
TELLS_NOTHING = (Code.OPENED_KANA, Code.NOTHING_TO_COMPARE, Code.EQUAL)


class MessageEmpty(BadInput):
    code = "message_empty"
    message = _("Write something first, of at most 2,000 characters.")


class MessageClose(BadInput):
    code = "message_close"
    message = _(
        "A passage of this message stands close to a model's answer, so it is not sent. Say it in your own words, without the passage."
    )


def message_send(*, by: User, thread: Thread, text: str) -> Message:
    """Write to a thread, and let those know who take part in it.

    The text is compared with every reference first, outside any transaction: what the gate would not let pass because of
    one is refused, for a reference must not come to a writer this way. Raises NotFound for a thread of others,
    MessageEmpty, MessageClose, TooMany a moment after a refusal, and what `gate_check` raises.
    """
    if not may_read(by, thread):
        raise NotFound()
    seat = require_role(by)
    text = text_clean(text).strip()
    if not text or len(text) > LONGEST:
        raise MessageEmpty()
    _compare(by, thread, text)
    with transaction.atomic():
        message = Message.objects.create(
            work_order=thread.order,
            task=thread.task,
            author=by,
            role=next(role for role in Role if role in seat.roles),
            is_by_operator=seat.is_operator,
            text=text,
        )
        thread_mark_read(user=by, thread=thread)
        about = ("task", thread.task) if thread.task else ("order", thread.order)
        act_note(by=by, act="changed", subject_kind=about[0], subject_id=about[1].public_id, what="message")
        _tell(message, thread)
    return message


def thread_mark_read(*, user: User, thread: Thread) -> None:
    """Note that a person has read a thread up to its newest message."""
    newest = thread.messages.order_by("-pk").values_list("pk", flat=True).first()
    if newest is not None:
        MessageMark.objects.update_or_create(
            user=user, work_order=thread.order, task=thread.task, defaults={"newest": newest}
        )


def messages_forget(*, instruction: Instruction) -> int:
    """Delete what was written about a withdrawn instruction, for it may repeat its words; returns how many."""
    return Message.objects.filter(task__instruction=instruction).delete()[0]


def _compare(by: User, thread: Thread, text: str) -> None:
    pause = f"message-refused:{by.pk}"
    if cache.get(pause):
        raise TooMany()
    # The thread of an order has no question that may be quoted.
    task = thread.task or Task(work_order=thread.order, instruction=Instruction())
    if _is_close(gate_check(task=task, text=text), task):
        cache.set(pause, True, PAUSE_SECONDS)
        raise MessageClose()


def _is_close(result: GateResult, task: Task) -> bool:
    """Whether the gate would block the text, or ask a person about it because of a reference.

    A word or two that equal another question's short answer, such as a yes, are close to none of this task's.
    """
    if result.outcome == Outcome.BLOCK or result.erased:
        return True
    told = [reason for reason in result.report.reasons if reason.outcome is not Outcome.PASS]
    equal = [reason.candidate_id for reason in told if reason.code is Code.EQUAL and reason.candidate_id is not None]
    if equal and Reference.objects.filter(pk__in=equal, instruction=task.instruction_id).exists():
        return True
    return any(reason.code not in TELLS_NOTHING for reason in told)


def _tell(message: Message, thread: Thread) -> None:
    """Write to the other side, and to whoever has written in the thread."""
    order, task = thread.order, thread.task
    people: list[User | None] = list(User.objects.filter(pk__in=thread.messages.values("author")))
    if not message.is_by_operator:
        people.append(task.reviewer if task is not None and task.reviewer is not None else order.created_by)
    if task is None:
        people += lead_list(order.vendor)
    if task is not None:
        people.append(task.writer)
    readers = {person.pk: person for person in people if person is not None and person.pk != message.author_id}
    if task is None:
        path = reverse("annotation:order_thread", args=[order.public_id])
    else:
        path = reverse("annotation:task_thread", args=[task.public_id])
    told = [person for person in readers.values() if may_read(person, thread)]
    facts = {"order": order, "text": message.text, "who": author_side(message)}
    letters_queue("question_asked", told, path, key=str(message.public_id), **facts)


def author_side(message: Message) -> str:
    """Who wrote, as the other side is told: the organisation."""
    operator = operator_get() if message.is_by_operator else message.work_order.vendor
    return operator.name if operator is not None else ""
