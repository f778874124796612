"""The checkpoint of the log of commitments in a release: the log goes on from that of the release before, or it is found out."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.cleanroom.merkle import Tree
from annotation.cleanroom.merkle_proofs import leaf_hash
from annotation.models import Release
from annotation.release.build import CHECKPOINT_FILE, release_build
from annotation.release.publish import release_publish
from annotation.release.seal import canonical
from annotation.release.verify_release import main, verify
from tests.annotation.release.test_build import KEY, make_row
from tests.annotation.release.test_verify_release import lines_changed, resealed, told, unsound
from tests.cast import cast
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_record

LEAVES = [leaf_hash(bytes([number])) for number in range(11)]


def checkpoint(size: int, earlier: int = 0, leaves: list[bytes] = LEAVES) -> dict[str, Any]:
    tree = Tree(leaves)
    found: dict[str, Any] = {"size": size, "root": tree.root(size).hex(), "grew_from": None}
    if earlier:
        proof = [node.hex() for node in tree.consistency_proof(earlier, size)]
        found["grew_from"] = {"size": earlier, "root": tree.root(earlier).hex(), "proof": proof}
    return found


def build(folder: Path, found: dict[str, Any]) -> Path:
    release_build(rows=[make_row(1)], folder=folder, name=folder.name, key=KEY, checkpoint=found)
    return folder


def test_a_release_shows_that_the_log_goes_on_from_the_release_before(tmp_path: Path) -> None:
    first, second = build(tmp_path / "1", checkpoint(4)), build(tmp_path / "2", checkpoint(11, earlier=4))
    assert any("a log of 4 answers, root" in line for line in verify(first))
    assert any("11 answers, grown from 4" in line for line in verify(second))
    assert main([str(second), "--earlier", str(first)]) == 0


def test_the_release_before_is_compared_when_it_is_there(tmp_path: Path) -> None:
    second = build(tmp_path / "2", checkpoint(11, earlier=4))
    others = [leaf_hash(bytes([99 - number])) for number in range(11)]
    assert main([str(second), "--earlier", str(build(tmp_path / "other", checkpoint(4, leaves=others)))]) == 1
    assert main([str(second), "--earlier", str(build(tmp_path / "older", checkpoint(3)))]) == 2
    assert main([str(second), "--earlier", str(tmp_path / "nowhere")]) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest["checkpoint"].update(root="00" * 32),
        lambda manifest: manifest["checkpoint"]["grew_from"].update(size=5),
        lambda manifest: manifest["checkpoint"]["grew_from"].update(proof=[]),
        lambda manifest: manifest["checkpoint"]["grew_from"].update(proof=["not hexadecimal"]),
        lambda manifest: manifest["checkpoint"].pop("size"),
    ],
)
def test_a_signature_does_not_help_a_log_that_did_not_grow(
    tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    release = build(tmp_path / "2", checkpoint(11, earlier=4))

    changed = {"checkpoint": json.loads((release / CHECKPOINT_FILE).read_bytes())}
    change(changed)
    (release / CHECKPOINT_FILE).write_bytes(canonical(changed["checkpoint"]) + b"\n")
    resealed(release, change)
    assert "did not grow" in unsound(release)


def test_file_and_manifest_speak_of_one_checkpoint(tmp_path: Path) -> None:
    release = build(tmp_path / "1", checkpoint(4))
    lines_changed(release, CHECKPOINT_FILE, told({"size": 5}))
    resealed(release)
    assert "not the manifest's" in unsound(release)


@pytest.mark.django_db(transaction=True)
def test_an_export_goes_on_from_the_newest_release_that_was_published(tmp_path: Path) -> None:
    people = cast()
    make_record(people)
    make_reference(make_instruction(), text="これは模型の書いた、一番目の答えです。")
    for name in ("1", "2", "3"):
        call_command("export_clean", "--out", str(tmp_path / name), "--json", stdout=io.StringIO())
        if name == "1":
            release_publish(release=Release.objects.get(name=name), by=people.minato)
        make_reference(make_instruction(), text=f"これは模型の書いた、{name}のあとの答えです。")
    first, second, third = (json.loads((tmp_path / name / CHECKPOINT_FILE).read_bytes()) for name in ("1", "2", "3"))
    assert first["grew_from"] is None
    for later in (second, third):
        assert (later["grew_from"]["size"], later["grew_from"]["root"]) == (first["size"], first["root"])
    assert third["size"] == second["size"] + 1 == first["size"] + 2
    assert main([str(tmp_path / "3"), "--earlier", str(tmp_path / "1")]) == 0
    published = Release.objects.get(name="1")
    published.manifest["checkpoint"]["root"] = "ab" * 32
    published.save()
    with pytest.raises(CommandError, match="does not go on"):
        call_command("export_clean", "--out", str(tmp_path / "4"), stdout=io.StringIO())
    assert not (tmp_path / "4").exists() and not Release.objects.filter(name="4").exists()
