"""Commitments to references: entered with the text, dense under any race, closed for ever with a withdrawal, and whoever
changes or leaves out anything is found.
"""

import hashlib
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction

from annotation.cleanroom.merkle_proofs import BrokenProof, consistency_verify, inclusion_verify, leaf_hash
from annotation.models import Checkpoint, Commitment, CommitmentAudit, CommitmentSalt, Task
from annotation.services.commitment_check import log_verify
from annotation.services.commitment_log import (
    AuditorUnknown,
    LogEmpty,
    NotInTheLog,
    Opening,
    audit_open,
    audit_positions,
    checkpoint_record,
    consistency_prove,
    inclusion_prove,
    log_tree,
    opening_check,
)
from annotation.services.commitments import commitments_mend
from annotation.services.queue import task_claim
from collection.models import Instruction, Reference
from collection.services.redaction import instruction_redact
from collection.services.withdrawal import instruction_withdraw
from tests.cast import cast
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_order, make_task

TEXT = "これは模型の書いた、{}番目の答えです。電話は03-1234-5678です。"


def stored(count: int) -> list[Reference]:
    return [make_reference(make_instruction(), text=TEXT.format(number)) for number in range(count)]


def tamper(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values)
        assert cursor.rowcount > 0
        cursor.execute("SET LOCAL session_replication_role = origin")


def positions() -> list[int]:
    return list(Commitment.objects.order_by("id").values_list("position", flat=True))


# --- entering --------------------------------------------------------------------------------------------------------


def test_a_stored_reference_is_entered_in_the_same_transaction(db: None) -> None:
    with transaction.atomic():
        stored(1)
        assert positions() == [0]
        transaction.set_rollback(True)
    assert positions() == []
    (reference,) = stored(1)
    entry = Commitment.objects.get()
    assert (entry.position, entry.reference) == (0, reference)
    salt = bytes(entry.salt.value)
    assert len(salt) == 32
    assert bytes(entry.value) == hashlib.sha256(salt + reference.text.encode()).digest()
    make_reference(make_instruction(), text="", status="failed")  # nothing was said, so there is nothing to commit to
    stored(2)
    assert positions() == [0, 1, 2]
    assert log_verify().is_sound


@pytest.mark.race
def test_many_at_once_take_dense_positions(transactional_db: None) -> None:
    asked = [make_instruction() for _ in range(24)]
    start = Barrier(6)

    def store(number: int) -> None:
        try:
            start.wait(timeout=10)
            for instruction in asked[number::6]:
                try:
                    with transaction.atomic():
                        make_reference(instruction, text=TEXT.format(instruction.pk))
                        if instruction.pk % 3 == 0:
                            raise RuntimeError  # what comes to nothing leaves no gap
                except RuntimeError:
                    continue
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(store, range(6)))
    kept = Reference.objects.exclude(text="").count()
    assert kept == 16
    assert sorted(positions()) == list(range(kept))
    state = log_verify()
    assert state.is_sound and state.opened == kept


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE annotation_commitment SET position = 7",
        "DELETE FROM annotation_commitment",
        "UPDATE annotation_commitmentsalt SET value = ''",
        "DELETE FROM annotation_commitmentsalt",
        "UPDATE annotation_checkpoint SET size = 9",
        "INSERT INTO annotation_commitment (position, reference_id, value, at) SELECT 1, id, 'short', now() FROM collection_reference",
    ],
)
def test_the_database_changes_nothing_in_the_log(db: None, statement: str) -> None:
    stored(1)
    checkpoint_record()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_whatever_position_is_asked_for_the_next_one_is_given(db: None) -> None:
    (reference,) = stored(1)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO annotation_commitment (position, reference_id, value, at) VALUES (99, %s, %s, now())",
            [reference.pk, b"x" * 32],
        )
    assert positions() == [0, 1]


# --- before anybody writes -------------------------------------------------------------------------------------------


