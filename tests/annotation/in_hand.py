"""A task in a writer's hand, with its reference and others' beside it: written by the services once, put back by one statement."""

from annotation.models import Task
from annotation.services.queue import task_take
from tests.annotation.cleanroom.texts import ENGLISH, OTHERS, PROMPT, REFERENCE
from tests.cast import Cast, cast, cast_here
from tests.database import Rows
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_task


def task_in_hand() -> tuple[Cast, Task]:
    """The cast, and a task that Wataru has taken; needs an empty set of people."""
    _ROWS.put()
    return cast_here(), Task.objects.get()


def _write() -> None:
    people = cast()
    asked = make_instruction(instruction=PROMPT)
    make_reference(asked, text=REFERENCE)
    for text in (*OTHERS, ENGLISH):
        make_reference(make_instruction(), text=text)
    task_take(writer=people.wataru, task=make_task(people, instruction=asked))


_ROWS = Rows(_write)
