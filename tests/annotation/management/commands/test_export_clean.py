"""`export_clean` as an operator runs it: what it writes, what it registers, and how it refuses."""

import json
import os
import resource
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from annotation.cleanroom.stopgrams import StopGrams
from annotation.cleanroom.tiles import tiles_of
from annotation.models import Clearance, Release
from annotation.release.keys import key_in_force, key_new
from annotation.release.register import NAME_LOCK, release_building
from annotation.release.seal import MANIFEST_FILE
from annotation.release.tile_files import TILE_FILES, TILES
from annotation.release.verify_release import verify
from annotation.states import ReleaseStatus
from collection.models import Instruction
from collection.services.withdrawal import instruction_withdraw
from tests.annotation.release.test_verify_release import resealed
from tests.cast import Cast, cast
from tests.factories.collection import make_import_batch, make_instruction, make_reference
from tests.factories.records import make_record, make_submission, make_task
from tests.releases import lines_of, records_of

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[4]
REFERENCE = (
    "琵琶湖の北には、賤ヶ岳から余呉湖を見おろす尾根道が続いています。古戦場の案内板をたどりながら歩けば、"
    "二時間ほどで山本山の登山口に着き、帰りは無人駅から電車に乗ることができます。"
)


@pytest.fixture
def people() -> Cast:
    return cast()


def export(out: Path, *options: str) -> str:
    said = StringIO()
    call_command("export_clean", "--out", str(out), *options, stdout=said, no_color=True)
    return said.getvalue()


def refusal(*arguments: Any) -> CommandError:
    with pytest.raises(CommandError) as refused:
        export(*arguments)
    return refused.value


def test_the_clean_records_and_nothing_else_are_written(people: Cast, tmp_path: Path) -> None:
    batch = make_import_batch(licence="CC-BY-4.0")
    asked = make_instruction(import_batch=batch, instruction="湖の北を歩く道を教えてください。", category="travel")
    make_reference(asked, text=REFERENCE)
    task = make_record(people, task=make_task(people, instruction=asked), is_cleared=False)
    waiting = make_submission(make_task(people), people.wakana)
    said = export(tmp_path / "2026-1")
    assert records_of(tmp_path / "2026-1") == [
        {
            "id": str(task.public_id),
            "instruction": "湖の北を歩く道を教えてください。",
            "input": "",
            "output": task.current_submission.text,
            "language": "ja",
            "category": "travel",
            "source": "import",
            "licence": "CC-BY-4.0",
        }
    ]
    written = b"".join(path.read_bytes() for path in (tmp_path / "2026-1").rglob("*") if path.is_file())
    assert waiting.text not in (written := written.decode("utf-8", "replace"))
    assert not any(REFERENCE[at : at + 12] in written for at in range(len(REFERENCE) - 12))
    assert "1 clean records" in said


def test_tiles_of_the_answers_go_in_when_they_are_asked_for(people: Cast, tmp_path: Path) -> None:
    asked = make_instruction()
    make_reference(asked, text=REFERENCE)
    make_record(people, task=make_task(people, instruction=asked), is_cleared=False)
    assert "lawyer" not in export(tmp_path / "without") and not (tmp_path / "without" / TILES).exists()
    assert "ask a lawyer" in export(tmp_path / "one", "--release", "same", "--tiles")
    made = tiles_of([REFERENCE], StopGrams.commonplaces())
    assert (tmp_path / "one" / TILES).read_bytes() == made.dump() != b""
    assert any(line.startswith("holds  tiles") for line in verify(tmp_path / "one", scans=True))
    export(tmp_path / "two", "--tiles")
    for name in TILE_FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_an_auditor_makes_tiles_again_and_runs_the_gate_again(people: Cast, tmp_path: Path) -> None:
    asked = make_instruction()
    make_reference(asked, text=REFERENCE)
    task = make_record(people, task=make_task(people, instruction=asked), is_cleared=False)
    export(tmp_path / "r", "--tiles")
    opened = tmp_path / "opened"
    call_command("commitments", "open", "--for", "A. Auditor", "--seed", "7", "--out", str(opened), stdout=StringIO())

    said = StringIO()
    call_command("verify_release", str(tmp_path / "r"), "--audit", str(opened), stdout=said)
    assert "made again from 1 answers" in said.getvalue()
    assert "1 records compared anew, 1 of them with answers to their own instruction" in said.getvalue()

    def audited(content: str) -> CommandError:
        (tmp_path / "other").write_text(content)
        with pytest.raises(CommandError) as refused:
            call_command("verify_release", str(tmp_path / "r"), "--audit", str(tmp_path / "other"), stdout=StringIO())
        return refused.value

    opening = json.loads(opened.read_text())
    assert (opening["instruction"], opening["records"]) == (str(asked.public_id), [str(task.public_id)])
    wrong = audited(json.dumps({**opening, "text": REFERENCE + "。"}))
    assert wrong.returncode == 1 and "not the one that was committed to" in str(wrong)
    assert audited("").returncode == 2 and audited("[]\n").returncode == 2
    tiles = tmp_path / "r" / TILES
    tiles.write_bytes(bytes(8) + tiles.read_bytes()[8:])
    resealed(tmp_path / "r", key=key_in_force())
    assert "those of the answers are others" in str(audited(opened.read_text()))


