"""Every command that the README and the pages of docs/ tell people to run, run as it stands there, in one seeded world.

What is not run here is named with the reason, and with the test that runs it.
"""

import json
import re
import shlex
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from annotation.release.keys import key_new
from tests.annotation.cleanroom import texts
from tests.cast import cast
from tests.docs.test_tour import PAGES, ROOT, known_commands
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_record

pytestmark = pytest.mark.django_db(transaction=True)

COMMANDS = "tests/annotation/management/commands"
RUN_ELSEWHERE = {
    "serve_one": ("it goes on until it is told to end", "tests/config/management/commands/test_serve_one.py"),
    "restore": ("it wants a server that never knew us", "tests/config/test_backup.py"),
    "publish_release": ("it sends to a hub", f"{COMMANDS}/test_publish_release.py"),
    "generate_synthetic": ("it asks the server of a model", f"{COMMANDS}/test_generate_synthetic.py"),
    "verify_release --audit": ("it wants a release with tiles and all answers", f"{COMMANDS}/test_export_clean.py"),
    "write_openapi": ("it writes into the project itself", "tests/annotation/views/test_api_pages.py"),
    "make run": ("it goes on until it is told to end", "tests/config/management/commands/test_serve.py"),
    "make messages": ("it writes into the project itself", "tests/config/test_translations.py"),
    "make training": ("it fetches a gigabyte", "tests/training"),
}
# They take minutes, ask the network, or would run this very test: `make -n` finds all they need (test_tour.py).
TARGETS_TOO_LONG = {"test", "check", "bench", "bench-year", "optional", "lock", "seed", "format", "audit"}
EXITS_OF_DOCTOR = {1, 2}  # by what it finds; that of a test is no sound installation


def commands() -> list[tuple[str, list[str]]]:
    """The page and the words of each command of manage.py, in the order in which they are told; none twice."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        for told in re.findall(r"manage\.py ([a-z_]+(?: [^`\n]*)?)", text):
            for line in ("manage.py " + told).split("&&"):
                if "manage.py " in line:
                    words = shlex.split(line.split("manage.py ")[1].replace('"]', ""), comments=True)
                    if (page.name, words) not in found and words not in [known for _page, known in found]:
                        found.append((page.name, words))
    return found


@pytest.fixture
def places(settings: Settings, tmp_path: Path) -> dict[str, str]:
    """What stands for the words of the pages: files that are there, folders that may be written, ids of this world."""
    settings.RELEASE_KEYS = tmp_path / "keys"
    settings.VAR = tmp_path / "var"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STATIC_ROOT = tmp_path / "static"
    key_new()
    people = cast()
    make_reference(make_instruction())
    record = make_record(people)
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps({"instruction": "港の朝を三行で書いてください。"}, ensure_ascii=False) + "\n")
    (tmp_path / "releases").mkdir()
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text(json.dumps({"kind": "copy", "text": texts.REFERENCE, "reference": texts.REFERENCE}) + "\n")
    return {
        "~": str(tmp_path), "/srv/backups": str(tmp_path / "backups"), "/backups": str(tmp_path / "nightly"),
        "ID": str(record.public_id), "NAME": "Example Audit", "SEED": "42", "N": "1", "OPENED": str(tmp_path / "opened"),
        "ALL_OF_THEM": "1", "SIZE_OF_THE_CHECKPOINT": "1", "opened.jsonl": str(tmp_path / "opened.jsonl"),
        "FILE of import_instructions": str(questions), "FILE of calibrate_gate": str(pairs), "…": "CC-BY-4.0",
    }  # fmt: skip


def meant(words: list[str], places: dict[str, str]) -> list[str]:
    """The words of a command with this world's places in them."""
    name = words[0]
    made = []
    for word in words:
        word = places.get(f"{word} of {name}", places.get(word, word))
        for told in ("~", "/srv/backups", "/backups"):
            if word == told or word.startswith(f"{told}/"):
                word = places[told] + word.removeprefix(told)
        if re.search(r"/hitode-\d{8}-\d{6}$", word):  # the backup that was made a moment ago
            word = str(max(Path(word).parent.glob("hitode-*")))
        made.append(word)
    return made


def test_every_command_of_the_pages_works_in_its_order(places: dict[str, str]) -> None:
    for page, words in commands():
        if words[0] in RUN_ELSEWHERE or any(f"{words[0]} {word}" in RUN_ELSEWHERE for word in words):
            continue
        said, code = StringIO(), 0
        try:
            call_command(words[0], *meant(words, places)[1:], stdout=said, stderr=said, no_color=True)
        except SystemExit as end:
            code = int(end.code or 0)
        except Exception as error:
            raise AssertionError(f"{page}: manage.py {shlex.join(words)}: {error}\n{said.getvalue()}") from error
        assert code == 0 or (words[0] == "doctor" and code in EXITS_OF_DOCTOR), (page, words, said.getvalue())
    for folder in ("hitode-release", "releases/2026-11"):
        verifier = Path(places["~"]) / folder / "verify_release.py"
        done = subprocess.run([sys.executable, str(verifier)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_not_run_here_is_run_by_the_test_that_is_named() -> None:
    for command, (_why, test) in RUN_ELSEWHERE.items():
        place = ROOT / test
        told = "\n".join(file.read_text() for file in ([place] if place.is_file() else place.glob("*.py")))
        names: dict[str, Any] = {
            "verify_release --audit": '"--audit"',
            "make run": '"serve"',
            "make messages": "extract",
            "make training": "train",
            "write_openapi": "openapi",
        }
        assert names.get(command, command) in told, test


def test_every_target_of_make_is_run_somewhere_or_takes_too_long() -> None:
    targets = {name.removeprefix("make ") for name in known_commands() if name.startswith("make ")}
    elsewhere = {name.removeprefix("make ") for name in RUN_ELSEWHERE}
    assert targets == TARGETS_TOO_LONG | (targets & elsewhere) | {"help"}
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert all(re.search(rf"make {name}\s", done.stdout) for name in targets)
