"""The log of commitments for others: checkpoints, proofs, and what an auditor opens. Checking it whole is in `commitment_check`."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from annotation.cleanroom.merkle import Tree
from annotation.cleanroom.merkle_proofs import BrokenProof, frontier_grow, frontier_root, inclusion_verify, leaf_hash
from annotation.models import Checkpoint, Commitment, CommitmentAudit, RecordSalt
from annotation.models.commitments import LOG_LOCK
from annotation.services.commitments import commitment_value
from config.errors import BadInput, Conflict

ROWS_A_FETCH = 2000


class LogEmpty(Conflict):
    code = "log_empty"
    message = _("The log is empty: no reference has been stored yet.")


class LogNotGrown(Conflict):
    code = "log_not_grown"
    message = _(
        "The log of commitments does not go on from the one of the release before. Nothing was released; "
        "`manage.py commitments verify` says where it was changed."
    )


class NotInTheLog(BadInput):
    code = "not_in_the_log"
    message = _("The log has no such position or size.")


class AuditorUnknown(BadInput):
    code = "auditor_unknown"
    message = _("Say for whom the references are opened, and the seed that the auditor chose.")


@dataclass(frozen=True, slots=True)
class Opening:
    """One leaf as an auditor gets it; without salt and text when these were destroyed, and why. Bytes are hexadecimal.

    Of what stands open the publisher also says, and the log does not prove, which `instruction` it answers, what `records`
    answer the same, and as which in the order of arrival it became known to the gate.
    """

    position: int
    value: str
    salt: str
    text: str
    proof: list[str]
    why_closed: str
    instruction: str = ""
    records: list[str] = field(default_factory=list)
    arrived: int = 0

    @property
    def is_open(self) -> bool:
        return not self.why_closed


@transaction.atomic
def checkpoint_record() -> Checkpoint:
    """Write down the log's size and root as they stand, unless they are already. Locks the log's end. Raises `LogEmpty`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOG_LOCK])
    last = Checkpoint.objects.order_by("-size").first()
    before, frontier = (last.size, [bytes.fromhex(node) for node in last.frontier]) if last else (0, [])
    added = Commitment.objects.filter(position__gte=before).order_by("position").values_list("value", flat=True)
    leaves = (leaf_hash(bytes(value)) for value in added.iterator(chunk_size=ROWS_A_FETCH))
    frontier, size = frontier_grow(frontier, before, leaves)
    if last is not None and size == last.size:
        return last
    if not size:
        raise LogEmpty()
    nodes = [node.hex() for node in frontier]
    return Checkpoint.objects.create(size=size, root=frontier_root(frontier).hex(), frontier=nodes)


def log_tree() -> Tree:
    """Return the Merkle tree over the log as it stands."""
    values = Commitment.objects.order_by("position").values_list("value", flat=True)
    return Tree(leaf_hash(bytes(value)) for value in values.iterator(chunk_size=ROWS_A_FETCH))


def consistency_prove(first: int, second: int | None = None) -> dict[str, Any]:
    """Return the proof that the log of `second` leaves grew from that of `first`. Raises `NotInTheLog`."""
    tree = log_tree()
    second = len(tree) if second is None else second
    try:
        return {
            "first": {"size": first, "root": tree.root(first).hex()},
            "second": {"size": second, "root": tree.root(second).hex()},
            "proof": [node.hex() for node in tree.consistency_proof(first, second)],
        }
    except IndexError:
        raise NotInTheLog() from None


