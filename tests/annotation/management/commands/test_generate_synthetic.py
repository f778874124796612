"""`generate_synthetic` against the practice provider: what it writes, resumes and refuses, and that no clean record has it."""

import base64
import hashlib
import json
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management import CommandError, call_command

from annotation.models import (
    Release,
    SyntheticOutput,
    SyntheticRecord,
)
from annotation.release.keys import key_in_force
from annotation.release.verify_release import Uncheckable, Unsound, verify
from annotation.services.reference_index import index_verify
from annotation.services.synthetic_models import model_revoke
from collection.models import ImportBatch, Instruction, Reference
from collection.services.withdrawal import instruction_withdraw
from tests.factories.collection import make_import_batch, make_instruction, make_participant
from tests.factories.synthetic import MODEL, make_synthetic_model, make_synthetic_output
from tests.provider import Provider, free_port

pytestmark = pytest.mark.django_db(transaction=True)


def generate(out: Path, base_url: str, *options: str, limit: int = 10, model: str = MODEL) -> str:
    said = StringIO()
    arguments = ["--model", model, "--base-url", base_url, "--out", str(out), "--limit", str(limit), *options]
    call_command("generate_synthetic", *arguments, stdout=said, no_color=True)
    return said.getvalue()


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def make_asked(number: int = 3) -> list[Instruction]:
    return [make_instruction(instruction=f"{uuid4()}について三行で教えてください。") for _ in range(number)]


def test_the_outputs_are_written_to_a_folder_that_says_what_they_are(
    practice_provider: Provider, tmp_path: Path
) -> None:
    make_synthetic_model()
    batch = make_import_batch(licence="CC-BY-4.0")
    asked = [*make_asked(2), make_instruction(import_batch=batch, instruction="俳句を一つ", input="秋")]
    folder = tmp_path / "2026-1-synthetic"
    said = generate(folder, practice_provider.base_url)
    assert "Generated 3" in said
    records = lines(folder / "data/train-00000-of-00001.jsonl")
    by_text = {record["instruction"]: record for record in records}
    assert set(by_text) == {one.instruction for one in asked}
    assert [record["id"] for record in records] == sorted(record["id"] for record in records)
    assert by_text["俳句を一つ"] | {"id": "", "output": ""} == {
        "origin": "synthetic", "id": "", "instruction": "俳句を一つ", "input": "秋", "output": "", "language": "ja",
        "category": "", "source": "import", "licence": "CC-BY-4.0", "model": MODEL,
    }  # fmt: skip
    assert by_text["俳句を一つ"]["output"] == practice_provider.answer("俳句を一つ\n\n秋")
    made = lines(folder / "provenance/records.jsonl")
    raw = (folder / "data/train-00000-of-00001.jsonl").read_bytes().splitlines()
    for record, told, line in zip(records, made, raw, strict=True):
        assert told["record_sha256"] == hashlib.sha256(line).hexdigest()
        assert told["output_sha256"] == hashlib.sha256(record["output"].encode()).hexdigest()
        assert {name: told[name] for name in ("origin", "id", "model", "model_licence", "model_source", "server_host")} == {
            "origin": "synthetic", "id": record["id"], "model": MODEL, "model_licence": "Apache-2.0",
            "model_source": "https://models.example.org/practice", "server_host": "127.0.0.1",
        }  # fmt: skip
    card = (folder / "README.md").read_text(encoding="utf-8")
    body = card.split("---\n")[2].strip().splitlines()
    assert body[0] == "# 2026-1-synthetic"
    assert body[2].startswith("**これは合成データです。") and body[4].startswith("**This is synthetic data.")
    assert (
        "- synthetic" in card and "human-written" not in card and "annotations_creators:\n- machine-generated" in card
    )