def test_the_release_is_registered_with_its_way_there(people: Cast, tmp_path: Path) -> None:
    make_record(people, is_cleared=False)
    manifest = json.loads(export(tmp_path / "folder", "--release", "2026-1", "--json"))
    assert manifest == json.loads((tmp_path / "folder" / MANIFEST_FILE).read_bytes())
    release = Release.objects.get()
    assert (release.name, release.status, release.record_count) == ("2026-1", ReleaseStatus.BUILT, 1)
    assert release.data_sha256 in {one["sha256"] for one in manifest["files"] if one["path"].startswith("data/train")}
    assert release.manifest == manifest and release.built_at is not None
    moves = release.transitions.order_by("id").values_list("from_status", "to_status", "actor_id")
    assert list(moves) == [("draft", "cleared", "export_clean"), ("cleared", "built", "export_clean")]
    assert Clearance.objects.get().checked_count == 1


def test_a_rehearsal_says_what_would_go_in_and_what_keeps_the_others_out(people: Cast, tmp_path: Path) -> None:
    make_record(people, is_cleared=False)
    waiting = make_submission(make_task(people), people.wakana)
    said = StringIO()
    call_command("export_clean", "--dry-run", "--json", stdout=said)
    found = json.loads(said.getvalue())
    assert (found["delivered"], found["clean"]) == (2, 1)
    assert found["kept_out"]["is_accepted"] == 1
    assert "is_consented" not in found["kept_out"]
    told = StringIO()
    call_command("export_clean", "--dry-run", stdout=told)
    assert "1 of 2 delivered texts would be released." in told.getvalue()
    assert "accepted by another person" in told.getvalue()
    assert waiting.text not in told.getvalue()
    assert not Release.objects.exists() and list(tmp_path.iterdir()) == []


def test_two_runs_of_the_same_state_give_the_same_bytes(people: Cast, tmp_path: Path) -> None:
    for _ in range(3):
        make_record(people, is_cleared=False)
    export(tmp_path / "one")
    export(tmp_path / "two")
    data = [lines_of(tmp_path / name) for name in ("one", "two")]
    assert data[0] == data[1]
    ids = [record["id"] for record in records_of(tmp_path / "one")]
    assert len(ids) == 3 and ids == sorted(ids)


def test_a_reference_that_arrived_meanwhile_keeps_the_copy_of_it_out(people: Cast, tmp_path: Path) -> None:
    kept = make_record(people)
    copied = make_record(people, text=REFERENCE)
    make_reference(make_instruction(), text=REFERENCE)
    export(tmp_path / "r")
    assert [record["id"] for record in records_of(tmp_path / "r")] == [str(kept.public_id)]
    assert copied.clean_rule.is_gated is False


def test_nothing_clean_is_said_and_registers_nothing(people: Cast, tmp_path: Path) -> None:
    error = refusal(tmp_path / "r")
    assert error.returncode == 1
    assert "explain_record" in str(error)
    assert list(tmp_path.iterdir()) == []
    assert not Release.objects.exists()


def test_a_folder_that_is_taken_is_refused_before_the_long_part(people: Cast, tmp_path: Path) -> None:
    make_record(people, is_cleared=False)
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "notes.txt").write_text("mine")
    assert "never written over" in str(refusal(tmp_path / "r"))
    assert not Release.objects.exists()
    assert not Clearance.objects.exists()


def test_a_folder_that_cannot_be_written_is_refused_before_the_long_part(people: Cast, tmp_path: Path) -> None:
    make_record(people, is_cleared=False)
    assert "parent exists" in str(refusal(tmp_path / "missing" / "r"))
    assert not Clearance.objects.exists()


