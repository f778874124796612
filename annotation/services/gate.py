"""The gate: every text is compared with every reference, here and nowhere else."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import numpy as np
import orjson
from django.db.models import Max
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from annotation.cleanroom.decide import Candidate, Outcome
from annotation.cleanroom.engine import Engine, Passage, Report
from annotation.cleanroom.fingerprints import Fingerprints
from annotation.cleanroom.index import rank_rows
from annotation.cleanroom.normalise import UnreadableText
from annotation.cleanroom.probe import Probe
from annotation.models import GateReport, Submission, Task
from annotation.services.canaries import MarkedPassage, canary_reasons, canary_told, marked_passages
from annotation.services.erased import ErasedMatch, erased_matches, erased_reasons
from annotation.services.reference_index import Found, hashes_together, index_ask
from collection.models import Reference
from config.errors import BadInput
from config.metrics import GATE_SECONDS
from config.statements import Statement, array_text

_REFERENCES = Statement("""
SELECT id, text, instruction_id, position
FROM collection_reference
WHERE text <> '' AND (id = ANY(%(likely)s::bigint[]) OR instruction_id = ANY(%(instructions)s::bigint[]))
""")


class TextUnreadable(BadInput):
    """Details: `reason`, and `position` of the character in the text."""

    code = "text_unreadable"
    message = _("The text is too long to be compared. Shorten it.")
    found = _("There is a character that cannot be compared: %(character)s, after “%(before)s”. Take it out.")

    @classmethod
    def at(cls, text: str, error: UnreadableText) -> "TextUnreadable":
        """Say which character it is, and where it stands, for somebody who may not see it."""
        details = {"reason": error.code, "position": error.position}
        if error.code == "too_long":
            return cls(**details)
        where = {
            "character": f"U+{ord(text[error.position]):04X}",
            "before": text[max(0, error.position - 10) : error.position].strip(),
        }
        return cls(cls.found % where, **details)


@dataclass(frozen=True, slots=True)
class Asked:
    """A text to be compared: the arguments of `gate_check`."""

    task: Task
    text: str
    frozen_at: int | None = None

    @property
    def prompts(self) -> list[str]:
        return [self.task.instruction.instruction, self.task.instruction.input]


@dataclass(frozen=True, slots=True)
class GateResult:
    """A report of the engine, with what it was made against, the erased references that nobody can read again, and the
    passages that carry the mark of a reference as somebody was shown it.
    """

    report: Report
    watermark: int
    settings_version: int
    erased: tuple[ErasedMatch, ...] = ()
    marked: tuple[MarkedPassage, ...] = ()

    @property
    def outcome(self) -> str:
        """The engine's word; a text that may be from an erased reference does not pass without a person's, and one that
        carries the mark of a display was copied from it.
        """
        if self.marked:
            return Outcome.BLOCK.value
        if self.erased and self.report.outcome is Outcome.PASS:
            return Outcome.REVIEW.value
        return self.report.outcome.value

    @property
    def passages(self) -> Sequence[Passage]:
        return self.report.passages

    def passages_in(self, sent: str) -> list[dict[str, int]]:
        """Return the ranges to mark in the text as it was sent, in code points; where they came from stays here."""
        offset = len(sent) - len(sent.lstrip())
        found: list[Passage | MarkedPassage] = [*self.passages, *self.marked]
        return [{"start": passage.start + offset, "end": passage.end + offset} for passage in found]


def watermark_now() -> int:
    """Return the highest position of a stored reference; 0 when there is none."""
    return Reference.objects.aggregate(newest=Max("position"))["newest"] or 0


def gate_check(*, task: Task, text: str, frozen_at: int | None = None) -> GateResult:
    """Compare `text` with every reference; writes nothing. `task` comes with its instruction.

    `frozen_at` is the watermark when the text was handed in: what arrived after it is postdated. Raises
    `TextUnreadable` for a text that the engine cannot judge, and IndexUnavailable: it waits, and never passes.
    """
    (result,) = gate_check_all([Asked(task, text, frozen_at)])
    if isinstance(result, TextUnreadable):
        raise result
    return result


@GATE_SECONDS.time()
def gate_check_all(asked: Sequence[Asked]) -> list[GateResult | TextUnreadable]:
    """Compare some texts at one moment, each as `gate_check` does; an unreadable one has its refusal for a result."""

    def read(engine: Engine) -> tuple[tuple[list[_Reading | TextUnreadable], list[_Reading]], NDArray[np.int64]]:
        readings = [_read(engine, one) for one in asked]
        readable = [reading for reading in readings if isinstance(reading, _Reading)]
        return (readings, readable), hashes_together([reading.hashes for reading in readable])

    (readings, readable), engine, found = index_ask(read)
    judged = _judge_all(engine, readable, found)
    return [reading if isinstance(reading, TextUnreadable) else next(judged) for reading in readings]


@dataclass(frozen=True, slots=True)
class _Reading:
    asked: Asked
    probe: Probe
    fingerprints: Fingerprints
    hashes: NDArray[np.int64]  # of both kinds


def _read(engine: Engine, asked: Asked) -> _Reading | TextUnreadable:
    try:
        probe = engine.read(asked.text, asked.prompts)
    except UnreadableText as error:
        return TextUnreadable.at(asked.text, error)
    fingerprints = engine.fingerprint_of(probe)
    return _Reading(asked, probe, fingerprints, fingerprints.all())


def _judge_all(engine: Engine, readings: Sequence[_Reading], found: Found) -> Iterator[GateResult]:
    of_each = [found if len(readings) == 1 else found.of(reading.hashes) for reading in readings]
    likely = [rank_rows(one.hashes, one.references, limit=engine.settings.candidates) for one in of_each]
    references = _References(likely, {reading.asked.task.instruction_id for reading in readings})
    for reading, own_found, chosen in zip(readings, of_each, likely, strict=True):
        report = engine.judge(reading.probe, references.candidates(chosen, reading.asked))
        erased = erased_matches(reading.fingerprints, own_found, reading.asked.prompts)
        marked = marked_passages(reading.asked.text)
        yield GateResult(report, found.watermark, found.in_force.version, erased, marked)


class _References:
    """The references that some texts are compared with: those likely to be a source, and their instructions' own ones."""

    def __init__(self, likely: Iterable[list[int]], instructions: set[int]) -> None:
        asked = sorted(pk for pk in instructions if pk is not None)  # a message about an order answers none
        wanted = {"likely": array_text(sorted(set(chain(*likely)))), "instructions": array_text(asked)}
        self._rows = {row[0]: row for row in _REFERENCES.rows(**wanted)}
        self._own: dict[int, list[int]] = {}
        for pk, _text, instruction_id, _position in self._rows.values():
            self._own.setdefault(instruction_id, []).append(pk)

    def candidates(self, likely: list[int], one: Asked) -> list[Candidate]:
        """Return what a text is compared with, by key."""
        own = self._own.get(one.task.instruction_id, [])
        rows = [self._rows[pk] for pk in sorted({*likely, *own}) if pk in self._rows]
        return [
            Candidate(
                pk,
                text,
                is_own=instruction_id == one.task.instruction_id,
                is_postdated=one.frozen_at is not None and position is not None and position > one.frozen_at,
                instruction=instruction_id,
            )
            for pk, text, instruction_id, position in rows
        ]


