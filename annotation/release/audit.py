"""What an auditor who was given every reference checks of a release: the log, the tiles, and the gate once more. No database."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from annotation.cleanroom.decide import Outcome
from annotation.cleanroom.engine import ENGINE_VERSION, Candidate, Engine, Report, Settings
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
    yield from records_judge(folder, manifest, stops, openings)


def records_judge(folder: Path, manifest: dict[str, Any], stops: StopGrams, openings: list[Opening]) -> Iterator[str]:
    """Run the gate again over every record, with the answers to its own instruction among those it is compared with.

    Where it would not let a record pass, a person's word stands in the provenance, or only an answer makes the difference
    that the gate did not know yet: anything else is Unsound. Uncheckable is what another engine judged.
    """
    answers = _Answers(openings)
    settings = manifest["figures"]["operation"].get("gate_settings") or {}
    engine = Engine(Settings.from_dict(settings.get("thresholds", {})), stops)
    index = MemoryIndex()
    for position, text in answers.texts.items():
        index.add(position, engine.fingerprint(text))
    gates = {one["id"]: one["gate"] for one in map(json.loads, lines(folder, PROVENANCE))}
    counts = Counter(dict.fromkeys(("compared", "own", "asked", "late"), 0))
    for side in SIDES:
        for line in lines(folder, data_path(side)) if (folder / data_path(side)).exists() else ():
            record = json.loads(line)
            gate = gates[record["id"]]
            if gate["engine"] != ENGINE_VERSION:
                raise Uncheckable(
                    f"the gate was engine {gate['engine']}, and this is {ENGINE_VERSION}: take the Hitode of then"
                )
            probe = engine.read(record["output"], [record["instruction"], record["input"]])
            likely = index.candidates(engine.fingerprint_of(probe), limit=engine.settings.candidates)
            compared = answers.candidates(record["id"], likely)
            report = engine.judge(probe, compared)
            counts["compared"] += 1
            counts["own"] += any(one.is_own for one in compared)
            if report.outcome is Outcome.PASS:
                continue
            counts["asked"] += 1
            if gate["decision"] == "pass":
                known = [one for one in compared if answers.arrived[one.id] <= gate["watermark"]]
                report = engine.judge(probe, known)
                if report.outcome is not Outcome.PASS:
                    raise Unsound(f"gate: record {record['id']} passed, and would not: {_why(report)}")
                counts["late"] += 1
    yield (
        "holds  gate: {compared} records compared anew, {own} of them with answers to their own instruction; {asked} would not"
        " pass unseen: a person let them, or in {late} the answer came later".format(**counts)
    )


class _Answers:
    """The opened answers by their position in the log."""

    def __init__(self, openings: list[Opening]) -> None:
        opened = [one for one in openings if one.is_open]
        self.texts = {one.position: one.text for one in opened}
        self.arrived = {one.position: one.arrived for one in opened}
        numbers: dict[str, int] = {}
        self._instructions = {
            one.position: numbers.setdefault(one.instruction, len(numbers)) for one in opened if one.instruction
        }
        self._own: dict[str, list[int]] = defaultdict(list)
        for one in opened:
            for record in one.records:
                self._own[record].append(one.position)

    def candidates(self, record: str, likely: list[int]) -> list[Candidate]:
        """What the gate compares a record with: the likely sources, and the answers to its own instruction."""
        own = self._own.get(record, [])
        return [
            Candidate(one, self.texts[one], is_own=one in own, instruction=self._instructions.get(one))
            for one in sorted({*likely, *own})
        ]


def _why(report: Report) -> str:
    told = [
        f"{reason.code.value} ({reason.outcome.value})"
        + ("" if reason.candidate_id is None else f" with the answer at {reason.candidate_id}")
        for reason in report.reasons
    ]
    return ", ".join(told)


def _openings(file: Path) -> Iterator[Opening]:
    with file.open(encoding="utf-8") as opened:
        for number, line in enumerate(opened, 1):
            try:
                yield Opening(**json.loads(line))
            except (ValueError, TypeError) as error:
                raise Uncheckable(f"{file.name}, line {number}: this is no opened commitment") from error
