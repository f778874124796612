"""Instructions that ask nearly the same: the clean room's fingerprints find them, and their letters decide."""

import re

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from rapidfuzz import fuzz

from annotation.cleanroom.engine import Engine
from annotation.cleanroom.index import rank_rows
from annotation.models import InstructionHash
from collection.models import Instruction
from collection.screening.duplicates import text_normalise
from collection.states import InstructionStatus

# Of a hundred letters, so many stand alike in both and in the same order.
NEARLY_SAME = 90.0
COMPARED = 10
# One writer at a time, so that of two that arrive together the second sees the first.
_LOCK = 0x48697468  # any number that nothing else of ours locks
_DIGITS = re.compile(r"\d+")
_GONE = (InstructionStatus.REJECTED, InstructionStatus.WITHDRAWN)


def neighbour_find(*, instruction: Instruction) -> Instruction | None:
    """Put an instruction into the index and return an earlier one that asks nearly the same, if there is one.

    Runs inside the transaction of the screening and locks the index until that ends. Two questions that differ in a
    number differ: 「2019年の出来事」 is not 「2020年の出来事」.
    """
    text = _text(instruction)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    rows = _index(instruction, text)
    likely = rank_rows(*rows, limit=COMPARED)
    earlier = Instruction.objects.filter(pk__in=likely).exclude(pk=instruction.pk).exclude(status__in=_GONE)
    own = text_normalise(text)
    for other in earlier.order_by("pk"):
        theirs = text_normalise(_text(other))
        if _DIGITS.findall(own) == _DIGITS.findall(theirs) and fuzz.ratio(own, theirs) >= NEARLY_SAME:
            return other
    return None


def neighbour_forget(*, instruction: Instruction) -> None:
    """Take an instruction out of the index: of a short text, the fingerprints would let it be guessed."""
    InstructionHash.objects.filter(instruction=instruction).delete()


def neighbour_reindex(*, instruction: Instruction) -> None:
    """Index an instruction again after a passage of it was destroyed."""
    _index(instruction, _text(instruction))


def _text(instruction: Instruction) -> str:
    return f"{instruction.instruction}\n{instruction.input}"


def _index(instruction: Instruction, text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Store the fingerprints; returns the rows (hash, instruction) of the others that share one."""
    hashes = Engine().fingerprint(text).all().tolist()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM annotation_instructionhash WHERE instruction_id = %s", [instruction.pk])
        cursor.execute("SELECT hash, instruction_id FROM annotation_instructionhash WHERE hash = ANY(%s)", [hashes])
        found = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 2)
        cursor.execute(
            "INSERT INTO annotation_instructionhash (hash, instruction_id) SELECT unnest(%s::bigint[]), %s",
            [hashes, instruction.pk],
        )
    return found[:, 0], found[:, 1]