@pytest.mark.parametrize(("folder", "name"), [("2026-1-synthetic", "2026-1"), ("2026-1", "2026-1-Synthetic ")])
def test_what_people_wrote_is_never_called_synthetic(people: Cast, tmp_path: Path, folder: str, name: str) -> None:
    make_record(people, is_cleared=False)
    assert "that a model wrote" in str(refusal(tmp_path / folder, "--release", name))
    assert list(tmp_path.iterdir()) == []
    assert not Release.objects.exists() and not Clearance.objects.exists()


def test_a_name_is_given_once(people: Cast, tmp_path: Path) -> None:
    make_record(people)
    export(tmp_path / "one", "--release", "2026-1")
    assert "exists already" in str(refusal(tmp_path / "two", "--release", "2026-1"))
    assert not (tmp_path / "two").exists()
    assert Release.objects.get().status == ReleaseStatus.BUILT


@pytest.mark.parametrize("name", [" ", "x" * 81])
def test_a_name_is_neither_empty_nor_endless(people: Cast, tmp_path: Path, name: str) -> None:
    make_record(people)
    assert "--release" in str(refusal(tmp_path / "r", "--release", name))
    assert list(tmp_path.iterdir()) == []


def test_a_draft_whose_build_died_is_taken_up_again(people: Cast, tmp_path: Path) -> None:
    make_record(people)
    Release.objects.create(name="2026-1", created_by="export_clean")
    export(tmp_path / "r", "--release", "2026-1")
    assert Release.objects.get().status == ReleaseStatus.BUILT


def test_a_run_that_was_killed_after_its_last_file_is_taken_up_again(people: Cast, tmp_path: Path) -> None:
    make_record(people)
    export(tmp_path / "r")
    manifest = (tmp_path / "r" / MANIFEST_FILE).read_bytes()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE annotation_release CASCADE")
    assert "is not empty" in str(refusal(tmp_path / "r")), "nobody began it here"
    Release.objects.create(name="r", created_by="export_clean")
    assert "1 clean records" in export(tmp_path / "r")
    assert (Release.objects.get().status, Release.objects.get().manifest) == (ReleaseStatus.BUILT, json.loads(manifest))
    assert (tmp_path / "r" / MANIFEST_FILE).read_bytes() == manifest


@pytest.mark.parametrize("is_before", [True, False])
def test_what_is_taken_back_while_it_is_built_never_makes_it_contradict_itself(
    people: Cast, tmp_path: Path, is_before: bool
) -> None:
    """A visitor takes an instruction back in the moment before, or after, the export reads what was taken back."""
    tasks = [make_record(people), make_record(people)]
    gone: list[Instruction] = []

    def withdraw() -> None:
        asked = tasks[0].instruction
        assert asked.participant is not None
        gone.append(asked)
        instruction_withdraw(participant=asked.participant, public_id=asked.public_id)

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        is_the_list = not gone and 'AS "since"' in sql
        if is_the_list and is_before:
            withdraw()
        result = execute(sql, *rest)
        if is_the_list and not is_before:
            withdraw()
        return result

    with connection.execute_wrapper(watch):
        export(tmp_path / "r")
    assert gone
    assert [record["id"] for record in records_of(tmp_path / "r")] == [str(tasks[1].public_id)]
    assert len((tmp_path / "r" / "tombstones.jsonl").read_bytes().splitlines()) == int(is_before)
    assert list(verify(tmp_path / "r"))


def test_a_name_that_is_being_built_elsewhere_is_refused_and_left_alone(people: Cast, tmp_path: Path) -> None:
    make_record(people)
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_advisory_lock(%s, hashtext('2026-1'))", [NAME_LOCK])
        Release.objects.create(name="2026-1", created_by="the other run")
        assert "at this moment" in str(refusal(tmp_path / "r", "--release", "2026-1"))
    assert Release.objects.get().status == ReleaseStatus.DRAFT
    with release_building(name="2026-2", created_by="test"):
        pass


def test_a_role_that_is_missing_is_said_with_what_to_do(people: Cast, tmp_path: Path, settings: Any) -> None:
    make_record(people)
    location = settings.EXPORT_DATABASE_URL.rpartition("@")[2]
    settings.EXPORT_DATABASE_URL = f"postgresql://hitode_nobody@{location}"
    assert "ensure_export_role" in str(refusal(tmp_path / "r"))
    assert not Release.objects.exists()


