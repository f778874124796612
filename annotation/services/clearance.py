"""Clearance: every accepted text against all references known at a moment, before anything is released."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.utils import timezone

from annotation.cleanroom.engine import ENGINE_VERSION
from annotation.models import Clearance, GateReport, GateSettings, Task
from annotation.services.gate import TextUnreadable, gate_check, report_fields, watermark_now
from annotation.services.gate_settings import gate_settings_in_force
from annotation.services.index_repair import index_mend
from annotation.states import TaskStatus

log = logging.getLogger(__name__)

Progress = Callable[[int], Any]

CLEARED_A_BATCH = 500


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
    return GateReport(**report_fields(task.pk, submission, GateReport.Occasion.CLEARANCE, result))
