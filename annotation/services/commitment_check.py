"""Whether the log of commitments is sound: walked from its first leaf to its last, against the references it commits to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotation.cleanroom.merkle_proofs import frontier_grow, frontier_root, leaf_hash
from annotation.models import Checkpoint
from annotation.services.commitments import commitment_value

ROWS_A_FETCH = 2000
PROBLEMS_TOLD = 100
Progress = Callable[[int], Any]

_ROWS = """
SELECT c.position, c.value, salt.value, reference.text, reference.id,
    EXISTS (
        SELECT FROM annotation_commitment later
        WHERE later.reference_id = c.reference_id AND later.position > c.position
    )
FROM annotation_commitment c
JOIN collection_reference reference ON reference.id = c.reference_id
LEFT JOIN annotation_commitmentsalt salt ON salt.commitment_id = c.id
ORDER BY c.position
"""

_LEFT_OUT = """
SELECT reference.id FROM collection_reference reference
WHERE reference.position IS NOT NULL
    AND NOT EXISTS (SELECT FROM annotation_commitment c WHERE c.reference_id = reference.id)
ORDER BY reference.id
"""

MISSING = _("Position %(position)d is missing.")
OTHER_TEXT = _("Position %(position)d does not open to the text of reference %(reference)d.")
SALT_LOST = _("Position %(position)d cannot be opened, though the text of reference %(reference)d stands.")
SALT_LEFT = _("Position %(position)d still has its salt, though the text of reference %(reference)d was erased.")
LEFT_OUT = _("Reference %(reference)d is not in the log.")
OTHER_ROOT = _("At %(size)d leaves the root is another than the checkpoint says.")
TOO_SHORT = _("The log has fewer leaves than the %(size)d of a checkpoint.")


@dataclass(slots=True)
class LogState:
    """What a check of the whole log found. Of very many problems the first hundred are told; all are counted."""

    size: int = 0
    root: str = ""
    opened: int = 0
    destroyed: int = 0
    checkpoints: int = 0
    problem_count: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.problem_count

    def add(self, problem: Promise, **facts: int) -> None:
        self.problem_count += 1
        if self.problem_count <= PROBLEMS_TOLD:
            self.problems.append(str(problem) % facts)


def log_verify(*, known: tuple[int, str] | None = None, progress: Progress | None = None) -> LogState:
    """Check the whole log: it is dense, every leaf opens to its reference or was closed with it, none is left out, and
    every checkpoint is where it grew from; `known` is one more, a size and a root that somebody kept.
    """
    state = LogState()
    with transaction.atomic():
        awaited = {size: {root} for size, root in Checkpoint.objects.values_list("size", "root")}
        state.checkpoints = len(awaited)
        if known is not None:
            awaited.setdefault(known[0], set()).add(known[1].lower())
        frontier: list[bytes] = []
        for row in _rows():
            frontier = _walk(state, row, frontier)
            roots = awaited.pop(state.size, set())
            if roots and roots != {frontier_root(frontier).hex()}:
                state.add(OTHER_ROOT, size=state.size)
            if progress:
                progress(1)
        for size in sorted(awaited):
            state.add(TOO_SHORT, size=size)
        _left_out_add(state)
    state.root = frontier_root(frontier).hex()
    return state


def _walk(state: LogState, row: tuple[Any, ...], frontier: list[bytes]) -> list[bytes]:
    """Check one leaf and put it on the tree."""
    position, value, salt, text, reference, is_renewed = row
    while state.size < position:  # a gap keeps the place of what is missing, so that the rest is judged by itself
        state.add(MISSING, position=state.size)
        frontier, state.size = frontier_grow(frontier, state.size, [leaf_hash(b"")])
    facts = {"position": position, "reference": reference}
    if salt is None:
        state.destroyed += 1
        if text and not is_renewed:
            state.add(SALT_LOST, **facts)
    elif commitment_value(bytes(salt), text) == bytes(value):
        state.opened += 1
    else:
        state.add(OTHER_TEXT if text else SALT_LEFT, **facts)
    frontier, state.size = frontier_grow(frontier, state.size, [leaf_hash(bytes(value))])
    return frontier


def _left_out_add(state: LogState) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LEFT_OUT)
        for (reference,) in cursor.fetchall():
            state.add(LEFT_OUT, reference=reference)


def _rows() -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_ROWS)
        while rows := cursor.fetchmany(ROWS_A_FETCH):
            yield from rows