def uncommitted_task() -> tuple[Any, Task]:
    """A queued task whose reference was stored past every service."""
    people = cast()
    task = make_task(people, instruction=make_instruction())
    reference = Reference.objects.create(instruction=task.instruction, provider="openai", model="gpt-4o")
    Reference.objects.filter(pk=reference.pk).update(text=TEXT, position=1)
    return people, task


def test_no_task_is_claimed_before_its_reference_is_in_the_log(db: None) -> None:
    people, task = uncommitted_task()
    change = {"status": "claimed", "writer": people.wataru, "lease_expires_at": "2099-01-01T00:00Z"}
    with pytest.raises(DatabaseError, match="not in the log of commitments"), transaction.atomic():
        Task.objects.filter(pk=task.pk).update(**change)
    commitments_mend()
    assert Task.objects.filter(pk=task.pk).update(**change) == 1


def test_a_claim_enters_what_was_left_out_and_says_so_loudly(db: None, caplog: pytest.LogCaptureFixture) -> None:
    people, task = uncommitted_task()
    with caplog.at_level(logging.ERROR):
        assert task_claim(writer=people.wataru) == task
    assert "without a commitment" in caplog.text
    assert log_verify().is_sound


def test_issuing_an_order_enters_what_was_left_out_and_writes_the_root_down(
    db: None, django_capture_on_commit_callbacks: Any
) -> None:
    people = cast()
    reference = Reference.objects.create(instruction=make_instruction(), provider="openai", model="gpt-4o")
    Reference.objects.filter(pk=reference.pk).update(text=TEXT, position=1)
    with django_capture_on_commit_callbacks(execute=True):
        make_order(people)
    assert Checkpoint.objects.get().size == 1
    assert log_verify().is_sound


# --- when texts go ---------------------------------------------------------------------------------------------------


def test_a_withdrawal_destroys_the_salt_and_every_root_still_stands(db: None) -> None:
    references = stored(5)
    before = checkpoint_record()
    proof = inclusion_prove(2)
    asked = references[2].instruction
    instruction_withdraw(participant=asked.participant, public_id=asked.public_id)  # type: ignore[arg-type]
    assert not CommitmentSalt.objects.filter(commitment__position=2).exists()
    assert log_tree().root().hex() == before.root
    assert inclusion_prove(2) == proof
    state = log_verify()
    assert (state.is_sound, state.opened, state.destroyed) == (True, 4, 1)
    _audit, openings = audit_open(auditor="An auditor", seed="s", count=5)
    closed = next(opening for opening in openings if opening.position == 2)
    assert (closed.why_closed, closed.salt, closed.text) == ("withdrawn", "", "")
    opening_check(closed, size=5, root=before.root)


def test_a_redaction_closes_the_old_leaf_and_enters_what_is_left(db: None) -> None:
    instruction = make_instruction(instruction="電話は03-1234-5678です。直してください。", status="held")
    reference = make_reference(instruction, text=TEXT)
    seen = "03-1234-5678"
    start = instruction.instruction.index(seen)
    by = type("Person", (), {"pk": 1})()
    instruction_redact(
        instruction=instruction, field="instruction", start=start, end=start + len(seen), seen=seen, by=by
    )
    reference.refresh_from_db()
    assert seen not in reference.text
    assert list(CommitmentSalt.objects.values_list("commitment__position", flat=True)) == [1]
    state = log_verify()
    assert (state.is_sound, state.size, state.destroyed) == (True, 2, 1)


# --- proofs and audits -----------------------------------------------------------------------------------------------


