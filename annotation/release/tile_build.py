"""Trying the records of a release against the tiles that it will carry, while they are written."""

from collections.abc import Iterable, Iterator
from typing import Any

from annotation.cleanroom.tile_scan import Tiles
from annotation.cleanroom.tiles import TileFiles, golden_vectors
from annotation.release.seal import canonical
from annotation.release.source import CleanRow
from annotation.release.tile_files import NORMALISER, STOPS, TILE_HITS, TILES


class TileScan:
    """The tiles of a release, and which of its records have one."""

    def __init__(self, made: TileFiles) -> None:
        self._made = made
        self._content = made.dump()
        self._tiles = Tiles(self._content)
        self._hits: list[bytes] = []

    def watched(self, rows: Iterable[CleanRow]) -> Iterator[CleanRow]:
        """Yield the rows as they come, and keep what is found in them."""
        for row in rows:
            if pieces := self._tiles.count(row.output, f"{row.instruction}\n{row.input}"):
                self._hits.append(canonical({"id": row.id, "pieces": pieces, "decision": row.decision}) + b"\n")
            yield row

    def told(self) -> dict[str, Any]:
        """What the manifest tells: `count` of the tiles, of how many `references`, the version of the `stops`, and `hits`."""
        return {
            "count": len(self._made.hashes),
            "references": self._made.references,
            "stops": self._made.stops.version,
            "hits": len(self._hits),
        }

    def files(self) -> dict[str, bytes]:
        """The files by path."""
        return {
            TILES: self._content,
            STOPS: self._made.stops.dump(),
            TILE_HITS: b"".join(self._hits),
            NORMALISER: canonical(golden_vectors()) + b"\n",
        }
