"""The tiles in the folder of a release: whether its files are whole, and what a scan of its records finds.

The verifier of each release carries this.
"""

import json
import os
import platform
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from annotation.cleanroom.tile_scan import Tiles, anchored, folded, share_of_lines, tile
from annotation.release.beside import beside
from annotation.release.record_lines import line_read, text_of

TILES, STOPS, TILE_HITS, NORMALISER = "tiles16.u64", "stopgrams.bin", "tile_hits.jsonl", "normaliser.json"
READS_OTHERWISE = """Python {} reads some letters otherwise than the publisher's did. Run this with Python 3.11 or newer;
       without --tiles, any from 3.9 on checks all the rest"""
TILE_FILES = {TILES, STOPS, TILE_HITS, NORMALISER}


class TilesDiffer(Exception):
    """The tiles are not what the release tells of them."""


def tiles_check(
    folder: Path, told: "dict[str, Any] | None", found: "set[str]", data: "list[str]", *, scans: bool
) -> str:
    """What holds of the tiles, if the release has them; with `scans`, after trying every record of the files `data`.

    Raises TilesDiffer, or ArithmeticError when this Python reads texts otherwise than the publisher's did.
    """
    if found & TILE_FILES != (TILE_FILES if told else set()):
        raise TilesDiffer("the files are not those that the manifest tells of")
    if not told:
        return "note   no tiles here, by which anyone could look for pieces of models' answers"
    try:
        size = (folder / TILES).stat().st_size
        listed = [json.loads(line) for line in (folder / TILE_HITS).read_bytes().splitlines()]
        if (size, len(listed)) != (8 * told["count"], told["hits"]):
            raise TilesDiffer("the manifest counts others")
        if not scans:
            return f"note   {told['count']} tiles of models' answers are here; with --tiles, they are looked for in every record"
        if id := _first_other(
            folder, [folder / path for path in data if path in found], {one["id"]: one for one in listed}
        ):
            raise TilesDiffer(f"record {id}: {TILE_HITS} does not tell what is found in it")
    except (KeyError, TypeError, ValueError) as error:
        raise TilesDiffer("a file of theirs cannot be read") from error
    looked_for = f"{told['count']} pieces of {told['references']} models' answers, looked for in every record"
    return f"holds  tiles: {looked_for}; records with one: {told['hits']}, those that {TILE_HITS} lists"


def _first_other(folder: Path, paths: "list[Path]", listed: "dict[str, Any]") -> str:
    """The first record in which something else is found than the release lists, or nothing."""
    for one in json.loads((folder / NORMALISER).read_bytes())["vectors"]:
        read = folded(one["text"])
        if (read, [f"{tile(piece):016x}" for piece in anchored().findall(read)]) != (one["folded"], one["tiles"]):
            raise ArithmeticError(READS_OTHERWISE.format(platform.python_version()))
    tiles = Tiles((folder / TILES).read_bytes())
    workers = os.cpu_count() or 1
    begun = [beside(partial(_found, tiles, paths, number, workers)) for number in range(workers)]
    found = dict(pair for each in [json.loads(ended()) for ended in begun] for pair in each)
    decisions = dict(_decisions(folder, set(found)))
    right = {id: {"id": id, "pieces": count, "decision": decisions.get(id)} for id, count in found.items()}
    return min((id for id in {*right, *listed} if right.get(id) != listed.get(id)), default="")


def _decisions(folder: Path, wanted: "set[str]") -> Iterator["tuple[str, str]"]:
    """The gate's decision on some records, from their provenance."""
    with (folder / "provenance" / "records.jsonl").open("rb") as file:
        for line in file:
            at = line.find(b'"id":"') + len(b'"id":"')
            if (id := line[at : line.find(b'"', at)].decode()) in wanted:
                yield id, json.loads(line)["gate"]["decision"]


def _found(tiles: Tiles, paths: "list[Path]", number: int, workers: int) -> str:
    """The id of each record that has pieces, and how many of them, in the share of one worker. The lines are canonical."""
    found = []
    for line in share_of_lines(paths, number, workers):
        output = text_of(line.partition(b',"output":')[2].partition(b',"source":')[0])
        if tiles.count(output) and (one := line_read(line[:-1])):
            asked = f"{text_of(one.instruction)}\n{text_of(one.input)}"
            if count := tiles.count(output, asked):
                found.append((text_of(one.id), count))
    return json.dumps(found)
