"""What an auditor who was given every reference checks of a release: the log, the tiles, and the gate once more. No database."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from annotation.cleanroom.decide import Outcome
from annotation.cleanroom.engine import Candidate, Engine, Settings
from annotation.cleanroom.index import MemoryIndex
from annotation.cleanroom.merkle_proofs import BrokenProof
from annotation.cleanroom.stopgrams import CorruptStopGrams, StopGrams
from annotation.cleanroom.tiles import tiles_of
from annotation.release.record_lines import SIDES, data_path
from annotation.release.tile_files import STOPS, TILES
from annotation.release.verify_release import (
    CHECKPOINT,
    MANIFEST,
    PROVENANCE,
    Uncheckable,
    Unsound,
    document,
    lines,
    read,
)
from annotation.services.commitment_log import Opening, opening_check


def audit(folder: Path, opened: Path) -> Iterator[str]:
    """Yield a line for each thing that holds of a release that was verified before, given a file of `commitments open`.

    Raises Unsound at the first thing that does not hold, Uncheckable when the file has not the whole log.
    """
    manifest = document(read(folder, MANIFEST), MANIFEST)
    if not manifest.get("tiles"):
        raise Uncheckable("the release carries no tiles and no stop-grams, without which the gate cannot be run again")
    log = document(read(folder, CHECKPOINT), CHECKPOINT)
    openings = list(_openings(opened))
    for opening in openings:
        try:
            opening_check(opening, size=log["size"], root=log["root"])
        except BrokenProof as error:
            raise Unsound(f"commitments: position {opening.position}: {error}") from error
    if missing := set(range(log["size"])) - {one.position for one in openings}:
        raise Uncheckable(f"position {min(missing)} of the log is not in the file: open all {log['size']}")
    texts = {one.position: one.text for one in openings if one.is_open}
    closed = log["size"] - len(texts)
    yield f"holds  log: {len(texts)} answers are those that were committed to, {closed} closed for ever"

    try:
        stops = StopGrams.load(read(folder, STOPS))
    except CorruptStopGrams as error:
        raise Unsound(f"tiles: {STOPS}: {error}") from error
    made = tiles_of(texts.values(), stops)
    if len(texts) < manifest["tiles"]["references"]:
        yield "note   answers were taken back since the release: its tiles cannot be made again"
    elif made.dump() != read(folder, TILES):
        raise Unsound("tiles: those of the answers are others")
    else:
        yield f"holds  tiles: made again from {len(texts)} answers, they are the same"
    yield from records_judge(folder, manifest, stops, texts)


def records_judge(folder: Path, manifest: dict[str, Any], stops: StopGrams, texts: dict[int, str]) -> Iterator[str]:
    """Compare every record anew with answers by their position; one that is blocked needs a person's word in its provenance."""
    thresholds = (manifest["figures"]["operation"].get("gate_settings") or {}).get("thresholds", {})
    engine = Engine(Settings.from_dict(thresholds), stops)
    index = MemoryIndex()
    for position, text in texts.items():
        index.add(position, engine.fingerprint(text))
    told = (json.loads(line) for line in lines(folder, PROVENANCE))
    decisions = {one["id"]: one["gate"]["decision"] for one in told}
    count = asked = 0
    for side in SIDES:
        for line in lines(folder, data_path(side)) if (folder / data_path(side)).exists() else ():
            record = json.loads(line)
            probe = engine.read(record["output"], [record["instruction"], record["input"]])
            found = index.candidates(engine.fingerprint_of(probe), limit=engine.settings.candidates)
            report = engine.judge(probe, [Candidate(one, texts[one]) for one in found])
            count += 1
            if report.outcome is Outcome.BLOCK:
                asked += 1
                if decisions[record["id"]] == "pass":
                    raise Unsound(f"gate: record {record['id']} copies the answer at {report.reasons[0].candidate_id}")
    yield f"holds  gate: {count} records compared anew; {asked} would be blocked, and a person had let those pass"


def _openings(file: Path) -> Iterator[Opening]:
    with file.open(encoding="utf-8") as opened:
        for number, line in enumerate(opened, 1):
            try:
                yield Opening(**json.loads(line))
            except (ValueError, TypeError) as error:
                raise Uncheckable(f"{file.name}, line {number}: this is no opened commitment") from error
