"""Who has seen which model answers. The answers themselves are not read here."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from annotation.models import Showing, Task
from annotation.models.writing import Submission
from collection.models import Instruction, Participant, Reference
from vendors.models import User, WorkOrder

Policy = WorkOrder.ReferencePolicy


@dataclass(frozen=True, slots=True)
class Sight:
    """One display of a reference: who, which, when and where."""

    user_id: int
    who: str
    reference_id: int
    place: str
    place_words: str
    why: str
    at: datetime


def has_reference(instruction_id: int) -> bool:
    """Whether there is a reference of the instruction that could be shown."""
    return Reference.objects.answers().filter(instruction=instruction_id).exclude(text="").exists()


def has_seen(user: User, instruction_id: int) -> bool:
    """Whether this person was ever shown a reference of the instruction."""
    return Showing.objects.filter(user=user.pk, instruction=instruction_id).exists()


def has_asked(asker: Participant | None, instruction_id: int) -> bool:
    """Whether a participant, known by the browser of this very request alone, asked this or what repeats it."""
    if asker is None:
        return False
    same = Q(pk=instruction_id) | Q(duplicate_of=instruction_id)
    return Instruction.objects.filter(same, participant=asker.pk).exists()


def sight_bars(user: User, task: Task, asker: Participant | None = None) -> bool:
    """Whether what this person has seen keeps them from writing or editing for the task. It comes with its order.

    `asker` is the participant whose cookie the person's browser carries: somebody who has read the answer as their own.
    """
    if task.work_order.reference_policy != Policy.HIDDEN:
        return False
    return has_asked(asker, task.instruction_id) or has_seen(user, task.instruction_id)


def sight_list_of(instruction_id: int) -> list[Sight]:
    """Every display of a reference of the instruction, in order."""
    rows = Showing.objects.filter(instruction=instruction_id).select_related("user").order_by("id")
    return [
        Sight(row.user_id, row.user.name, row.reference_id, row.place, str(row.get_place_display()), row.why, row.at)
        for row in rows
    ]


def authors_sights(submission: Submission, sights: list[Sight]) -> list[Sight]:
    """Of the displays, those to whoever wrote or edited the text, before they did."""
    own = submission.edited_from or submission
    until = {submission.writer_id: own.at}
    if submission.edited_by_id is not None:
        until[submission.edited_by_id] = submission.at
    return [sight for sight in sights if sight.user_id in until and sight.at <= until[sight.user_id]]
