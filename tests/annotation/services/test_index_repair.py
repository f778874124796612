"""The index put right: mended, and built anew while texts are compared and stored, as a table and as a segment."""

import json
import threading
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from annotation import jobs
from annotation.models import Draft, IndexSegment, ReferenceFingerprint, ReferenceHash, Task
from annotation.services import index_repair as module
from annotation.services.gate import gate_check
from annotation.services.index_repair import RebuildGoesOn, index_mend, index_rebuild
from annotation.services.queue import task_take
from annotation.services.reference_index import IndexUnavailable, index_verify, segment_folder
from collection.models import Reference
from tests.annotation.cleanroom.texts import ENGLISH, INDEPENDENT, OTHERS, PROMPT, REFERENCE
from tests.annotation.services.test_gate import send
from tests.cast import Cast, cast
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_task

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.INDEX_FOLDER = tmp_path / "index"
    return tmp_path / "index"


@pytest.fixture
def people() -> Cast:
    return cast()


@pytest.fixture
def task(people: Cast) -> Task:
    return make_scene(people)


def make_scene(people: Cast) -> Task:
    """A task in Wataru's hand; its instruction has a reference, and so have others."""
    asked = make_instruction(instruction=PROMPT)
    made = make_task(people, instruction=asked)
    make_reference(asked, text=REFERENCE)
    for text in (*OTHERS, "短い"):
        make_reference(make_instruction(), text=text)
    return task_take(writer=people.wataru, task=made)


def held() -> set[tuple[int, int]]:
    return set(ReferenceHash.objects.values_list("hash", "reference"))


def erase(text: str) -> Reference:
    reference = Reference.objects.get(text=text)
    Reference.objects.filter(pk=reference.pk).update(text="")
    return reference


# --- mending ---------------------------------------------------------------------------------------------------------


def test_a_reference_without_fingerprint_is_mended(task: Task) -> None:
    lost = Reference.objects.get(text=OTHERS[0])
    ReferenceFingerprint.objects.filter(reference=lost).delete()
    assert index_mend() == 1
    assert index_verify().agrees


def test_a_reference_that_lost_one_hash_is_mended(task: Task) -> None:
    before = held()
    lost = Reference.objects.get(text=OTHERS[3])
    ReferenceHash.objects.filter(pk=ReferenceHash.objects.filter(reference=lost).first().pk).delete()
    assert index_verify().missing == [lost.pk]
    seen: list[tuple[str, int, int]] = []
    assert index_mend(watch=lambda *told: seen.append(told)) == 1
    assert seen == [("mend", 1, 1)]
    assert index_verify().agrees
    assert held() == before


def test_a_reference_of_other_fingerprints_loses_them_as_it_is_mended(task: Task) -> None:
    before = held()
    ReferenceFingerprint.objects.update(fingerprint_version="0")
    ReferenceHash.objects.create(hash=1, reference=Reference.objects.get(text=OTHERS[3]))
    assert index_mend() == 2 + len(OTHERS)
    assert index_mend() == 0
    assert held() == before


def test_a_copy_of_what_the_index_had_lost_is_found_after_mending(task: Task) -> None:
    ReferenceHash.objects.all().delete()
    assert gate_check(task=task, text=OTHERS[1]).outcome == "pass"
    index_mend()
    assert gate_check(task=task, text=OTHERS[1]).outcome == "block"


