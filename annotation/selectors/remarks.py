"""What the checks beside the text say of a writer's draft."""

from dataclasses import dataclass

from annotation.models import RemarkDismissal, Task
from annotation.proofreading.catalogue import Check, check_of
from annotation.proofreading.proofread import proofread
from annotation.proofreading.remarks import Assignment, Remark
from annotation.selectors.order_rules import Rules, order_rules_of
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
    is_blocking: bool


@dataclass(frozen=True, slots=True)
class Remarks:
    lines: list[RemarkLine]
    dismissed_count: int


def remarks_for(user: User, task: Task, text: str) -> Remarks:
    """Return the remarks on `text` that the writer has not dismissed, or that the order wants settled. `task` comes with its order and instruction."""
    rules = order_rules_of(task.work_order_id)
    found = {remark.key(text): remark for remark in proofread(text, assignment_of(task, rules))} if text.strip() else {}
    blocking = {key for key, remark in found.items() if remark.check_id in rules.blocking}
    dismissals = RemarkDismissal.objects.filter(draft__task=task, draft__writer=user.pk, key__in=found)
    dismissed = set(dismissals.values_list("key", flat=True)) - blocking if found else set()
    lines = [_line(key, remark, text, key in blocking) for key, remark in found.items() if key not in dismissed]
    return Remarks(lines, len(dismissed))


def assignment_of(task: Task, rules: Rules) -> Assignment:
    """What the checks may know of a task, which comes with its order and instruction."""
    order = task.work_order
    return Assignment(
        task.instruction.instruction,
        task.instruction.input,
        task.language,
        order.min_characters,
        order.max_characters,
        rules.terms,
    )


def _line(key: str, remark: Remark, text: str, is_blocking: bool) -> RemarkLine:
    passage = text[remark.start : remark.end].strip()
    shown = passage if len(passage) <= _SHOWN_CHARACTERS else passage[:_SHOWN_CHARACTERS] + "…"
    return RemarkLine(key, check_of(remark.check_id), remark.start, remark.end, shown, remark.numbers, is_blocking)
