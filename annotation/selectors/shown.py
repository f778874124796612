"""A task with what the editor's requests need of its order and its instruction: a fourth of their columns, in one row."""

from collections.abc import Sequence
from itertools import islice
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import JSONField, Model

from annotation.models import Draft, Task
from annotation.selectors.traces import IS_RECORDED
from collection.models import Instruction
from config.statements import Statement
from vendors.models import Guideline, GuidelineVersion, WorkOrder

Row = TypeVar("Row", bound=Model)


def _plain(model: type[Model]) -> tuple[str, ...]:
    """Every column that the driver gives as the model has it; what is JSON is read when it is asked for."""
    return tuple(field.attname for field in model._meta.concrete_fields if not isinstance(field, JSONField))


def _columns(model: type[Model], *names: str) -> tuple[str, ...]:
    """The key and the named columns, in the model's own order, in which `from_db` wants them."""
    return tuple(field.attname for field in model._meta.concrete_fields if field.primary_key or field.attname in names)


_TASK = _columns(
    Task,
    *("public_id", "status", "language", "is_open", "slot", "rework_round", "claimed_at", "lease_expires_at"),
    *("vendor_id", "writer_id", "current_submission_id", "work_order_id", "instruction_id"),
)
_ORDER = _columns(
    WorkOrder,
    *("public_id", "min_characters", "max_characters", "lease_seconds", "reference_policy"),
    *("review_rule", "review_share", "review_key", "known_every"),
)
_INSTRUCTION = _columns(Instruction, "instruction", "input", "language", "category", "is_practice")

# Of a task `t`, its order `o` and its instruction `i`; `shown_task` makes the objects of them.
SHOWN = ", ".join(
    f"{row}.{name}" for row, names in (("t", _TASK), ("o", _ORDER), ("i", _INSTRUCTION)) for name in names
)
_SHOWN_COUNT = len(_TASK) + len(_ORDER) + len(_INSTRUCTION)
SHOWN_JOINS = """
JOIN vendors_workorder o ON o.id = t.work_order_id
JOIN collection_instruction i ON i.id = t.instruction_id
"""

# The draft `d` of a task as it is kept now, if there is one; and whether one that begins now is recorded.
DRAFT_COLUMNS = tuple(field.attname for field in Draft._meta.concrete_fields)
KEPT_DRAFT = f"{IS_RECORDED}, {', '.join(f'd.{name}' for name in DRAFT_COLUMNS)}"

_OWN_TASK = Statement(
    f"""
SELECT {SHOWN},
    coalesce((
        SELECT r.blocking <> '[]'::jsonb FROM annotation_orderrules r WHERE r.work_order_id = o.id ORDER BY r.id DESC LIMIT 1
    ), false),
    {KEPT_DRAFT}
FROM annotation_task t {SHOWN_JOINS}
LEFT JOIN annotation_draft d ON d.task_id = t.id AND d.writer_id = %(writer)s
WHERE t.public_id = %(public_id)s AND t.writer_id = %(writer)s AND t.vendor_id = %(vendor)s
"""
)


def own_task(*, public_id: UUID, writer_id: int, vendor_id: int) -> Task | None:
    """The task if it is this writer's now. One statement, planned once.

    It carries `has_blocking`: whether its order has rules that a text must keep to; and `kept_draft`, the columns of
    `KEPT_DRAFT`.
    """
    rows = _OWN_TASK.rows(public_id=public_id, writer=writer_id, vendor=vendor_id)
    if not rows:
        return None
    task = shown_task(rows[0])
    task.has_blocking, *task.kept_draft = rows[0][_SHOWN_COUNT:]  # type: ignore[attr-defined]
    return task


_PAGE = {model: _plain(model) for model in (Task, WorkOrder, Instruction, GuidelineVersion, Guideline)}
_PAGE_TASK = Statement(
    f"""
SELECT {", ".join(f"{row}.{name}" for row, names in zip("toigv", _PAGE.values(), strict=True) for name in names)}
FROM annotation_task t {SHOWN_JOINS}
JOIN vendors_guidelineversion g ON g.id = o.guideline_version_id
JOIN vendors_guideline v ON v.id = g.guideline_id
WHERE t.public_id = %(public_id)s AND t.writer_id = %(writer)s AND t.vendor_id = %(vendor)s
"""
)


def own_page_task(*, public_id: UUID, writer_id: int, vendor_id: int) -> Task | None:
    """As `own_task`, with everything that the editor's page tells of the order, its guideline and the instruction."""
    rows = _PAGE_TASK.rows(public_id=public_id, writer=writer_id, vendor=vendor_id)
    if not rows:
        return None
    values = iter(rows[0])
    made = {model: _made(model, names, list(islice(values, len(names)))) for model, names in _PAGE.items()}
    task, order, instruction, version, guideline = made.values()
    version.guideline = guideline  # type: ignore[attr-defined]
    order.guideline_version = version  # type: ignore[attr-defined]
    task.work_order, task.instruction = order, instruction  # type: ignore[attr-defined]
    return cast(Task, task)


def shown_task(row: Sequence[Any]) -> Task:
    """A task of the columns of `SHOWN`, with its order and its instruction; whatever else is asked of them is read then."""
    after_task, after_order = len(_TASK), len(_TASK) + len(_ORDER)
    task = _made(Task, _TASK, row[:after_task])
    task.work_order = _made(WorkOrder, _ORDER, row[after_task:after_order])
    task.instruction = _made(Instruction, _INSTRUCTION, row[after_order : after_order + len(_INSTRUCTION)])
    return task


def _made(model: type[Row], names: Sequence[str], values: Sequence[Any]) -> Row:
    return model.from_db(DEFAULT_DB_ALIAS, names, values)