def test_an_index_that_lost_much_is_built_anew(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    before = held()
    monkeypatch.setattr(module, "MENDED_AT_MOST", 2)
    ReferenceHash.objects.all().delete()
    stages: list[str] = []
    assert index_mend(watch=lambda stage, *_counts: stages.append(stage)) == 2 + len(OTHERS)
    assert set(stages) == {"fingerprint", "load"}
    assert held() == before


# --- building anew ---------------------------------------------------------------------------------------------------


def test_a_table_built_anew_holds_what_it_held(task: Task, folder: Path) -> None:
    before = held()
    ReferenceHash.objects.all().delete()
    ReferenceFingerprint.objects.update(fingerprint_version="0")
    rebuilt = index_rebuild()
    assert (rebuilt.references, rebuilt.rows, rebuilt.segment) == (2 + len(OTHERS), len(before), None)
    assert held() == before
    assert index_verify().agrees
    assert list(folder.iterdir()) == []
    make_reference(make_instruction(), text=ENGLISH)
    assert gate_check(task=task, text=ENGLISH).outcome == "block"


def test_the_new_table_has_the_key_and_the_columns_of_the_old(task: Task) -> None:
    def shape() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid = 'annotation_referencehash'::regclass AND contype = 'p' UNION ALL"
                " SELECT attname, attnum::text || atttypid::text || attnotnull::text FROM pg_attribute"
                " WHERE attrelid = 'annotation_referencehash'::regclass AND attnum > 0 ORDER BY 1"
            )
            return cursor.fetchall()

    before = shape()
    index_rebuild()
    assert shape() == before


def test_what_is_left_of_an_erased_reference_is_taken_over(task: Task) -> None:
    erased = erase(OTHERS[2])
    before = held()
    index_rebuild()
    assert held() == before
    found = gate_check(task=task, text=OTHERS[2])
    assert (found.outcome, [match.reference_id for match in found.erased]) == ("review", [erased.pk])