def gate_report_store(*, task: Task, submission: Submission | None, occasion: str, report: GateResult) -> GateReport:
    """Keep a report. Without a submission it is a block: what was refused is on record too."""
    return GateReport.objects.create(**report_fields(task.pk, submission, occasion, report))


def report_fields(
    task_id: int | None, submission: Submission | None, occasion: str, result: GateResult
) -> dict[str, Any]:
    report = result.report
    reasons = [
        {
            "code": reason.code.value,
            "outcome": reason.outcome.value,
            "reference": reason.candidate_id,
            "numbers": reason.numbers,
        }
        for reason in report.reasons
    ] + [*erased_reasons(result.erased), *canary_reasons(result.marked)]
    told = sorted((str(r["code"]), str(r["outcome"]), r["reference"] or 0) for r in reasons)
    return {
        "task_id": task_id,
        "submission": submission,
        "occasion": occasion,
        "decision": result.outcome,
        "engine_version": report.engine_version,
        "settings_version": result.settings_version,
        "watermark": result.watermark,
        "text_sha256": report.text_sha256,
        "scores": report.scores,
        "reasons": reasons,
        "reasons_sha256": hashlib.sha256(orjson.dumps([report.text_sha256, told])).hexdigest(),
        "passages": [_passage(passage) for passage in report.passages] + canary_told(result.marked),
    }


def _passage(passage: Passage) -> dict[str, int]:
    values = asdict(passage)
    return {"reference": values.pop("candidate_id"), **values}
