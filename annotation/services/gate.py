"""The gate: every text is compared with every reference, here and nowhere else."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from annotation.cleanroom.decide import Candidate, Outcome
from annotation.cleanroom.engine import Engine, Passage, Report
from annotation.cleanroom.index import rank_rows
from annotation.cleanroom.normalise import UnreadableText
from annotation.models import GateReport, Submission, Task
from annotation.services.canaries import MarkedPassage, canary_reasons, canary_told, marked_passages
from annotation.services.erased import ErasedMatch, erased_matches, erased_reasons
from annotation.services.gate_settings import engine_for, gate_settings_in_force
from annotation.services.reference_index import Found, index_look_up
from collection.models import Reference
from config.errors import BadInput

_CANDIDATES = """
SELECT id, text, instruction_id, position
FROM collection_reference
WHERE text <> '' AND (id = ANY(%(likely)s) OR instruction_id = %(instruction)s)
ORDER BY id
"""


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
    `TextUnreadable` for a text that the engine cannot judge: it waits, and never passes.
    """
    settings = gate_settings_in_force()
    engine = engine_for(settings)
    prompts = [task.instruction.instruction, task.instruction.input]
    try:
        probe = engine.read(text, prompts)
    except UnreadableText as error:
        raise TextUnreadable.at(text, error) from error
    fingerprints = engine.fingerprint_of(probe)
    found = index_look_up(fingerprints.all())
    report = engine.judge(probe, _candidates(engine, found, task, frozen_at))
    erased = erased_matches(fingerprints, found, prompts)
    return GateResult(report, found.watermark, settings.version, erased, marked_passages(text))


def _candidates(engine: Engine, found: Found, task: Task, frozen_at: int | None) -> list[Candidate]:
    """Return the references most likely to be a source, and the instruction's own ones whether likely or not."""
    likely = rank_rows(found.hashes, found.references, limit=engine.settings.candidates)
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, {"likely": likely, "instruction": task.instruction_id})
        rows = cursor.fetchall()
    return [
        Candidate(
            pk,
            reference_text,
            is_own=instruction_id == task.instruction_id,
            is_postdated=frozen_at is not None and position is not None and position > frozen_at,
        )
        for pk, reference_text, instruction_id, position in rows
    ]


def gate_report_store(*, task: Task, submission: Submission | None, occasion: str, report: GateResult) -> GateReport:
    """Keep a report. Without a submission it is a block: what was refused is on record too."""
    return GateReport.objects.create(**report_fields(task.pk, submission, occasion, report))


def report_fields(task_id: int, submission: Submission | None, occasion: str, result: GateResult) -> dict[str, Any]:
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
