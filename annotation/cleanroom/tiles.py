"""Making the tiles of references, which a release may carry; finding them again is in `tile_scan`.

Pieces are disjoint: from the hashes of all overlapping ones, four fifths of a text could be put together again.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.hashing import GRAM
from annotation.cleanroom.normalise import normalise
from annotation.cleanroom.stopgrams import StopGrams
from annotation.cleanroom.tile_scan import anchored, tile
from annotation.cleanroom.unicode_table import PINNED_UNICODE

_GOLDEN = Path(__file__).with_name("golden.json")
_NEWEST_LETTER = "\ua7c0"  # of the pinned version: an older Python does not know its small form


@dataclass(frozen=True)
class TileFiles:
    """What a release carries of the references: tiles, sorted distinct uint64 of shape (k,), of how many references, and
    the list of stop-grams that were left out."""

    hashes: NDArray[np.uint64]
    references: int
    stops: StopGrams

    def dump(self) -> bytes:
        """The tiles as bytes: eight for each, the lowest first."""
        return self.hashes.astype("<u8").tobytes()


def tiles_of(texts: Iterable[str], stops: StopGrams) -> TileFiles:
    """Return the tiles of some references. The order of the texts, and how often one comes, changes nothing in the hashes."""
    found: list[NDArray[np.uint64]] = []
    count = 0
    for text in texts:
        found.append(np.array([tile(piece) for piece in disjoint_pieces(text, stops)], dtype=np.uint64))
        count += 1
    return TileFiles(np.unique(np.concatenate([np.empty(0, dtype=np.uint64), *found])), count, stops)


def disjoint_pieces(text: str, stops: StopGrams) -> list[str]:
    """Return the pieces of a text, from its beginning on, that follow an anchor and overlap no other.

    Left out is one that is made of stop-grams: many references have it.
    """
    read = normalise(text, lenient=True)
    is_stop = stops.contains(read.grams)
    pieces: list[str] = []
    free_from = 0
    for match in anchored().finditer(read.text):
        start = match.start(1)
        if start >= free_from and not is_stop[start : match.end(1) - GRAM + 1 : GRAM].all():
            pieces.append(match[1])
            free_from = match.end(1)
    return pieces


@cache
def golden_vectors() -> dict[str, Any]:
    """Return texts with what they are compared by, and the tiles at all of their anchors, for whoever reads them otherwise."""
    recorded = json.loads(_GOLDEN.read_text(encoding="utf-8"))
    texts = [*(one["text"] for kind in ("normalise", "fingerprints") for one in recorded[kind]), _NEWEST_LETTER]
    read = [(text, normalise(text).text) for text in texts]
    vectors = [
        {"text": text, "folded": folded, "tiles": [f"{tile(piece):016x}" for piece in anchored().findall(folded)]}
        for text, folded in read
    ]
    return {"unicode": PINNED_UNICODE, "vectors": vectors}
