"""What the checks beside the text say of a writer's draft."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.models import PastedPassage, RemarkDismissal, Task
from annotation.proofreading.catalogue import Check, check_of
from annotation.proofreading.proofread import proofread
from annotation.proofreading.remarks import Assignment, Remark
from annotation.selectors.order_rules import Rules, order_rules_of
from vendors.models import User

PASTED = "task.pasted"
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
    pasted: int | None  # the key of the passage, of what was pasted


@dataclass(frozen=True, slots=True)
class Remarks:
    lines: list[RemarkLine]
    dismissed_count: int


def remarks_for(user: User, task: Task, text: str) -> Remarks:
    """Return the remarks on `text` that the writer has not dismissed, or that stay: what the order wants settled or was pasted. `task` comes with its order and instruction."""
    rules = order_rules_of(task.work_order_id)
    pasted = pasted_unnamed_of(user, task) if text.strip() else []
    assignment = assignment_of(task, rules, pasted)
    found = {remark.key(text): remark for remark in proofread(text, assignment)} if text.strip() else {}
    blocking = {key for key, remark in found.items() if remark.check_id in rules.blocking}
    standing = blocking | {key for key, remark in found.items() if remark.check_id == PASTED}
    dismissals = RemarkDismissal.objects.filter(draft__task=task, draft__writer=user.pk, key__in=found)
    dismissed = set(dismissals.values_list("key", flat=True)) - standing if found else set()
    lines = [_line(key, remark, text, key in blocking, pasted) for key, remark in found.items() if key not in dismissed]
    return Remarks(lines, len(dismissed))


def pasted_list_of(writer_id: int, task: Task) -> list[PastedPassage]:
    """Return what came into a writer's draft of a task from elsewhere, in order."""
    return list(PastedPassage.objects.filter(draft__task=task, draft__writer=writer_id).order_by("id"))


def pasted_unnamed_of(user: User, task: Task) -> list[PastedPassage]:
    """Return that of it whose source nobody named."""
    return [passage for passage in pasted_list_of(user.pk, task) if not passage.source]


def assignment_of(task: Task, rules: Rules, pasted: Sequence[PastedPassage] = ()) -> Assignment:
    """What the checks may know of a task, which comes with its order and instruction."""
    order = task.work_order
    return Assignment(
        task.instruction.instruction,
        task.instruction.input,
        task.language,
        order.min_characters,
        order.max_characters,
        rules.terms,
        tuple(passage.text for passage in pasted),
    )


def _line(key: str, remark: Remark, text: str, is_blocking: bool, pasted: Sequence[PastedPassage]) -> RemarkLine:
    passage = text[remark.start : remark.end].strip()
    shown = passage if len(passage) <= _SHOWN_CHARACTERS else passage[:_SHOWN_CHARACTERS] + "…"
    brought = pasted[int(remark.numbers["pasted"])].pk if remark.check_id == PASTED else None
    return RemarkLine(
        key, check_of(remark.check_id), remark.start, remark.end, shown, remark.numbers, is_blocking, brought
    )