def test_a_checkpoint_is_written_once_for_a_size_and_the_next_one_provably_grew_from_it(db: None) -> None:
    with pytest.raises(LogEmpty):
        checkpoint_record()
    stored(3)
    first = checkpoint_record()
    assert checkpoint_record() == first
    stored(4)
    second = checkpoint_record()
    assert (first.size, second.size) == (3, 7)
    assert second.root == log_tree().root().hex()
    told = consistency_prove(3)
    assert told["first"] == {"size": 3, "root": first.root} and told["second"] == {"size": 7, "root": second.root}
    roots = {"first_root": bytes.fromhex(first.root), "second_root": bytes.fromhex(second.root)}
    consistency_verify(first=3, second=7, proof=[bytes.fromhex(node) for node in told["proof"]], **roots)
    entry = inclusion_prove(1, 3)
    inclusion_verify(
        leaf=leaf_hash(bytes.fromhex(entry["value"])), index=1, size=3,
        proof=[bytes.fromhex(node) for node in entry["proof"]], root=bytes.fromhex(first.root),
    )  # fmt: skip
    for wrong in (lambda: inclusion_prove(7), lambda: inclusion_prove(0, 8), lambda: consistency_prove(0)):
        with pytest.raises(NotInTheLog):
            wrong()


def test_a_sample_is_drawn_by_the_auditors_seed_alone() -> None:
    assert audit_positions("2026-11-22", 1000, 5) == [
        int.from_bytes(hashlib.sha256(f"2026-11-22:{number}".encode()).digest()) % 1000 for number in range(5)
    ]
    drawn = audit_positions("x", 20, 300)
    assert sorted(drawn) == list(range(20))
    assert audit_positions("x", 10**9, 300) != audit_positions("y", 10**9, 300)


def test_opening_is_written_down_and_nothing_else_than_the_committed_text_fits(db: None) -> None:
    stored(6)
    for auditor, seed in (("", "s"), ("  ", "s"), ("An auditor", "")):
        with pytest.raises(AuditorUnknown):
            audit_open(auditor=auditor, seed=seed, count=3)
    audit, openings = audit_open(auditor="An auditor", seed="s", count=3)
    assert CommitmentAudit.objects.get() == audit
    assert audit.positions == [opening.position for opening in openings] == audit_positions("s", 6, 3)
    one = openings[0]
    opening_check(one, size=6, root=audit.root)
    values = {name: getattr(one, name) for name in Opening.__slots__}
    for change in (
        {"text": one.text + "。"},
        {"salt": "00" * 32},
        {"salt": "not hexadecimal"},
        {"value": "00" * 32},
        {"position": (one.position + 1) % 6},
        {"proof": one.proof[:-1]},
        {"why_closed": "withdrawn", "value": "11" * 32},
    ):
        with pytest.raises(BrokenProof):
            opening_check(Opening(**values | change), size=6, root=audit.root)


# --- tampering -------------------------------------------------------------------------------------------------------

TAMPERINGS = {
    "does not open to the text": ("UPDATE collection_reference SET text = text || '。' WHERE position = 3",),
    "cannot be opened": (
        "DELETE FROM annotation_commitmentsalt WHERE commitment_id = (SELECT id FROM annotation_commitment WHERE position = 2)",
    ),
    "still has its salt": ("UPDATE collection_reference SET text = '' WHERE position = 3",),
    "the root is another": ("UPDATE annotation_checkpoint SET root = repeat('0', 64)",),
    "fewer leaves": (
        "DELETE FROM annotation_commitmentsalt WHERE commitment_id = (SELECT id FROM annotation_commitment WHERE position = 4)",
        "DELETE FROM annotation_commitment WHERE position = 4",
        "UPDATE collection_reference SET text = '', position = NULL WHERE position = 5",
    ),
}


@pytest.mark.parametrize("said", TAMPERINGS)
def test_whoever_changes_something_past_the_database_is_found(db: None, said: str) -> None:
    stored(5)
    checkpoint_record()
    assert log_verify().is_sound
    for statement in TAMPERINGS[said]:
        tamper(statement)
    state = log_verify()
    assert state.problem_count == 1 and said in state.problems[0]


