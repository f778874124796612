"""A backup goes into a server that never knew us, and every row, right and key is there again."""

import hashlib
import json
import os
import subprocess
import sys
import tarfile
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django.fixtures import Settings

from annotation.release.keys import key_in_force, key_new
from config.backup import DUMP, FILES, RestoreRefused, _files_compare, _files_unpack, backup_check, backup_make
from config.engines import Place
from tests.cast import cast
from tests.factories.annotation import make_open_order, make_submission
from tests.factories.collection import make_instruction, make_participant, make_reference

ROOT = Path(__file__).resolve().parents[2]
# Written anew wherever a database is made, or on the clock's word.
ELSEWHERE = {"django_session"}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def keys(settings: Settings, tmp_path: Path) -> None:
    settings.RELEASE_KEYS = tmp_path / "keys"
    settings.VAR = tmp_path / "var"
    settings.MEDIA_ROOT = tmp_path / "media"


def contents(place: Any) -> dict[str, str]:
    """A digest of all rows of each table, whatever their order."""
    found = {}
    place.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    for (table,) in place.fetchall():
        place.execute(
            f"SELECT coalesce(string_agg(row_text, chr(10) ORDER BY row_text), '') FROM (SELECT t::text AS row_text FROM \"{table}\" t) rows"
        )
        found[table] = hashlib.sha256(place.fetchone()[0].encode()).hexdigest()
    return found


def backup_of_a_quiet_moment(parent: Path) -> tuple[Path, dict[str, str]]:
    """A backup, and what the database held before and after it: the site of other tests may still do a job here."""
    for attempt in range(5):
        with connection.cursor() as cursor:
            before = contents(cursor)
            output = StringIO()
            call_command("backup", str(parent / str(attempt)), "--json", stdout=output)
            if contents(cursor) == before:
                return Path(json.loads(output.getvalue())["folder"]), before
    raise AssertionError("somebody writes all the time")


def manage(var: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command in an installation of its own, whose engines start with it and stop after it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HITODE_", "DATABASE", "REDIS"))}
    environment = {
        **kept,
        "HITODE_VAR": str(var),
        "HITODE_ENV_FILE": os.devnull,
        "HITODE_ENGINE_FAST": "1",
        **variables,
    }
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.live
def test_a_backup_restored_into_an_empty_server_is_the_same_installation(settings: Settings, tmp_path: Path) -> None:
    people = cast()
    make_open_order(people, quantity=3)
    make_submission(people.wataru)
    make_reference(make_instruction(participant=make_participant(), instruction="「'\"\\\n𠮷野家」とは何ですか。"))
    key = key_new()
    (settings.MEDIA_ROOT / "a").mkdir(parents=True)
    (settings.MEDIA_ROOT / "a" / "b.txt").write_text("kept")
    folder, mine = backup_of_a_quiet_moment(tmp_path / "backups")
    assert (folder.stat().st_mode & 0o777, [path.name for path in folder.parent.iterdir()]) == (0o700, [folder.name])

    var = tmp_path / "other"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(var)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None and holder.stdin is not None
        assert holder.stdout.readline() == b"up\n"
        wrong = manage(var, "restore", str(folder), HITODE_SECRET_KEY="k" * 60)
        assert (wrong.returncode, "HITODE_SEALING_KEYS are not those" in wrong.stderr) == (1, True)
        done = manage(var, "restore", str(folder), HITODE_SECRET_KEY=settings.SECRET_KEY)
        assert done.returncode == 0, done.stderr
        again = manage(var, "restore", str(folder), HITODE_SECRET_KEY=settings.SECRET_KEY)
        assert (again.returncode, "is not empty" in again.stderr) == (1, True)
        with connection.cursor() as here, psycopg.connect(Place(var.resolve()).database_url()) as there:
            theirs = contents(there.cursor())
            rights = "SELECT has_table_privilege('hitode_export', 'clean_record', 'SELECT'), has_table_privilege('hitode_export', 'collection_reference', 'SELECT')"
            assert there.execute(rights).fetchone() == (True, False)
            assert (
                there.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal").fetchone()
                == here.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal").fetchone()
            )
        holder.stdin.close()
    assert {name: digest for name, digest in theirs.items() if name not in ELSEWHERE} == {
        name: digest for name, digest in mine.items() if name not in ELSEWHERE
    }
    assert len(mine) > 60
    assert (var / "media" / "a" / "b.txt").read_text() == "kept"
    settings.RELEASE_KEYS = var / "release-keys"
    assert key_in_force().id == key.id
    assert next(settings.RELEASE_KEYS.glob("*.pem")).stat().st_mode & 0o777 == 0o600


HOLD = """
import os, pathlib, sys
os.environ.pop("DATABASE_URL", None); os.environ.pop("REDIS_URL", None); os.environ.pop("HITODE_EMBEDDED", None)
os.environ["HITODE_ENGINE_FAST"] = "1"
from config.engines import ensure_engines
ensure_engines(pathlib.Path(sys.argv[1])); print("up", flush=True); sys.stdin.read()
"""


def test_a_byte_that_changed_is_found_and_nothing_restored(tmp_path: Path) -> None:
    folder = backup_make(tmp_path).folder
    assert backup_check(folder).folder == folder
    content = bytearray((folder / DUMP).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / DUMP).write_bytes(content)
    for command in (("backup", str(folder), "--check"), ("restore", str(folder))):
        with pytest.raises(CommandError, match=r"not a whole backup: database\.dump"):
            call_command(*command)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("media/../../x", tarfile.REGTYPE),
        ("media//tmp/x", tarfile.REGTYPE),
        ("elsewhere/x", tarfile.REGTYPE),
        ("media/x", tarfile.SYMTYPE),
        ("media/x", tarfile.LNKTYPE),
        ("media/x", tarfile.FIFOTYPE),
    ],
)
def test_a_file_that_belongs_nowhere_here_is_refused_before_anything_is_restored(
    tmp_path: Path, name: str, kind: bytes
) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "/etc/hostname"
    with tarfile.open(tmp_path / FILES, "w") as archive:
        archive.addfile(member)
    for look in (_files_compare, _files_unpack):
        with pytest.raises(RestoreRefused, match="no file of ours"):
            look(tmp_path / FILES)
    assert [path.name for path in tmp_path.iterdir()] == [FILES]


def test_where_nothing_can_be_written_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="backup failed"):
        call_command("backup", str(tmp_path / "file" / "below"))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