def checkpoint_for_release(earlier: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the checkpoint that a release carries, with the proof that the log only grew since that of an earlier release.

    None while the log is empty. Raises `LogNotGrown`.
    """
    try:
        now = checkpoint_record()
    except LogEmpty:
        return None
    told: dict[str, Any] = {"size": now.size, "root": now.root, "grew_from": None}
    if earlier:
        try:
            shown = consistency_prove(earlier["size"], now.size)
        except NotInTheLog as error:
            raise LogNotGrown() from error
        if (shown["first"]["root"], shown["second"]["root"]) != (earlier["root"], now.root):
            raise LogNotGrown()
        told["grew_from"] = {**shown["first"], "proof": shown["proof"]}
    return told


def inclusion_prove(position: int, size: int | None = None) -> dict[str, Any]:
    """Return the proof that a commitment is in the log; it tells nothing of the text. Raises `NotInTheLog`."""
    tree = log_tree()
    size = len(tree) if size is None else size
    try:
        proof = tree.inclusion_proof(position, size)
    except IndexError:
        raise NotInTheLog() from None
    value = Commitment.objects.values_list("value", flat=True).get(position=position)
    return {
        "position": position,
        "value": bytes(value).hex(),
        "size": size,
        "root": tree.root(size).hex(),
        "proof": [node.hex() for node in proof],
    }


def audit_positions(seed: str, size: int, count: int) -> list[int]:
    """Draw `count` different positions, or all there are: SHA-256 of "seed:0", "seed:1", … modulo the size, in order.

    Whoever knows the seed draws the same; the auditor should choose it after the checkpoint was published.
    """
    drawn: dict[int, None] = {}
    number = 0
    while len(drawn) < min(count, size):
        digest = hashlib.sha256(f"{seed}:{number}".encode()).digest()
        drawn[int.from_bytes(digest) % size] = None
        number += 1
    return list(drawn)


@transaction.atomic
def audit_open(
    *, auditor: str, seed: str, count: int, size: int | None = None
) -> tuple[CommitmentAudit, list[Opening]]:
    """Open a random sample to an auditor, who gets to read the references; it is written down.

    Raises `AuditorUnknown`, `LogEmpty` or `NotInTheLog`.
    """
    if not auditor.strip() or not seed:
        raise AuditorUnknown()
    tree = log_tree()
    size = len(tree) if size is None else size
    if not size:
        raise LogEmpty()
    if not 0 < size <= len(tree):
        raise NotInTheLog()
    positions = audit_positions(seed, size, count)
    entries = Commitment.objects.filter(position__in=positions).select_related("reference__instruction", "salt")
    found = {row.position: row for row in entries}
    records: dict[int, list[str]] = defaultdict(list)
    salted = RecordSalt.objects.filter(task__instruction__in=[row.reference.instruction_id for row in found.values()])
    for instruction, record in salted.order_by("task").values_list("task__instruction", "task__public_id"):
        records[instruction].append(str(record))
    openings = [_opening(found[position], tree.inclusion_proof(position, size), records) for position in positions]
    audit = CommitmentAudit.objects.create(
        auditor=auditor.strip()[:200], seed=seed[:200], size=size, root=tree.root(size).hex(), positions=positions
    )
    return audit, openings


def opening_check(opening: Opening, *, size: int, root: str) -> None:
    """Check one opened leaf against a root that was published before; needs no database. Raises `BrokenProof`."""
    try:
        value = bytes.fromhex(opening.value)
        proof = [bytes.fromhex(node) for node in opening.proof]
        salt, expected = bytes.fromhex(opening.salt), bytes.fromhex(root)
    except ValueError as error:
        raise BrokenProof("not hexadecimal") from error
    if opening.is_open and commitment_value(salt, opening.text) != value:
        raise BrokenProof("the text is not the one that was committed to")
    inclusion_verify(leaf=leaf_hash(value), index=opening.position, size=size, proof=proof, root=expected)


def _opening(row: Commitment, proof: list[bytes], records: dict[int, list[str]]) -> Opening:
    answer = row.reference
    closed = Opening(row.position, bytes(row.value).hex(), "", "", [node.hex() for node in proof], "withdrawn")
    if not hasattr(row, "salt"):
        return replace(closed, why_closed="redacted") if answer.text else closed
    return replace(
        closed,
        why_closed="",
        salt=bytes(row.salt.value).hex(),
        text=answer.text,
        instruction=str(answer.instruction.public_id),
        records=records[answer.instruction_id],
        arrived=answer.position or 0,
    )
