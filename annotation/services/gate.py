"""The gate: every text is compared with every reference, here and nowhere else."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import orjson
from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotation.cleanroom.decide import Candidate, Outcome, Settings
from annotation.cleanroom.engine import ENGINE_VERSION, Engine, Passage, Report
from annotation.cleanroom.index import rank_rows
from annotation.cleanroom.normalise import UnreadableText
from annotation.models import (
    Clearance,
    GateReport,
    GateSettings,
    ReferenceFingerprint,
    Submission,
    Task,
)
from annotation.services.erased import ErasedMatch, erased_matches, erased_reasons
from annotation.states import TaskStatus
from collection.models import Reference
from config.errors import BadInput

log = logging.getLogger(__name__)

CLEARED_A_BATCH = 500
Progress = Callable[[int], Any]


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
    """A report of the engine, with what it was made against, and the erased references that nobody can read again."""

    report: Report
    watermark: int
    settings_version: int
    erased: tuple[ErasedMatch, ...] = ()

    @property
    def outcome(self) -> str:
        """The engine's word; a text that may be from an erased reference does not pass without a person's."""
        if self.erased and self.report.outcome is Outcome.PASS:
            return Outcome.REVIEW.value
        return self.report.outcome.value

    @property
    def passages(self) -> Sequence[Passage]:
        return self.report.passages


@dataclass(frozen=True, slots=True)
class IndexState:
    """Whether the index holds every reference: positions that are missing or were made by another engine."""

    references: int
    indexed: int
    missing: list[int]

    @property
    def agrees(self) -> bool:
        return not self.missing


def gate_settings_in_force() -> GateSettings:
    """Return the newest settings; a new engine version, or a new database, writes the next version first."""
    newest = GateSettings.objects.order_by("-version").first()
    if newest is not None and newest.engine_version == ENGINE_VERSION:
        return newest
    thresholds = newest.thresholds if newest else asdict(Settings())
    try:
        with transaction.atomic():
            return GateSettings.objects.create(
                version=(newest.version if newest else 0) + 1,
                engine_version=ENGINE_VERSION,
                thresholds=thresholds,
                why="a new engine version" if newest else "the settings that come with the product",
            )
    except IntegrityError:  # another process wrote it a moment ago
        return GateSettings.objects.order_by("-version")[0]


_engines: dict[bytes, Engine] = {}


def _engine(settings: GateSettings) -> Engine:
    """Return the engine for these settings; equal ones share it."""
    key = orjson.dumps(settings.thresholds, option=orjson.OPT_SORT_KEYS)
    if key not in _engines:
        _engines[key] = Engine(Settings.from_dict(settings.thresholds))
    return _engines[key]


def watermark_now() -> int:
    """Return the highest position of a stored reference; 0 when there is none."""
    return Reference.objects.aggregate(newest=Max("position"))["newest"] or 0


def gate_check(*, task: Task, text: str, frozen_at: int | None = None) -> GateResult:
    """Compare `text` with every reference; writes nothing. `task` comes with its instruction.

    `frozen_at` is the watermark when the text was handed in: what arrived after it is postdated. Raises
    `TextUnreadable` for a text that the engine cannot judge: it waits, and never passes.
    """
    settings = gate_settings_in_force()
    engine = _engine(settings)
    watermark = watermark_now()
    prompts = [task.instruction.instruction, task.instruction.input]
    fingerprints = engine.fingerprint(text)
    rows = _rows(fingerprints.all())
    try:
        report = engine.compare(text, prompts, _candidates(engine, rows, task, frozen_at))
    except UnreadableText as error:
        raise TextUnreadable.at(text, error) from error
    return GateResult(report, watermark, settings.version, erased_matches(fingerprints, rows, prompts))


def _candidates(engine: Engine, rows: tuple[Any, Any], task: Task, frozen_at: int | None) -> list[Candidate]:
    """Return the references most likely to be a source, and the instruction's own ones whether likely or not."""
    likely = rank_rows(*rows, limit=engine.settings.candidates)
    chosen = Reference.objects.filter(pk__in=likely) | Reference.objects.filter(instruction=task.instruction_id)
    found = chosen.exclude(text="").order_by("pk").values_list("pk", "text", "instruction_id", "position")
    return [
        Candidate(
            pk,
            reference_text,
            is_own=instruction_id == task.instruction_id,
            is_postdated=frozen_at is not None and position is not None and position > frozen_at,
        )
        for pk, reference_text, instruction_id, position in found
    ]


def _rows(hashes: "np.ndarray[Any, np.dtype[np.int64]]") -> tuple[Any, Any]:
    """Look the hashes up; returns two int64 arrays of shape (r,): the hashes found and the references that have them."""
    with connection.cursor() as cursor:
        # As bytes, for there may be tens of thousands: as rows of Python's integers they take nine times as long.
        cursor.execute(
            "SELECT string_agg(int8send(hash) || int8send(reference_id), '') "
            "FROM annotation_referencehash WHERE hash = ANY(%s)",
            [hashes.tolist()],
        )
        found = cursor.fetchone()[0] or b""
    rows = np.frombuffer(found, dtype=">i8").astype(np.int64).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]


def gate_report_store(*, task: Task, submission: Submission | None, occasion: str, report: GateResult) -> GateReport:
    """Keep a report. Without a submission it is a block: what was refused is on record too."""
    return GateReport.objects.create(**_report_fields(task.pk, submission, occasion, report))


