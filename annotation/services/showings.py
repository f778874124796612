"""Showing a model's answer to a person: the only way to one for display, and it leaves a row for each."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from annotation.cleanroom.canary import MARK_BITS, Piece, pieces_between, shown_pieces, sites, wording_draw
from annotation.errors import DraftFirst, LeaseLost, ReferenceHidden
from annotation.models import Draft, Showing, Task
from annotation.selectors.review import REVIEWING_ROLES
from annotation.states import TaskStatus
from annotation.wording import Segment, passage_cuts
from collection.models import Reference
from config.errors import NotFound
from vendors.models import User, WorkOrder
from vendors.permissions import require_role

Place = Showing.Place
Policy = WorkOrder.ReferencePolicy
OTHERS_AT_MOST = 5
# Any number of our own: with the reference it makes the key of the lock under which a wording is drawn.
WORDING_LOCK = 0x43414E41


@dataclass(frozen=True, slots=True)
class Shown:
    """A reference as one person sees it now, in pieces, with the passages that were asked to be marked."""

    reference_id: int
    model: str
    is_own: bool
    segments: list[Segment]

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments)


def references_show(
    *, reviewer: User, task: Task, place: str, why: str = "", passages: Sequence[Mapping[str, Any]] = ()
) -> list[Shown]:
    """Show a reviewer the answers to the task's instruction, and those from which a report names `passages`.

    Writes a row for each. Raises `RoleMissing`, `NotFound` when there is nothing to show, or `ReferenceHidden` when the
    reviewer is the one who writes for the instruction.
    """
    require_role(reviewer, *REVIEWING_ROLES)
    named = {int(passage["reference"]) for passage in passages}
    answers = Reference.objects.answers().filter(instruction=task.instruction_id).values("pk")
    wanted = Reference.objects.filter(Q(pk__in=answers) | Q(pk__in=named)).exclude(text="")
    found = sorted(wanted, key=lambda reference: (reference.instruction_id != task.instruction_id, reference.pk))
    own = [reference for reference in found if reference.instruction_id == task.instruction_id]
    shown = [*own, *found[len(own) : len(own) + OTHERS_AT_MOST]]
    if not shown:
        raise NotFound()
    return _show(shown, reviewer, task, place, why, passages)


def references_show_to_writer(*, writer: User, task: Task) -> list[Shown]:
    """Show the writer who holds the task the answers to its instruction, where and when the order allows it.

    `task` comes with its order. Raises `LeaseLost`, `ReferenceHidden`, `DraftFirst`, or `NotFound` when there is none.
    """
    order = task.work_order
    if task.status != TaskStatus.CLAIMED or task.writer_id != writer.pk:
        raise LeaseLost()
    if order.reference_policy == Policy.HIDDEN:
        raise ReferenceHidden()
    if order.reference_policy == Policy.AFTER_FIRST_DRAFT:
        draft = Draft.objects.filter(task=task, writer=writer).first()
        written = len(draft.text.strip()) if draft else 0
        if written < order.min_characters:
            raise DraftFirst(characters=written, least=order.min_characters)
    found = list(Reference.objects.answers().filter(instruction=task.instruction_id).exclude(text="").order_by("pk"))
    if not found:
        raise NotFound()
    return _show(found, writer, task, Place.WRITING)


def _show(
    references: Sequence[Reference],
    user: User,
    task: Task,
    place: str,
    why: str = "",
    passages: Sequence[Mapping[str, Any]] = (),
) -> list[Shown]:
    """Write the rows, and only then make the texts. Locks in the order of keys, whatever the order of display."""
    rows: dict[int, Showing] = {}
    try:
        with transaction.atomic():
            for reference in sorted(references, key=lambda reference: reference.pk):
                rows[reference.pk] = Showing.objects.create(
                    reference=reference,
                    instruction_id=reference.instruction_id,
                    user=user,
                    task=task,
                    place=place,
                    why=why.strip()[:500],
                    mark=secrets.randbits(MARK_BITS),
                    wording=_wording_for(reference, user),
                )
    except IntegrityError as refused:
        if "hidden from who writes" in str(refused) or "does not show its reference" in str(refused):
            raise ReferenceHidden() from refused
        raise
    return [_shown(reference, rows[reference.pk], task, passages) for reference in references]


def _wording_for(reference: Reference, user: User) -> int:
    """The wording in which this person has seen the reference already, or a new one, far from everybody else's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [WORDING_LOCK, reference.pk % 2**31])
    seen = dict(Showing.objects.filter(reference=reference).values_list("user", "wording"))
    if user.pk in seen:
        return seen[user.pk]
    return wording_draw(seen.values(), len(sites(reference.text)))


def _shown(reference: Reference, row: Showing, task: Task, passages: Sequence[Mapping[str, Any]]) -> Shown:
    pieces = shown_pieces(reference.text, wording=row.wording, mark=row.mark)
    marked = [passage for passage in passages if passage["reference"] == reference.pk]
    is_own = reference.instruction_id == task.instruction_id
    return Shown(reference.pk, reference.model, is_own, _segments(reference.text, pieces, marked))


def _segments(text: str, pieces: Sequence[Piece], passages: Sequence[Mapping[str, Any]]) -> list[Segment]:
    spans = [(int(passage["reference_start"]), int(passage["reference_end"])) for passage in passages]
    cuts = passage_cuts(len(text), spans)
    return [Segment(pieces_between(pieces, start, end), is_close) for start, end, is_close in cuts]
