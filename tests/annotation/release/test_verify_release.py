"""The check that every release carries: it holds for what was built, and fails for every way of changing it."""

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from annotation.release.beside import beside
from annotation.release.build import (
    DATA_FILE,
    PROVENANCE_FILE,
    TOMBSTONES_FILE,
    VERIFIER_FILE,
    release_build,
)
from annotation.release.build import verifier as verifier_source
from annotation.release.keys import (
    ReleaseKey,
    ReleaseKeyMissing,
    ReleaseKeyUnusable,
    key_in_force,
    key_new,
    keys_listed,
)
from annotation.release.seal import MANIFEST_FILE, SIGNATURE_FILE, STATEMENT_FILE, canonical, seal
from annotation.release.verify_release import Uncheckable, Unsound, main, verify
from tests.annotation.release.test_build import KEY, make_row

GATE = {"decision": "pass", "engine": "3", "settings": 1, "watermark": 99}
GONE = {"id": "i", "reason": "withdrawn", "records": ["00000000-0000-4000-8000-000000000099"], "since": "2026-03-01"}


@pytest.fixture
def release(tmp_path: Path) -> Path:
    rows = [
        make_row(1, category="writing"),
        make_row(2, language="en", licence="CC0-1.0"),
        make_row(3, output="「鴨」\n"),
    ]
    release_build(rows=rows, folder=tmp_path / "r", name="2026-1", key=KEY, tombstones=[GONE])
    return tmp_path / "r"


def unsound(folder: Path, key: str | None = None) -> str:
    with pytest.raises((Unsound, Uncheckable)) as found:
        list(verify(folder, key))
    return str(found.value)


def test_a_release_verifies_with_nothing_but_itself_and_one_package(release: Path, tmp_path: Path) -> None:
    moved = shutil.move(release, tmp_path / "downloaded")
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-I", str(Path(moved) / VERIFIER_FILE)],
        capture_output=True, text=True, cwd="/", env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert KEY.public_bytes.hex() in done.stdout
    assert "SOUND" in done.stdout and "3 of each" in done.stdout


def test_a_newcomer_without_the_package_is_told_what_to_do_and_spoils_nothing_by_it(release: Path) -> None:
    verifier = release / VERIFIER_FILE
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", str(verifier)], capture_output=True, text=True, cwd=release, check=False
    )
    assert done.returncode == 2 and "NOT CHECKED" in done.stdout and not done.stderr
    pip, place, pip_there, again = (line.split() for line in done.stdout.splitlines() if line.startswith(" " * 9))
    assert pip[1:] == pip_there[1:] == ["-m", "pip", "install", "cryptography"]
    assert release not in (made := Path(place[-1])).parents, "a folder in the release would not belong to it"
    assert Path(pip_there[0]).is_relative_to(made) and again == [pip_there[0], str(verifier)]


def test_the_verifier_is_written_in_the_python_that_it_asks_for() -> None:
    source = verifier_source()
    assert "Python 3.9 or newer" in source
    ast.parse(source, feature_version=(3, 9))


def test_letters_that_a_terminal_does_not_have_stop_nothing(release: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-B", str(release / VERIFIER_FILE)], capture_output=True, env=environment, check=False
    )
    assert done.returncode == 0 and b"SOUND" in done.stdout, done.stderr


