"""One task from its slot to the clean record, for tests of what judges and releases; all of it through the services."""

from importlib import import_module
from itertools import count
from typing import Any

from annotation.cleanroom.trace import utf16_length
from annotation.models import Draft, OutputCheck, ReviewReason, Submission, Task
from annotation.services.clearance import clearance_run
from annotation.services.drafts import draft_save
from annotation.services.queue import task_take
from annotation.services.reviews import review_accept, review_claim
from annotation.services.submissions import submission_send
from annotation.states import TaskStatus
from collection.models import Instruction
from tests.cast import Cast
from tests.factories.collection import make_instruction
from tests.factories.traces import bucket
from tests.factories.vendors import make_active_order
from vendors.models import User, WorkOrder

_serial = count(1)

# Written for these tests; the numbers keep two texts from being the same.
_TEXT = (
    "うちの近所では、朝の市に行くのがいちばんの楽しみです。番号札{number}をもらって並び、まだ土のついた大根を選びます。"
    "帰り道は川べりを遠回りして、鴨の数をかぞえながら歩くことにしています。雨の日は傘の音を聞くだけで十分です。"
)


def make_text() -> str:
    """What a person might write; it has nothing in common with any reference of the tests."""
    return _TEXT.format(number=next(_serial))


def make_slots(people: Cast, quantity: int = 1, **order_fields: Any) -> list[Task]:
    """The tasks of an active order for Kaede Writing, each with an instruction of its own unless there are enough."""
    for _ in range(quantity):
        make_instruction(language=order_fields.get("language", "ja"))
    return list(make_order(people, quantity=quantity, **order_fields).tasks.order_by("id"))


def make_order(people: Cast, *, quantity: int = 1, **order_fields: Any) -> WorkOrder:
    """An active order for Kaede Writing, filled with instructions that are there already."""
    return make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede, quantity=quantity, **order_fields)


def make_task(people: Cast, *, instruction: Instruction | None = None, **order_fields: Any) -> Task:
    """One task of an active order, for a given instruction or one of its own."""
    if instruction is None:
        return make_slots(people, **order_fields)[0]
    assert not instruction.tasks.exists(), "an order takes instructions that nobody works on yet"
    return make_order(people, **order_fields).tasks.get(instruction=instruction)


def make_buckets(text: str, *, number: int = 1, **counts: int) -> list[dict[str, Any]]:
    """A writing trace of one bucket in which somebody composed the whole text, slowly and by hand."""
    length = utf16_length(text)
    corrected = length // 20
    written = {"composed": length + corrected, "deleted": corrected, "inserted_before_end": corrected}
    return [bucket(number, **{**written, "largest_insertion": min(9, length), "length": length, **counts})]


def make_submission(
    task: Task, writer: User, *, text: str = "", is_moderated: bool = True, **counts: int
) -> Submission:
    """A text handed in for the task; `counts` change its writing trace, such as `untrusted=1`."""
    text = text or make_text()
    if task.status in (TaskStatus.QUEUED, TaskStatus.RETURNED):
        task = task_take(writer=writer, task=task)
    begun = Draft.objects.filter(task=task, writer=writer).first()
    if begun is not None:
        counts = {
            "number": begun.trace_number + 1,
            "composed": utf16_length(text),
            "deleted": utf16_length(begun.text),
            **counts,
        }
    buckets = make_buckets(text, **counts)
    revision = begun.revision if begun else 0
    draft = draft_save(writer=writer, task=task, text=text, base_revision=revision, buckets=buckets)
    submission = submission_send(writer=writer, task=task, text=text, base_revision=draft.revision, is_attested=True)
    if is_moderated:
        make_moderation(submission)
    return submission


def make_moderation(
    submission: Submission, *, outcome: str = OutputCheck.Outcome.PASS, check_id: str = "moderation"
) -> OutputCheck:
    """The answer of a check, as the job would have written it."""
    return OutputCheck.objects.create(submission=submission, check_id=check_id, outcome=outcome)


REASONS = import_module("annotation.migrations.0003_default_review_reasons").REASONS


def make_reason(code: str = "instruction_missed") -> ReviewReason:
    """A reason to return or reject with; those of the migration are there already."""
    japanese, english = next((pair for known, *pair in REASONS if known == code), (code, code))
    return ReviewReason.objects.get_or_create(code=code, defaults={"label_ja": japanese, "label_en": english})[0]


def make_review_held(submission: Submission, reviewer: User) -> Task:
    """The text on the reviewer's desk; it must be the oldest that waits."""
    task = review_claim(reviewer=reviewer)
    assert task is not None and task.pk == submission.task_id, "an older text waits"
    return task


def make_acceptance(submission: Submission, reviewer: User, **answers: Any) -> Task:
    """The text accepted by the reviewer."""
    task = make_review_held(submission, reviewer)
    review_accept(reviewer=reviewer, task=task, **answers)
    task.refresh_from_db()
    return task


def make_record(people: Cast, *, task: Task | None = None, text: str = "", is_cleared: bool = True) -> Task:
    """An accepted text; with a clearance, a row of `clean_record`."""
    task = task or make_task(people)
    submission = make_submission(task, people.wataru, text=text)
    accepted = make_acceptance(submission, people.ren)
    if is_cleared:
        clearance_run()
    return accepted