def test_a_rebuild_that_was_killed_goes_on_where_it_was(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    before = held()
    monkeypatch.setattr(module, "CHUNK", 2)

    def killed(stage: str, done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_rebuild(watch=killed)
    assert held() == before
    erase(OTHERS[0])  # was read before the kill
    told: list[tuple[str, int, int]] = []
    index_rebuild(watch=lambda *seen: told.append(seen))
    assert told[:2] == [("fingerprint", 4, 7), ("fingerprint", 6, 7)]
    assert held() == before
    index_rebuild(watch=lambda *seen: told.append(seen))
    assert told[-1][0] == "load"
    assert ("fingerprint", 0, 7) in told  # nothing is left of an earlier run that came to its end


# --- a segment -------------------------------------------------------------------------------------------------------


def test_above_the_limit_the_index_is_a_segment_and_a_table_of_what_came_later(
    task: Task, settings: Any, folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    settings.INDEX_SEGMENT_ABOVE = 3
    before = len(held())
    rebuilt = index_rebuild()
    segment = IndexSegment.objects.get()
    assert (segment.name, segment.row_count, segment.position) == (rebuilt.segment, before, 2 + len(OTHERS))
    assert held() == set()
    assert index_verify().agrees
    assert gate_check(task=task, text=OTHERS[1]).outcome == "block"
    late = make_reference(make_instruction(), text=ENGLISH)
    assert {reference for _hash, reference in held()} == {late.pk}
    assert gate_check(task=task, text=ENGLISH).outcome == "block"
    assert gate_check(task=task, text=INDEPENDENT).outcome == "pass"
    assert index_verify().agrees
    erase(OTHERS[0])
    with django_capture_on_commit_callbacks(execute=True):
        again = index_rebuild()
    assert again.references == rebuilt.references + 1
    assert [path.name for path in folder.iterdir()] == [again.segment]
    assert held() == set()
    assert gate_check(task=task, text=ENGLISH).outcome == "block"
    assert gate_check(task=task, text=OTHERS[0]).erased
    settings.INDEX_SEGMENT_ABOVE = 100
    with django_capture_on_commit_callbacks(execute=True):
        index_rebuild()
    assert not IndexSegment.objects.exists()
    assert list(folder.iterdir()) == []
    assert len(held()) == again.rows
    assert gate_check(task=task, text=OTHERS[0]).erased


def test_a_text_waits_while_the_segment_cannot_be_read_and_the_draft_is_kept(
    people: Cast, task: Task, settings: Any
) -> None:
    settings.INDEX_SEGMENT_ABOVE = 3
    rebuilt = index_rebuild()
    segment_folder(str(rebuilt.segment)).joinpath("references").unlink()
    response = send(people, task, INDEPENDENT)
    assert (response.status_code, response.json()["code"]) == (503, "index_unavailable")
    assert Draft.objects.get(task=task).text == INDEPENDENT
    with pytest.raises(IndexUnavailable):
        gate_check(task=task, text=INDEPENDENT)
    with pytest.raises(CommandError, match="rebuild_index") as refused:
        call_command("verify_index", stdout=StringIO())
    assert refused.value.returncode == 2
    index_rebuild()
    assert send(people, task, INDEPENDENT).status_code == 200


def test_what_a_segment_lacks_is_mended_by_building_it_anew(task: Task, settings: Any) -> None:
    settings.INDEX_SEGMENT_ABOVE = 3
    index_rebuild()
    ReferenceFingerprint.objects.filter(reference__text=OTHERS[0]).update(hash_count=3)
    old = IndexSegment.objects.get().name
    assert index_mend() == 1
    assert index_verify().agrees
    assert IndexSegment.objects.get().name != old


# --- beside others ---------------------------------------------------------------------------------------------------


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("above", [3, 100], ids=["segment", "table"])
def test_texts_are_compared_and_stored_while_the_index_is_built(settings: Any, above: int, folder: Path) -> None:
    settings.INDEX_SEGMENT_ABOVE = above
    task = make_scene(cast())
    outcomes: list[Any] = []

    def beside() -> None:
        try:
            outcomes.append(gate_check(task=task, text=OTHERS[1]).outcome)
            make_reference(make_instruction(), text=ENGLISH)
            late = make_reference(make_instruction(), text=INDEPENDENT)
            Reference.objects.filter(pk=late.pk).update(text="")  # and withdrawn at once
            outcomes.append(gate_check(task=task, text=ENGLISH).outcome)
            try:
                index_rebuild()
            except RebuildGoesOn as refusal:
                outcomes.append(refusal.code)
        finally:
            connections.close_all()

    def watch(stage: str, done: int, total: int) -> None:
        if done == total and not outcomes:
            thread = threading.Thread(target=beside)
            thread.start()
            thread.join(timeout=20)

    index_rebuild(watch=watch)
    assert outcomes == ["block", "block", "index_rebuild_goes_on"]
    assert index_verify().agrees
    assert gate_check(task=task, text=ENGLISH).outcome == "block"
    assert gate_check(task=task, text=INDEPENDENT).erased
    index_rebuild()
    assert gate_check(task=task, text=ENGLISH).outcome == "block"


# --- the commands ----------------------------------------------------------------------------------------------------


def told(*arguments: str) -> Any:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return json.loads(out.getvalue()) if "--json" in arguments else out.getvalue()


def test_the_commands_say_what_they_found_and_did(task: Task) -> None:
    count = 2 + len(OTHERS)
    assert told("verify_index", "--json") == {"references": count, "missing": 0, "mended": 0}
    ReferenceHash.objects.filter(reference__text=OTHERS[0]).delete()
    with pytest.raises(CommandError, match="1 reference is not in the index") as refused:
        told("verify_index")
    assert refused.value.returncode == 1
    assert told("verify_index", "--mend", "--json") == {"references": count, "missing": 0, "mended": 1}
    rows = len(held())
    assert told("rebuild_index", "--json").items() >= {"references": count, "rows": rows, "segment": None}.items()
    assert f"{count} references, {rows} fingerprints" in told("rebuild_index")
    assert "Reading the references: 7 / 7" in told("rebuild_index")


def test_the_nightly_job_mends_what_is_missing(task: Task, caplog: pytest.LogCaptureFixture) -> None:
    jobs.index_sweep()
    assert not caplog.records
    whole = held()
    lost = Reference.objects.get(text=REFERENCE)
    ReferenceHash.objects.filter(reference=lost).delete()
    jobs.index_sweep()
    assert held() == whole
    assert "1 references were not in the gate's index" in caplog.text
