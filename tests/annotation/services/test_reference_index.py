"""The index of references: what it has lost is missed, and mended."""

import pytest
from django.db import connection

from annotation.models import ReferenceFingerprint, ReferenceHash, Task
from annotation.services.gate import gate_check
from annotation.services.queue import task_take
from annotation.services.reference_index import index_mend, index_verify
from collection.models import Reference
from tests.annotation.cleanroom.texts import OTHERS, PROMPT, REFERENCE
from tests.cast import Cast, cast
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


@pytest.fixture
def task(people: Cast) -> Task:
    """In Wataru's hand; its instruction has a reference, and so have others."""
    asked = make_instruction(instruction=PROMPT)
    made = make_task(people, instruction=asked)
    make_reference(asked, text=REFERENCE)
    for text in OTHERS:
        make_reference(make_instruction(), text=text)
    return task_take(writer=people.wataru, task=made)


def test_an_index_that_holds_every_reference_agrees(people: Cast, task: Task) -> None:
    state = index_verify()
    assert state.agrees
    assert (state.references, state.indexed) == (1 + len(OTHERS), 1 + len(OTHERS))


def test_a_reference_without_fingerprint_is_missed_and_mended(people: Cast, task: Task) -> None:
    lost = Reference.objects.get(text=OTHERS[0])
    ReferenceFingerprint.objects.filter(reference=lost).delete()
    assert index_verify().missing == [lost.pk]
    assert index_mend() == 1
    assert index_verify().agrees


def test_a_reference_that_lost_one_hash_is_missed_and_mended(people: Cast, task: Task) -> None:
    lost = Reference.objects.get(text=OTHERS[3])
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM annotation_referencehash WHERE (hash, reference_id) = "
            "(SELECT hash, reference_id FROM annotation_referencehash WHERE reference_id = %s LIMIT 1)",
            [lost.pk],
        )
        assert cursor.rowcount == 1
    assert index_verify().missing == [lost.pk]
    seen: list[int] = []
    assert index_mend(progress=seen.append) == 1
    assert seen == [1]
    assert index_verify().agrees


def test_a_reference_that_another_engine_indexed_is_missed_and_mended(people: Cast, task: Task) -> None:
    ReferenceFingerprint.objects.update(engine_version="0")
    assert len(index_verify().missing) == 1 + len(OTHERS)
    assert index_mend() == 1 + len(OTHERS)
    assert index_mend() == 0


def test_a_copy_of_what_the_index_had_lost_is_found_after_mending(people: Cast, task: Task) -> None:
    ReferenceHash.objects.all().delete()
    assert gate_check(task=task, text=OTHERS[1]).outcome == "pass"
    index_mend()
    assert gate_check(task=task, text=OTHERS[1]).outcome == "block"
