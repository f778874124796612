"""Faults while a release is built, on real processes: killed anywhere, two at once, on another day and somewhere else."""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from annotation.models import Release
from annotation.release.build import PARTIAL
from annotation.release.tile_files import TILE_FILES
from annotation.release.verify_release import verify
from annotation.states import ReleaseStatus
from tests.cast import cast
from tests.database import NO_TRIGGERS, Rows
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_record
from tests.live import ROOT, with_database

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

KILLS = 50
RESUMED_EVERY = 5
KILLED = -9
QUIET_SECONDS = 10
# The builders' sessions by their name: the site of another test may be at work in the same database.
NAME = "hitode builder"
OTHERS = f"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = '{NAME}'"

Build = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def build() -> Iterator[Build]:
    """What runs builds at once, and returns how they ended."""
    address = with_database(settings.DATABASE_URL, str(connection.settings_dict["NAME"]))
    addresses = {"DATABASE_URL": address, "EXPORT_DATABASE_URL": settings.EXPORT_DATABASE_URL}
    environment = {**os.environ, **addresses, "PGAPPNAME": NAME}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.builder"],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as program:  # fmt: skip
        assert program.stdin is not None and program.stdout is not None
        asked, told = program.stdin, program.stdout

        def run(*orders: dict[str, Any]) -> list[dict[str, Any]]:
            print(json.dumps(orders, default=str), file=asked, flush=True)
            ended: list[dict[str, Any]] = json.loads(told.readline())
            await_nobody()
            return ended

        yield run


def three_records() -> None:
    people = cast()
    make_reference(make_instruction(), text="これは模型の書いた答えで、約束の記録に入ります。")
    for _ in range(3):
        make_record(people, is_cleared=False)


records = Rows(three_records)


def await_nobody() -> None:
    """Wait until the database has noticed that whoever was killed is gone."""
    until = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(OTHERS)
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.01)
    raise RuntimeError("a session of a build that is gone goes on")


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def forget(folder: Path) -> None:
    """As if the release had never been built."""
    shutil.rmtree(folder)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(NO_TRIGGERS)
        cursor.execute("DELETE FROM annotation_releasetransition USING annotation_release r WHERE subject_id = r.id AND name = %s", [folder.name])  # fmt: skip
        cursor.execute("DELETE FROM annotation_release WHERE name = %s", [folder.name])


def what_stands(place: Path, whole: dict[str, bytes]) -> str:
    """How far a build of `new` came; whatever is there may not be mistaken for a release, unless it is one."""
    names = {path.name for path in place.iterdir()} - {"old", "new"}
    assert all(name.startswith(".new.") and name.endswith(PARTIAL) for name in names), names
    assert len(names) <= 1, "what the build before left was not taken away"
    registered = Release.objects.filter(name="new").first()
    if (place / "new").exists():
        assert bytes_in(place / "new") == whole
        assert registered is not None
        return "registered" if registered.status == ReleaseStatus.BUILT else "whole"
    assert registered is None or registered.status == ReleaseStatus.DRAFT
    return "partial" if names else "begun" if registered else "nothing"


def killed_at(steps: int, seconds: float) -> Iterator[dict[str, Any]]:
    """Fifty random moments: of the whole way, of its last twentieth, in which the folder gets its name, and by the clock."""
    drawn = random.Random(8)
    for number in range(KILLS):
        if number % 5 == 3:
            yield {"kill_at_step": drawn.randint(steps * 19 // 20, steps)}
        elif number % 5 == 4:
            yield {"kill_after_seconds": drawn.uniform(0.01, seconds)}
        else:
            yield {"kill_at_step": drawn.randint(1, steps)}


def test_a_build_that_is_killed_anywhere_leaves_no_half_release_and_is_taken_up_again(
    build: Build, tmp_path: Path
) -> None:
    records.put()
    call_command("export_clean", "--out", str(tmp_path / "old"), "--json", stdout=StringIO())
    old = bytes_in(tmp_path / "old")
    begun = time.monotonic()
    (first,) = build({"folder": tmp_path / "new"})
    assert first["code"] == 0, first
    seconds = time.monotonic() - begun
    whole = bytes_in(tmp_path / "new")
    assert whole.keys() >= TILE_FILES and any(path.startswith("plots/") for path in whole)
    assert any("a log of 1 answers" in line for line in verify(tmp_path / "new"))
    forget(tmp_path / "new")
    found: Counter[str] = Counter()
    for number, moment in enumerate(killed_at(first["steps"], seconds), 1):
        (ended,) = build({"folder": tmp_path / "new", **moment})
        assert ended["code"] in (0, KILLED), ended
        stands = what_stands(tmp_path, whole)
        assert ended["code"] == KILLED or stands == "registered"
        found[stands] += ended["code"] == KILLED
        assert bytes_in(tmp_path / "old") == old
        if stands != "registered" and number % RESUMED_EVERY == 0:
            (ended,) = build({"folder": tmp_path / "new"})
            assert ended["code"] == 0, ended
            stands = what_stands(tmp_path, whole)
            assert stands == "registered"
        if stands == "registered":
            assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "old"]
            forget(tmp_path / "new")
    assert found["partial"] >= 5 and found["whole"] >= 1 and found["nothing"] + found["begun"] >= 5, found
    assert Release.objects.get().name == "old"


def test_of_two_builds_at_once_one_is_made_and_the_other_is_told_why_not(build: Build, tmp_path: Path) -> None:
    records.put()
    one, other = sorted(build({"folder": tmp_path / "new"}, {"folder": tmp_path / "new"}), key=lambda end: end["code"])
    assert (one["code"], other["code"]) == (0, 1)
    assert any(words in other["said"] for words in ("at this moment", "another process", "exists already"))
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
    assert list(verify(tmp_path / "new"))
    assert Release.objects.get().status == ReleaseStatus.BUILT


def test_another_day_another_language_and_another_place_give_the_same_bytes(build: Build, tmp_path: Path) -> None:
    records.put()
    places = [
        {},
        {"days_ahead": 400, "time_zone": "Asia/Tokyo", "language": "ja", "locale": "C.UTF-8"},
        {"days_ahead": -400, "time_zone": "America/St_Johns"},
    ]
    whole = []
    for place in places:
        (ended,) = build({"folder": tmp_path / "new", **place})
        assert ended["code"] == 0, ended
        whole.append(bytes_in(tmp_path / "new"))
        forget(tmp_path / "new")
    assert whole[1] == whole[0], "a later day"
    assert whole[2] == whole[0], "the clock was put back"
