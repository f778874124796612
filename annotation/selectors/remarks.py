"""What the checks beside the text say of a writer's draft."""

from dataclasses import dataclass

from annotation.models import RemarkDismissal, Task
from annotation.proofreading.catalogue import Check, check_of
from annotation.proofreading.proofread import proofread
from annotation.proofreading.remarks import Assignment, Remark
from vendors.models import User

_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class RemarkLine:
    """A remark with its check, and the beginning of its passage; `start` and `end` are code points, both 0 for the whole."""

    key: str
    check: Check
    start: int
    end: int
    passage: str
    numbers: dict[str, int | str]


@dataclass(frozen=True, slots=True)
class Remarks:
    lines: list[RemarkLine]
    dismissed_count: int


def remarks_for(user: User, task: Task, text: str) -> Remarks:
    """Return the remarks on `text` that the writer has not dismissed. `task` comes with its order and instruction."""
    found = {remark.key(text): remark for remark in proofread(text, _assignment(task))} if text.strip() else {}
    dismissals = RemarkDismissal.objects.filter(draft__task=task, draft__writer=user.pk, key__in=found)
    dismissed = set(dismissals.values_list("key", flat=True)) if found else set()
    lines = [_line(key, remark, text) for key, remark in found.items() if key not in dismissed]
    return Remarks(lines, len(dismissed))


def _assignment(task: Task) -> Assignment:
    order = task.work_order
    return Assignment(
        task.instruction.instruction,
        task.instruction.input,
        task.language,
        order.min_characters,
        order.max_characters,
    )


def _line(key: str, remark: Remark, text: str) -> RemarkLine:
    passage = text[remark.start : remark.end].strip()
    shown = passage if len(passage) <= _SHOWN_CHARACTERS else passage[:_SHOWN_CHARACTERS] + "…"
    return RemarkLine(key, check_of(remark.check_id), remark.start, remark.end, shown, remark.numbers)