def test_the_manifest_lists_every_file_and_is_signed_as_something_else_than_a_clean_release(
    practice_provider: Provider, tmp_path: Path
) -> None:
    make_synthetic_model()
    make_asked(2)
    folder = tmp_path / "a-synthetic"
    generate(folder, practice_provider.base_url)
    manifest = json.loads((folder / "MANIFEST.json").read_bytes())
    assert (manifest["origin"], manifest["records"], manifest["counts"]["server_host"]) == (
        "synthetic", 2, {"127.0.0.1": 2},
    )  # fmt: skip
    statement_bytes = (folder / "statement.intoto.json").read_bytes()
    statement = json.loads(statement_bytes)
    assert statement["predicateType"] == "urn:hitode:synthetic-release:v1"
    assert statement["predicate"]["origin"] == "synthetic"
    subjects = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
    sealing = {"statement.intoto.json", "statement.intoto.json.sig"}
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    assert set(subjects) == set(files) - sealing
    assert {name: hashlib.sha256(files[name].read_bytes()).hexdigest() for name in subjects} == subjects
    assert {one["path"]: (one["bytes"], one["sha256"]) for one in manifest["files"]} == {
        name: (files[name].stat().st_size, digest) for name, digest in subjects.items() if name != "MANIFEST.json"
    }
    signature = json.loads((folder / "statement.intoto.json.sig").read_bytes())
    key = Ed25519PublicKey.from_public_bytes(key_in_force().public_bytes)
    key.verify(base64.b64decode(signature["signature"]), statement_bytes)
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(signature["signature"]), statement_bytes + b" ")
    with pytest.raises((Unsound, Uncheckable)):
        list(verify(folder, key_in_force().public_bytes.hex()))
    assert not Release.objects.exists()