def test_the_publishers_key_is_the_one_that_counts(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = ReleaseKey(Ed25519PrivateKey.generate())
    assert main([str(release), "--key", KEY.public_bytes.hex()]) == 0
    assert main([str(release), "--key", other.public_bytes.hex()]) == 1
    assert "NOT SOUND" in capsys.readouterr().out


def test_the_other_forms_are_checked_in_a_second_process(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines_changed(release, "sharegpt/train-00000-of-00001.jsonl", lambda lines: [*lines, lines[-1]])
    resealed(release)
    assert main([str(release)]) == 1
    assert "sharegpt/train-00000-of-00001.jsonl does not hold the same records" in capsys.readouterr().out


def test_a_second_process_that_is_ended_is_not_taken_for_a_good_answer() -> None:
    assert beside(lambda: "found\nsomething")() == "found\nsomething"
    assert beside(lambda: "")() == ""
    with pytest.raises(OSError, match="come to an end"):
        beside(lambda: os.kill(os.getpid(), signal.SIGKILL))()


def test_what_cannot_be_checked_is_not_called_sound(tmp_path: Path, release: Path) -> None:
    assert main([str(tmp_path / "nowhere")]) == 2
    (release / STATEMENT_FILE).unlink()
    assert main([str(release)]) == 2


def test_every_byte_of_every_file_counts(release: Path) -> None:
    """A byte is changed in each file at every place of a small one, at many places of a large one."""
    tried = 0
    for path in sorted(path for path in release.rglob("*") if path.is_file()):
        before = path.read_bytes()
        for at in range(0, len(before), max(1, len(before) // 60)):
            path.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
            assert unsound(release), (path.name, at)
            tried += 1
        for changed in (before + b"\n", before[:-1], b""):
            path.write_bytes(changed)
            assert unsound(release), path.name
        path.write_bytes(before)
    assert tried > 300
    list(verify(release))


def test_a_file_nested_without_end_is_unsound_and_no_crash(release: Path) -> None:
    (release / SIGNATURE_FILE).write_bytes(b"[" * 200_000)
    assert "not JSON" in unsound(release)


def test_every_file_counts_and_no_other_may_be_there(release: Path) -> None:
    for path in sorted(path for path in release.rglob("*") if path.is_file()):
        before = path.read_bytes()
        path.unlink()
        assert unsound(release), path.name
        path.write_bytes(before)
    (release / "data" / "more.jsonl").write_text("{}\n")
    assert "does not belong" in unsound(release)
    (release / "data" / "more.jsonl").unlink()
    (release / "empty").mkdir()
    assert "empty does not belong" in unsound(release)
    (release / "empty").rmdir()
    (release / "link").symlink_to(release / "README.md")
    assert "link" in unsound(release)


def resealed(
    folder: Path, change: Callable[[dict[str, Any]], None] = lambda manifest: None, key: ReleaseKey = KEY
) -> None:
    """Sign the folder as it is now: what somebody could do who has the key, or made a mistake before signing."""
    import hashlib

    manifest = json.loads((folder / MANIFEST_FILE).read_bytes())
    for one in manifest["files"]:
        content = (folder / one["path"]).read_bytes()
        one |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    change(manifest)
    seal(manifest, folder, key)


def lines_changed(folder: Path, name: str, change: Callable[[list[bytes]], list[bytes]]) -> None:
    lines = (folder / name).read_bytes().splitlines(keepends=True)
    (folder / name).write_bytes(b"".join(change(lines)))


def told(change: dict[str, Any]) -> Callable[[list[bytes]], list[bytes]]:
    """Change the first line's object."""
    return lambda lines: [canonical({**json.loads(lines[0]), **change}) + b"\n", *lines[1:]]


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        (DATA_FILE, lambda lines: lines[::-1], "another record"),
        (DATA_FILE, lambda lines: [lines[0], lines[0], *lines[1:]], "unique"),
        (DATA_FILE, lambda lines: lines[:-1], "not in train"),
        ("chat/train-00000-of-00001.jsonl", lambda lines: lines[:-1], "the same records"),
        ("chat/train-00000-of-00001.jsonl", told({"messages": []}), "the same records"),
        (DATA_FILE, lambda lines: [lines[0].replace(b'":"', b'": "', 1), *lines[1:]], "canonical"),
        (DATA_FILE, lambda lines: [*lines[:-1], lines[-1].rstrip()], "middle of a line"),
        (DATA_FILE, told({"more": "x"}), "fields"),
        (DATA_FILE, told({"output": 7}), "fields"),
        (DATA_FILE, told({"output": " "}), "empty"),
        (DATA_FILE, told({"output": "書きかえた。"}), "another record"),
        ("README.md", lambda lines: [line.replace(b"| 3 (train 3", b"| 4 (train 4") for line in lines], "card"),
        (PROVENANCE_FILE, lambda lines: lines[::-1], "another record"),
        (PROVENANCE_FILE, told({"salt": "00" * 32}), "leaf"),
        (PROVENANCE_FILE, told({"reviewer": KEY.pseudonym("2026-1", 11)}), "their own"),
        (PROVENANCE_FILE, told({"editor": KEY.pseudonym("2026-1", 12)}), "their own"),
        (PROVENANCE_FILE, told({"terms": None}), "allow"),
        (PROVENANCE_FILE, told({"gate": {**GATE, "decision": "block"}}), "gate"),
        (PROVENANCE_FILE, told({"gate": {**GATE, "watermark": -1}}), "fields"),
        (PROVENANCE_FILE, told({"agreement": None}), "fields"),
        (PROVENANCE_FILE, told({"more": 1}), "fields"),
        (PROVENANCE_FILE, lambda lines: [lines[0].replace(b",", b", ", 1), *lines[1:]], "canonical"),
        (DATA_FILE, lambda lines: [lines[0].replace("川".encode(), b"\xe5", 1), *lines[1:]], "cannot be read"),
        (DATA_FILE, lambda lines: [lines[0].replace("川".encode(), rb"\u5ddd", 1), *lines[1:]], "canonical"),
        (DATA_FILE, told({"instruction": "　\n"}), "empty"),
        (PROVENANCE_FILE, told({"reference": {"policy": "hidden", "shown_to_writer": True}}), "model's answer"),
        (TOMBSTONES_FILE, told({"records": ["00000000-0000-4000-8000-000000000002"]}), "taken back"),
    ],
)  # fmt: skip
def test_a_signature_does_not_help_what_is_wrong(
    release: Path, name: str, change: Callable[[list[bytes]], list[bytes]], says: str
) -> None:
    lines_changed(release, name, change)
    resealed(release)
    assert says in unsound(release)


def test_the_order_of_the_records_is_a_fact_too(release: Path) -> None:
    for name in (DATA_FILE, "chat/train-00000-of-00001.jsonl", PROVENANCE_FILE):
        lines_changed(release, name, lambda lines: lines[::-1])
    resealed(release)
    assert "in order" in unsound(release)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda manifest: manifest.update(records=4), "counts 4"),
        (lambda manifest: manifest.update(merkle_root="00" * 32), "root"),
        (lambda manifest: manifest["counts"]["language"].update(ja=7), "counts"),
        (lambda manifest: manifest.update(public_key="0" * 64), "another release"),
    ],
)
def test_a_manifest_that_tells_other_figures_fails(
    release: Path, change: Callable[[dict[str, Any]], None], says: str
) -> None:
    resealed(release, change)
    assert says in unsound(release)