def test_a_role_that_may_read_model_text_is_refused(people: Cast, tmp_path: Path, settings: Any) -> None:
    make_record(people)
    location = settings.EXPORT_DATABASE_URL.rpartition("@")[2]
    settings.EXPORT_DATABASE_URL = f"postgresql://{connection.settings_dict['USER']}@{location}"
    assert "more than clean_record" in str(refusal(tmp_path / "r"))
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_goes_away_while_it_is_read_leaves_nothing(people: Cast, tmp_path: Path) -> None:
    make_record(people)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_viewdef('clean_record'::regclass)")
        (body,) = cursor.fetchone()
        columns, _where, rules = body.rpartition("WHERE")
        cursor.execute(
            "CREATE OR REPLACE VIEW clean_record WITH (security_barrier = true) AS "
            f"{columns} WHERE pg_terminate_backend(pg_backend_pid()) AND {rules}"
        )
        try:
            assert "went away" in str(refusal(tmp_path / "r"))
        finally:
            cursor.execute(f"CREATE OR REPLACE VIEW clean_record WITH (security_barrier = true) AS {body}")
    assert list(tmp_path.iterdir()) == []
    assert not Release.objects.exists()


def test_a_release_that_cannot_be_registered_is_taken_away_again(people: Cast, tmp_path: Path) -> None:
    make_record(people)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE annotation_releasetransition ADD CONSTRAINT shut CHECK (id < 0) NOT VALID")
        try:
            assert "Nothing was released" in str(refusal(tmp_path / "r"))
        finally:
            cursor.execute("ALTER TABLE annotation_releasetransition DROP CONSTRAINT shut")
    assert list(tmp_path.iterdir()) == []
    assert not Release.objects.exists()


def test_without_a_key_in_order_it_ends_before_the_long_part(people: Cast, tmp_path: Path, settings: Any) -> None:
    make_record(people, is_cleared=False)
    settings.DEMONSTRATION = False
    settings.RELEASE_KEYS = tmp_path / "keys"
    assert "release_key new" in str(refusal(tmp_path / "r"))
    one, other = key_new(), key_new()
    (tmp_path / "keys" / f"{other.id}.pem").write_bytes((tmp_path / "keys" / f"{one.id}.pem").read_bytes())
    assert "cannot be read" in str(refusal(tmp_path / "r"))
    assert not Clearance.objects.exists() and not Release.objects.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


@pytest.fixture
def environment() -> dict[str, str]:
    """What a program of its own needs to work on the test database."""
    path = f"/{connection.settings_dict['NAME']}"
    database = urlsplit(settings.DATABASE_URL)._replace(path=path).geturl()
    return {**os.environ, "DATABASE_URL": database, "EXPORT_DATABASE_URL": settings.EXPORT_DATABASE_URL}


def test_a_full_disk_ends_the_command_with_a_sentence_and_leaves_nothing(
    people: Cast, tmp_path: Path, environment: dict[str, str]
) -> None:
    for _ in range(3):
        make_record(people)
    finished = subprocess.run(
        [sys.executable, "-B", "manage.py", "export_clean", "--out", str(tmp_path / "r")],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512)),
    )  # fmt: skip
    assert finished.returncode == 1, finished.stderr
    assert "The disk is full" in finished.stderr or "ディスク" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert list(tmp_path.iterdir()) == []
    assert not Release.objects.exists()


def test_what_is_asked_for_is_chosen_and_told_in_the_manifest(people: Cast, tmp_path: Path) -> None:
    english = make_record(
        people, task=make_task(people, language="en", instruction=make_instruction(language="en", category="coding"))
    )
    japanese = make_record(people)
    vendor = str(japanese.work_order.vendor.public_id)
    asked = {
        ("--language", "en"): ({"language": ["en"]}, [english]),
        ("--category", "coding", "--category", "maths"): ({"category": ["coding", "maths"]}, [english]),
        ("--vendor", vendor): ({"vendor": [vendor]}, [english, japanese]),
        ("--since", "2020-01-01", "--strict"): ({"since": "2020-01-01", "strict": True}, [english, japanese]),
    }
    for number, (options, (told, chosen)) in enumerate(asked.items()):
        manifest = json.loads(export(tmp_path / str(number), *options, "--json"))
        assert manifest["filters"] == told
        ids = {record["id"] for record in records_of(tmp_path / str(number))}
        assert ids == {str(task.public_id) for task in chosen}, options
        assert list(verify(tmp_path / str(number)))
    assert "no record is clean" in str(refusal(tmp_path / "none", "--until", "2020-01-01")).lower()
    said = StringIO()
    call_command("export_clean", "--dry-run", "--language", "en", stdout=said, no_color=True)
    assert "1 of them" in said.getvalue()
