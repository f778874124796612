"""What the tests of the gate begin with. A file that begins with something else has fixtures of its own by these names."""

import pytest

from annotation.models import Task
from annotation.services.queue import task_take
from tests.annotation.cleanroom.texts import ENGLISH, OTHERS, PROMPT, REFERENCE
from tests.cast import Cast, cast, cast_here
from tests.database import Rows
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_task


@pytest.fixture
def people(db: None) -> Cast:
    """The cast, with a task in Wataru's hand, its reference, and others' beside it."""
    _ROWS.put()
    return cast_here()


@pytest.fixture
def task(people: Cast) -> Task:
    """The task in Wataru's hand."""
    return Task.objects.get()


def _write() -> None:
    people = cast()
    asked = make_instruction(instruction=PROMPT)
    make_reference(asked, text=REFERENCE)
    for text in (*OTHERS, ENGLISH):
        make_reference(make_instruction(), text=text)
    task_take(writer=people.wataru, task=make_task(people, instruction=asked))


_ROWS = Rows(_write)