def test_another_key_and_an_older_statement_are_found_out(release: Path) -> None:
    older = (release / STATEMENT_FILE).read_bytes()
    signature = (release / SIGNATURE_FILE).read_bytes()
    lines_changed(release, TOMBSTONES_FILE, lambda lines: [])
    resealed(release, key=ReleaseKey(Ed25519PrivateKey.generate()))
    assert unsound(release, KEY.public_bytes.hex())
    (release / STATEMENT_FILE).write_bytes(older)
    assert "not what was signed" in unsound(release)
    (release / SIGNATURE_FILE).write_bytes(signature)
    assert "changed" in unsound(release)


def test_people_have_other_names_in_every_release(tmp_path: Path) -> None:
    for name in ("one", "two"):
        release_build(rows=[make_row(1), make_row(2)], folder=tmp_path / name, name=name, key=KEY)
    first, second = (
        [json.loads(line) for line in (tmp_path / name / PROVENANCE_FILE).read_bytes().splitlines()]
        for name in ("one", "two")
    )
    assert first[0]["writer"] == first[1]["writer"] != first[0]["reviewer"]
    assert first[0]["writer"] != second[0]["writer"]


def test_a_new_key_leaves_what_the_old_one_signed_sound(release: Path, settings: Settings, tmp_path: Path) -> None:
    settings.RELEASE_KEYS = tmp_path / "keys"
    settings.DEMONSTRATION = False
    with pytest.raises(ReleaseKeyMissing):
        key_in_force()
    first = key_new()
    assert key_in_force().id == first.id
    assert (tmp_path / "keys" / f"{first.id}.pem").stat().st_mode & 0o777 == 0o600
    release_build(rows=[make_row(1)], folder=tmp_path / "signed", name="signed", key=first)
    second = key_new()
    assert key_in_force().id == second.id != first.id
    assert [(one["id"], one["is_in_force"]) for one in keys_listed()] == [(first.id, False), (second.id, True)]
    call_command("verify_release", str(tmp_path / "signed"))
    with pytest.raises(CommandError, match="none of ours") as refused:
        call_command("verify_release", str(release))
    assert refused.value.returncode == 1
    call_command("verify_release", str(release), "--key", KEY.public_bytes.hex())
    (tmp_path / "keys" / f"{second.id}.pem").write_text("broken")
    with pytest.raises(ReleaseKeyUnusable):
        key_in_force()


def test_a_demonstration_makes_a_key_for_itself(settings: Settings, tmp_path: Path) -> None:
    settings.RELEASE_KEYS = tmp_path / "keys"
    settings.DEMONSTRATION = True
    assert key_in_force().id == key_in_force().id == keys_listed()[0]["id"]
