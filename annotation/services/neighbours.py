"""Instructions that ask nearly the same: the clean room's fingerprints find them, and their letters decide."""

import re
from collections.abc import Sequence

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from rapidfuzz import fuzz

from annotation.cleanroom.engine import Engine
from annotation.cleanroom.index import rank_rows, rows_in
from annotation.models import InstructionHash
from collection.models import Instruction
from collection.screening.duplicates import text_normalise
from config.statements import Statement, array_text

# Of a hundred letters, so many stand alike in both and in the same order.
NEARLY_SAME = 90.0
COMPARED = 10
# One writer at a time, so that of two that arrive together the second sees the first.
_LOCK = 0x48697468  # any number that nothing else of ours locks
_DIGITS = re.compile(r"\d+")

_FORGET = Statement("DELETE FROM annotation_instructionhash WHERE instruction_id = ANY(%(keys)s::bigint[]) RETURNING 1")
_LOOK_UP = Statement("""
SELECT string_agg(int8send(held.hash) || int8send(held.instruction_id), '')
FROM unnest(%(hashes)s::bigint[]) AS wanted (hash)
JOIN annotation_instructionhash held ON held.hash = wanted.hash
""")
_ADD = Statement("""
INSERT INTO annotation_instructionhash (hash, instruction_id)
SELECT * FROM unnest(%(hashes)s::bigint[], %(owners)s::bigint[])
RETURNING 1
""")


def neighbours_find(*, instructions: Sequence[Instruction]) -> list[list[Instruction]]:
    """Put instructions into the index, one after the other, and return for each those before it that ask nearly the same.

    Of each no more than `COMPARED` are looked at; whether one was rejected since is for the caller. Runs inside the
    transaction of the screening and locks the index until that ends. Two questions that differ in a number differ:
    「2019年の出来事」 is not 「2020年の出来事」.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    likely = _likely(instructions)
    own = {row.pk: row for row in instructions}
    keys = {pk for chosen in likely for pk in chosen} - own.keys()
    known = {row.pk: _Read(row) for row in [*Instruction.objects.filter(pk__in=keys), *instructions]}
    return [
        [known[pk].row for pk in sorted(chosen) if pk in known and known[pk].is_nearly(known[row.pk])]
        for row, chosen in zip(instructions, likely, strict=True)
    ]


def _likely(instructions: Sequence[Instruction]) -> list[list[int]]:
    """Index instructions; for each, the keys of those indexed before it that share most."""
    keys = np.array([row.pk for row in instructions], dtype=np.int64)
    hashes, numbers = Engine().fingerprint_all([_text(row) for row in instructions])
    held, owners = _index(keys, hashes, keys[numbers])
    by_hash = np.argsort(hashes, kind="stable")
    likely = []
    for number in range(len(keys)):
        wanted = hashes[numbers == number]
        found, others = rows_in(held, owners, wanted)
        beside, places = rows_in(hashes[by_hash], numbers[by_hash], wanted)
        is_before = places < number
        found = np.concatenate((found, beside[is_before]))
        likely.append(rank_rows(found, np.concatenate((others, keys[places[is_before]])), limit=COMPARED))
    return likely


class _Read:
    """An instruction as it is compared."""

    def __init__(self, row: Instruction) -> None:
        self.row = row
        self._text = text_normalise(_text(row))
        self._digits = _DIGITS.findall(self._text)

    def is_nearly(self, other: "_Read") -> bool:
        if self._digits != other._digits:
            return False
        return fuzz.ratio(self._text, other._text, score_cutoff=NEARLY_SAME) >= NEARLY_SAME


def neighbour_forget(*, instruction: Instruction) -> None:
    """Take an instruction out of the index: of a short text, the fingerprints would let it be guessed."""
    InstructionHash.objects.filter(instruction=instruction).delete()


def neighbour_reindex(*, instruction: Instruction) -> None:
    """Index an instruction again after a passage of it was destroyed."""
    _likely([instruction])


def _text(instruction: Instruction) -> str:
    return f"{instruction.instruction}\n{instruction.input}"


def _index(
    keys: NDArray[np.int64], hashes: NDArray[np.int64], owners: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Store the fingerprints; returns the rows (hash, instruction) of others that share one, by hash."""
    _FORGET.rows(keys=array_text(keys.tolist()))
    ((held,),) = _LOOK_UP.rows(hashes=array_text(np.unique(hashes).tolist()))
    _ADD.rows(hashes=array_text(hashes.tolist()), owners=array_text(owners.tolist()))
    found = np.frombuffer(held or b"", dtype=">i8").astype(np.int64).reshape(-1, 2)
    found = found[np.argsort(found[:, 0], kind="stable")]
    return found[:, 0], found[:, 1]