def test_a_swapped_leaf_with_a_salt_of_its_own_is_found_by_the_root(db: None) -> None:
    references = stored(5)
    kept = checkpoint_record()
    forged = "別の答えです。"
    salt = b"s" * 32
    entry = Commitment.objects.get(position=2)
    tamper("UPDATE collection_reference SET text = %s WHERE id = %s", forged, references[2].pk)
    tamper("UPDATE annotation_commitmentsalt SET value = %s WHERE commitment_id = %s", salt, entry.pk)
    value = hashlib.sha256(salt + forged.encode()).digest()
    tamper("UPDATE annotation_commitment SET value = %s WHERE id = %s", value, entry.pk)
    state = log_verify()
    assert [problem for problem in state.problems if "the root is another" in problem]
    tamper("DELETE FROM annotation_checkpoint")  # even then, whoever kept the root finds it
    assert log_verify().is_sound
    assert not log_verify(known=(kept.size, kept.root)).is_sound


def test_a_missing_leaf_and_a_reference_left_out_are_named(db: None) -> None:
    references = stored(4)
    tamper(
        "DELETE FROM annotation_commitmentsalt WHERE commitment_id IN (SELECT id FROM annotation_commitment WHERE position = 1)"
    )
    tamper("DELETE FROM annotation_commitment WHERE position = 1")
    state = log_verify()
    assert state.problems == [
        "Position 1 is missing.",
        f"Reference {references[1].pk} is not in the log.",
    ]


# --- the command -----------------------------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, Any]:
    out = StringIO()
    code = 0
    try:
        call_command("commitments", "--json", *arguments, stdout=out, stderr=out)
    except CommandError as error:
        code = error.returncode
    told = out.getvalue().strip()
    return code, json.loads(told) if told else None


def test_the_command_prints_proves_opens_and_checks(db: None, tmp_path: Path) -> None:
    assert run("checkpoint") == (2, None)
    references = stored(5)
    code, checkpoint = run("checkpoint")
    assert (code, checkpoint["size"]) == (0, 5)
    code, state = run("verify", "--size", "5", "--root", checkpoint["root"])
    assert (code, state["opened"], state["problems"]) == (0, 5, [])
    assert run("verify", "--size", "5", "--root", "00" * 32)[0] == 1
    assert run("prove", "3")[1]["root"] == checkpoint["root"]
    assert run("prove", "5")[0] == 2
    stored(2)
    assert run("grown", "5")[1]["first"]["root"] == checkpoint["root"]
    file = tmp_path / "audit.jsonl"
    asked = ("open", "--for", "An auditor", "--seed", "2026", "--count", "4", "--size", "5", "--out", str(file))
    assert run(*asked)[1] == {"size": 5, "root": checkpoint["root"], "opened": 4, "closed": 0}
    assert run(*asked)[0] == 2  # the file is there: nothing is written over, and nothing opened again
    assert CommitmentAudit.objects.count() == 1
    check = ("check", str(file), "--size", "5", "--root", checkpoint["root"])
    assert run(*check) == (0, {"checked": 4, "closed": 0, "wrong": []})
    file.write_text(file.read_text(encoding="utf-8").replace("模型", "模形", 1), encoding="utf-8")
    code, told = run(*check)
    assert code == 1 and len(told["wrong"]) == 1
    tamper("UPDATE collection_reference SET text = 'x' WHERE id = %s", references[0].pk)
    assert run("verify")[0] == 1


def test_a_sample_that_cannot_be_opened_leaves_no_file(db: None, tmp_path: Path) -> None:
    stored(1)
    file = tmp_path / "audit.jsonl"
    assert run("open", "--for", " ", "--seed", "2026", "--out", str(file))[0] == 2
    assert run("open", "--for", "A", "--seed", "2026", "--size", "9", "--out", str(file))[0] == 2
    assert not file.exists()
    assert run("open", "--for", "A", "--seed", "2026", "--out", str(tmp_path / "no" / "where"))[0] == 2
    (tmp_path / "broken").write_text("[]\n", encoding="utf-8")
    for name in ("broken", "missing"):
        assert run("check", str(tmp_path / name), "--size", "1", "--root", "00")[0] == 2


def test_it_speaks_in_sentences_too(db: None) -> None:
    stored(2)
    out = StringIO()
    call_command("commitments", "verify", stdout=out, stderr=out)
    assert out.getvalue().startswith("2 commitments, root ")
    assert Instruction.objects.count() == 2