def test_a_second_run_asks_only_what_was_not_asked_and_the_same_state_gives_the_same_bytes(
    practice_provider: Provider, tmp_path: Path
) -> None:
    make_synthetic_model()
    make_asked(5)
    generate(tmp_path / "a-synthetic", practice_provider.base_url, limit=2)
    assert SyntheticOutput.objects.count() == 2
    assert "Generated 3" in generate(tmp_path / "b-synthetic", practice_provider.base_url)
    assert "Generated 0" in generate(tmp_path / "d-synthetic", practice_provider.base_url)
    assert SyntheticOutput.objects.count() == Reference.objects.count() == 5
    first, second = tmp_path / "b-synthetic", tmp_path / "d-synthetic"
    for name in ("data/train-00000-of-00001.jsonl", "provenance/records.jsonl"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_what_came_before_the_server_failed_is_kept_and_the_next_run_goes_on(
    practice_provider: Provider, tmp_path: Path
) -> None:
    make_synthetic_model()
    make_asked(2)
    broken = [make_instruction(instruction=f"{uuid4()}\npractice: 401x1") for _ in range(5)]
    with pytest.raises(CommandError, match="provider_refused"):
        generate(tmp_path / "a-synthetic", practice_provider.base_url, "--parallel", "1")
    assert not list(tmp_path.iterdir())
    assert SyntheticOutput.objects.count() == 2
    assert "Generated 5" in generate(tmp_path / "a-synthetic", practice_provider.base_url)
    assert SyntheticOutput.objects.filter(instruction__in=broken).count() == 5


def test_a_server_that_is_briefly_away_is_asked_again(practice_provider: Provider, tmp_path: Path) -> None:
    make_synthetic_model()
    make_instruction(instruction=f"{uuid4()}\npractice: 500x1")
    assert "Generated 1, left out 0, failed 0" in generate(tmp_path / "a-synthetic", practice_provider.base_url)


def test_an_answer_that_was_cut_or_empty_is_known_to_the_gate_and_not_released(
    practice_provider: Provider, tmp_path: Path
) -> None:
    make_synthetic_model()
    make_asked(1)
    cut = make_instruction(instruction=f"{uuid4()}\npractice: length")
    make_instruction(instruction=f"{uuid4()}\npractice: empty")
    assert "Generated 1, left out 2" in generate(tmp_path / "a-synthetic", practice_provider.base_url)
    assert cut.references.get().text and cut.references.get().status == "interrupted"
    assert len(lines(tmp_path / "a-synthetic/data/train-00000-of-00001.jsonl")) == 1


def test_only_clean_instructions_are_asked(practice_provider: Provider, tmp_path: Path) -> None:
    make_synthetic_model()
    (good,) = make_asked(1)
    for status in ("held", "rejected", "screened"):
        make_instruction(status=status)
    make_instruction(is_practice=True)
    make_instruction(duplicate_of=good)
    make_instruction(import_batch=make_import_batch(revoked_at="2026-01-01T00:00:00Z"))
    mine = make_instruction(participant=make_participant())
    instruction_withdraw(participant=mine.participant, public_id=mine.public_id)
    generate(tmp_path / "a-synthetic", practice_provider.base_url)
    assert [one.instruction for one in SyntheticOutput.objects.all()] == [good]


def test_what_is_taken_back_later_leaves_the_next_release(practice_provider: Provider, tmp_path: Path) -> None:
    make_synthetic_model()
    kept = make_synthetic_output(make_instruction(), text="残る答えです。")
    gone = make_instruction(participant=make_participant())
    changed = make_synthetic_output(make_instruction(), text="消される番号を含む答えです。")
    batch = make_import_batch()
    make_synthetic_output(make_instruction(import_batch=batch), text="許しの取り消された答えです。")
    make_synthetic_output(gone, text="取り下げられた答えです。")
    make_synthetic_output(make_instruction(), text="電話は090-1234-5678です。")
    assert SyntheticRecord.objects.count() == 4
    instruction_withdraw(participant=gone.participant, public_id=gone.public_id)
    Reference.objects.filter(pk=changed.reference_id).update(text="書きかえられた答えです。")
    ImportBatch.objects.filter(pk=batch.pk).update(revoked_at="2026-01-01T00:00:00Z")
    assert [row.pk for row in SyntheticRecord.objects.all()] == [kept.public_id]
    assert not Reference.objects.filter(instruction=gone).exclude(text="").exists()
    model_revoke(name=MODEL, by="Aoi")
    assert not SyntheticRecord.objects.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "gpt-4o"}, "OpenAI"),
        ({"model": "unknown"}, "synthetic_model add"),
        ({"base_url": "https://api.openai.com/v1"}, "api.openai.com"),
        ({"base_url": "nowhere"}, "address of a server"),
        ({"name": "release"}, "end in -synthetic"),
        ({"limit": 0}, "begin at 1"),
    ],
)
def test_what_is_not_allowed_is_refused_before_anything_is_asked(
    change: dict[str, Any], words: str, tmp_path: Path
) -> None:
    make_synthetic_model()
    make_asked(1)
    base_url = change.get("base_url", f"http://127.0.0.1:{free_port()}/v1")
    with pytest.raises(CommandError, match=words):
        generate(
            tmp_path / change.get("name", "a-synthetic"), base_url,
            model=change.get("model", MODEL), limit=change.get("limit", 1),
        )  # fmt: skip
    assert not SyntheticOutput.objects.exists() and not list(tmp_path.iterdir())


def test_nothing_to_release_leaves_no_folder(practice_provider: Provider, tmp_path: Path) -> None:
    make_synthetic_model()
    with pytest.raises(CommandError, match="no output of this model"):
        generate(tmp_path / "a-synthetic", practice_provider.base_url)
    assert not list(tmp_path.iterdir())


def test_each_output_is_in_the_gates_index_when_it_is_stored(practice_provider: Provider, tmp_path: Path) -> None:
    make_synthetic_model()
    make_asked(3)
    generate(tmp_path / "a-synthetic", practice_provider.base_url)
    state = index_verify()
    assert (state.references, state.indexed, state.missing) == (3, 3, [])