def _report_fields(task_id: int, submission: Submission | None, occasion: str, result: GateResult) -> dict[str, Any]:
    report = result.report
    reasons = [
        {
            "code": reason.code.value,
            "outcome": reason.outcome.value,
            "reference": reason.candidate_id,
            "numbers": reason.numbers,
        }
        for reason in report.reasons
    ] + erased_reasons(result.erased)
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
        "passages": [_passage(passage) for passage in report.passages],
    }


def _passage(passage: Passage) -> dict[str, int]:
    values = asdict(passage)
    return {"reference": values.pop("candidate_id"), **values}


def reference_index(*, reference: Reference) -> None:
    """Put a reference into the index. Runs inside the transaction that stores its text, so the next check sees it."""
    hashes = _engine(gate_settings_in_force()).fingerprint(reference.text).all().tolist()
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM annotation_referencehash WHERE reference_id = %s;"
            "INSERT INTO annotation_referencehash (hash, reference_id) SELECT unnest(%s::bigint[]), %s",
            [reference.pk, hashes, reference.pk],
        )
    ReferenceFingerprint.objects.bulk_create(
        [ReferenceFingerprint(reference=reference, engine_version=ENGINE_VERSION, hash_count=len(hashes))],
        update_conflicts=True,
        unique_fields=["reference"],
        update_fields=["engine_version", "hash_count"],
    )


def index_verify() -> IndexState:
    """Compare the index with the references: every stored text is in it, by the engine in force, with all its hashes."""
    stored = Reference.objects.exclude(text="")
    right = stored.filter(fingerprint__engine_version=ENGINE_VERSION)
    counts = _hash_counts()
    missing = list(stored.exclude(fingerprint__engine_version=ENGINE_VERSION).values_list("pk", flat=True))
    missing += [pk for pk, count in right.values_list("pk", "fingerprint__hash_count") if counts.get(pk, 0) != count]
    return IndexState(references=stored.count(), indexed=right.count(), missing=sorted(missing))


def _hash_counts() -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reference_id, count(*) FROM annotation_referencehash GROUP BY reference_id")
        return dict(cursor.fetchall())


def index_mend(*, progress: Progress | None = None) -> int:
    """Index what `index_verify` misses, each reference in a transaction of its own; returns how many. Safe to run twice."""
    missing = index_verify().missing
    for pk in missing:
        with transaction.atomic():
            reference = Reference.objects.select_for_update().get(pk=pk)
            if reference.text:
                reference_index(reference=reference)
        if progress:
            progress(1)
    return len(missing)


def clearance_run(*, progress: Progress | None = None) -> Clearance:
    """Check every accepted text against all references up to now; the finished row is what rule 6 reads.

    A text whose newest report is by the engine in force and reaches the watermark already is not checked again. The
    index is mended first: a reference that is not in it could not be found.
    """
    index_mend()
    settings = gate_settings_in_force()
    watermark = watermark_now()
    clearance = Clearance.objects.create(
        engine_version=ENGINE_VERSION, settings_version=settings.version, watermark=watermark
    )
    checked = blocked = 0
    for batch in _accepted_batches():
        newest = _newest_reports([task.current_submission_id for task in batch])
        stale = [task for task in batch if not _is_current(newest.get(task.current_submission_id), settings, watermark)]
        reports = [report for task in stale if (report := _clear(task))]
        GateReport.objects.bulk_create(reports)
        checked += len(batch)
        blocked += sum(report.decision == GateReport.Decision.BLOCK for report in reports)
        if progress:
            progress(len(batch))
    Clearance.objects.filter(pk=clearance.pk).update(
        checked_count=checked, blocked_count=blocked, finished_at=timezone.now()
    )
    clearance.refresh_from_db()
    return clearance


def _accepted_batches() -> Iterator[list[Task]]:
    """Yield the accepted tasks by primary key, with their texts: in batches, however many there are."""
    after = 0
    accepted = Task.objects.filter(status=TaskStatus.ACCEPTED, current_submission__isnull=False)
    while batch := list(
        accepted.filter(pk__gt=after)
        .select_related("instruction", "current_submission")
        .order_by("pk")[:CLEARED_A_BATCH]
    ):
        yield batch
        after = batch[-1].pk


def _newest_reports(submission_ids: Sequence[int | None]) -> dict[int | None, GateReport]:
    newest = GateReport.objects.filter(submission__in=submission_ids).order_by("submission", "-id")
    return {report.submission_id: report for report in newest.distinct("submission").defer("passages", "scores")}


def _is_current(report: GateReport | None, settings: GateSettings, watermark: int) -> bool:
    return (
        report is not None
        and report.engine_version == ENGINE_VERSION
        and report.settings_version == settings.version
        and report.watermark >= watermark
    )


def _clear(task: Task) -> GateReport | None:
    """Check one accepted text again, with what arrived after it was handed in marked as postdated.

    None for a text that this engine cannot judge, though an earlier one could: without a report it stays out.
    """
    submission = task.current_submission
    assert submission is not None
    frozen_at = (
        GateReport.objects.filter(submission=submission).order_by("id").values_list("watermark", flat=True).first()
    )
    try:
        result = gate_check(task=task, text=submission.text, frozen_at=frozen_at)
    except TextUnreadable:
        log.exception("The text of task %s cannot be compared by this engine and stays out.", task.public_id)
        return None
    return GateReport(**_report_fields(task.pk, submission, GateReport.Occasion.CLEARANCE, result))
