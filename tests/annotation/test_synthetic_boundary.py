"""Where model text of a synthetic release may be read: by its own role, in its own view, and by no way among the clean records."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from annotation.errors import GateBlocked
from annotation.models import (
    CleanInstruction,
    CleanRecord,
    CleanRule,
    ImportedOutput,
    SyntheticRecord,
)
from annotation.release.source import RoleTooStrong
from annotation.release.synthetic import SyntheticRow, synthetic_snapshot
from collection.models import ImportBatch, Instruction
from collection.services.withdrawal import instructions_withdraw
from tests.cast import Cast, cast
from tests.factories.collection import client_of, make_import_batch, make_instruction, make_participant, make_reference
from tests.factories.records import make_acceptance, make_order, make_record, make_submission, make_task
from tests.factories.synthetic import MODEL, make_synthetic_output
from tests.releases import records_of

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = (
    "峠の茶屋で出された薄茶には、摘みたての山椒の葉が一枚だけ浮かんでいて、それを噛むと遠い雷の味がすると古い案内記は伝えています。"
    "案内記の続きによれば、雷の味を三度知った旅人は二度と道に迷わないといいます。"
)


@pytest.fixture
def role() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(settings.SYNTHETIC_DATABASE_URL, autocommit=True) as connected:
        yield connected


def test_its_role_reads_its_view_and_no_other_relation(role: psycopg.Connection[Any]) -> None:
    make_synthetic_output(make_instruction(), text="模型の答えです。")
    assert role.execute("SELECT current_user, (SELECT count(*) FROM synthetic_record)").fetchone() == (
        "hitode_synthetic", 1,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'p', 'm')"
        )
        names = {name for (name,) in cursor.fetchall()}
    assert {"clean_record", "clean_instruction", "collection_reference", "annotation_syntheticoutput"} <= names
    for name in names - {"synthetic_record"}:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            role.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)))
    with pytest.raises(psycopg.Error):
        role.execute("DELETE FROM synthetic_record")


def test_the_export_role_does_not_read_the_synthetic_view() -> None:
    with psycopg.connect(settings.EXPORT_DATABASE_URL, autocommit=True) as export:
        for name in ("synthetic_record", "clean_instruction", "annotation_syntheticoutput"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                export.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)))


def test_neither_role_serves_for_the_other(settings: Any) -> None:
    settings.SYNTHETIC_DATABASE_URL = settings.EXPORT_DATABASE_URL
    with pytest.raises(RoleTooStrong, match="hitode_synthetic"), synthetic_snapshot(MODEL):
        pass


def test_the_fields_that_are_read_are_those_of_the_view() -> None:
    assert [column.name for column in SyntheticRecord._meta.concrete_fields] == list(SyntheticRow._fields)


def test_the_command_lets_its_role_in_and_takes_back_what_it_was_given_too_much() -> None:
    with connection.cursor() as cursor:
        cursor.execute("GRANT SELECT ON clean_record, collection_reference TO hitode_synthetic")
        try:
            with pytest.raises(RoleTooStrong, match="synthetic_record"), synthetic_snapshot(MODEL):
                pass
            call_command("ensure_export_role")
            with synthetic_snapshot(MODEL) as snapshot:
                assert list(snapshot.rows()) == []
        finally:
            cursor.execute("REVOKE ALL ON clean_record, collection_reference FROM hitode_synthetic")


def test_the_instructions_that_are_asked_are_those_that_the_clean_rules_let_through() -> None:
    """`clean_instruction` repeats three of the rules; of each delivered task both must say the same."""
    people = cast()
    batches = [make_import_batch(), make_import_batch()]
    askers = [make_participant(), make_participant()]
    asked = [
        *(make_instruction(participant=asker) for asker in askers),
        *(make_instruction(import_batch=batch) for batch in batches),
        *(make_instruction() for _ in range(3)),
    ]
    tasks = make_order(people, quantity=len(asked)).tasks.order_by("pk")
    for task in tasks:
        make_acceptance(make_submission(task, people.wataru), people.ren)
    instructions_withdraw(participant=askers[0])
    ImportBatch.objects.filter(pk=batches[0].pk).update(revoked_at="2026-01-01T00:00:00Z")
    Instruction.objects.filter(pk=asked[4].pk).update(status="held")
    Instruction.objects.filter(pk=asked[5].pk).update(is_practice=True)
    Instruction.objects.filter(pk=asked[6].pk).update(duplicate_of=asked[1])
    let_through = CleanRule.objects.filter(is_consented=True, is_screened=True, is_allowed_here=True)
    clean = set(CleanInstruction.objects.values_list("instruction_id", flat=True))
    assert set(let_through.values_list("task__instruction_id", flat=True)) == clean == {asked[1].pk, asked[3].pk}


def test_a_writers_copy_of_one_is_blocked_for_its_own_instruction_and_for_any_other() -> None:
    people = cast()
    asked = make_instruction()
    make_reference(asked)
    make_synthetic_output(asked, text=CANARY)
    for instruction, writer in ((asked, people.wataru), (make_instruction(), people.wakana)):
        task = make_task(people, instruction=instruction)
        with pytest.raises(GateBlocked):
            make_submission(task, writer, text=CANARY)


def test_a_file_of_outputs_that_holds_one_is_refused(tmp_path: Path) -> None:
    make_synthetic_output(make_instruction(), text=CANARY)
    file = tmp_path / "outputs.jsonl"
    line = {"instruction": "峠の茶屋について教えてください。", "output": CANARY, "language": "ja"}
    file.write_text(json.dumps(line, ensure_ascii=False) + "\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        call_command(
            "import_outputs", str(file), "--licence", "CC0-1.0", "--source", "a shelf", "--attested-by", "somebody",
            "--screen", "later", stdout=StringIO(), stderr=StringIO(),
        )  # fmt: skip
    assert not ImportedOutput.objects.exists()


def test_a_clean_export_after_the_generation_holds_nothing_of_it(tmp_path: Path) -> None:
    people: Cast = cast()
    asked = make_instruction()
    task = make_record(people, task=make_task(people, instruction=asked), is_cleared=False)
    make_synthetic_output(asked, text=CANARY)
    make_synthetic_output(make_instruction(), text=CANARY)
    assert SyntheticRecord.objects.count() == 2
    call_command("export_clean", "--out", str(tmp_path / "clean"), stdout=StringIO())
    assert [record["id"] for record in records_of(tmp_path / "clean")] == [str(task.public_id)]
    assert CleanRecord.objects.count() == 1
    pieces = [CANARY[at : at + 8] for at in range(len(CANARY) - 8)]
    for path in (tmp_path / "clean").rglob("*"):
        text = path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""
        assert '"origin":' not in text and not any(piece in text for piece in pieces), path


def test_a_text_that_was_accepted_before_the_same_came_from_a_model_does_not_pass_unseen() -> None:
    people = cast()
    asked = make_instruction()
    make_record(people, task=make_task(people, instruction=asked), text=CANARY)
    assert CleanRecord.objects.count() == 1
    make_synthetic_output(asked, text=CANARY)
    make_record(people)
    assert not CleanRecord.objects.filter(output=CANARY).exists()


def test_whoever_asked_does_not_read_it_among_their_own_data() -> None:
    asker = make_participant()
    asked = make_instruction(participant=asker)
    make_reference(asked, text="これは尋ねた人への答えです。")
    make_synthetic_output(asked, text=CANARY)
    client = client_of(asker)
    own = f"/my-data/{asked.public_id}/"
    pages = {path: client.get(path).content.decode() for path in (own, "/my-data/download/", "/my-data/")}
    assert "これは尋ねた人への答えです。" in pages[own]
    assert all(CANARY[:20] not in page for page in pages.values())
