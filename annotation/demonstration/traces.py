"""Invented writing traces: what the editor would have counted while somebody wrote a text by hand."""

import hashlib
import random
from collections.abc import Iterator
from typing import Any

from annotation.cleanroom.trace import BUCKET_SECONDS, utf16_length

Save = tuple[str, list[dict[str, Any]]]
SAVES = 3
UNITS_A_BUCKET = 22


def saves_of(text: str, chance: random.Random, number: int = 0, start: str = "") -> Iterator[Save]:
    """Yield the autosaves of a text: each with the text so far and the buckets since the one before.

    `number` is the last bucket that exists already, and `start` the text it ended with.
    """
    cuts = [round(len(text) * (part + 1) / SAVES) for part in range(SAVES)]
    held = start
    for cut in cuts:
        goal = text[:cut]
        buckets = list(_buckets(held, goal, chance, number))
        number += len(buckets)
        held = goal
        yield goal, buckets


def save_pasted(text: str, chance: random.Random) -> Save:
    """Return the one autosave of a text that was written elsewhere and pasted whole into an empty draft."""
    length = utf16_length(text)
    bucket = _bucket(1, 0, 0, length, text, chance)
    return text, [bucket | {"pasted": length, "largest_insertion": length, "pauses": [0, 0, 0, 0, 0, 0]}]


def _buckets(held: str, goal: str, chance: random.Random, number: int) -> Iterator[dict[str, Any]]:
    """Yield buckets that take a writer from one text to another, with the detours that people make."""
    shared = next((at for at, (a, b) in enumerate(zip(held, goal, strict=False)) if a != b), min(len(held), len(goal)))
    to_delete = utf16_length(held[shared:])
    to_write = goal[shared:]
    length, text = utf16_length(held), held[:shared]
    while to_delete or to_write:
        number += 1
        piece, to_write = to_write[:UNITS_A_BUCKET], to_write[UNITS_A_BUCKET:]
        written = utf16_length(piece)
        detour = chance.choice((0, 0, 2, 3, 5))  # typed, then thought better of
        length += written - to_delete
        text += piece
        yield _bucket(number, written + detour, to_delete + detour, length, text, chance)
        to_delete = 0


def _bucket(number: int, composed: int, deleted: int, length: int, text: str, chance: random.Random) -> dict[str, Any]:
    return {
        "number": number,
        "started_ms": (number - 1) * BUCKET_SECONDS * 1000,
        "typed": 0,
        "composed": composed,
        "pasted": 0,
        "pasted_own": 0,
        "pasted_quote": 0,
        "dropped": 0,
        "replaced": 0,
        "undone": 0,
        "deleted": deleted,
        "inserted_before_end": chance.choice((0, 0, 1, 4)),
        "largest_insertion": min(9, composed),
        "untrusted": 0,
        "pauses": [composed, 4, 2, chance.choice((0, 1, 2)), chance.choice((0, 0, 1)), 0],
        "blurred_ms": 0,
        "hidden_ms": 0,
        "focus_losses": 0,
        "length": length,
        "draft_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
