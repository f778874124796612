"""Clearance: every accepted text against all references known at a moment, before anything is released."""

import logging
from collections.abc import Iterator
from concurrent.futures import as_completed
from datetime import timedelta

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotation.cleanroom.engine import ENGINE_VERSION
from annotation.models import Clearance, GateReport, Task
from annotation.services.gate import Asked, TextUnreadable, gate_check_all, report_fields, watermark_now
from annotation.services.gate_settings import gate_settings_in_force
from annotation.services.index_repair import Watch, index_mend, unwatched
from annotation.states import TaskStatus
from config.errors import Conflict
from config.locks import alone
from config.processes import process_pool

log = logging.getLogger(__name__)

BATCH = 100  # texts that are looked up in one statement and reported in one
# An unfinished clearance is gone on with so long: its watermark says what it compares with, and references keep coming.
GONE_ON_WITH = timedelta(hours=12)
_LOCK = 0x68697479  # any number that nothing else of ours locks

# The accepted tasks whose newest report is by other settings, or does not reach the clearance's watermark.
_STALE = """
SELECT task.id
FROM annotation_task task
LEFT JOIN LATERAL (
    SELECT engine_version, settings_version, watermark
    FROM annotation_gatereport report
    WHERE report.submission_id = task.current_submission_id
    ORDER BY report.id DESC
    LIMIT 1
) newest ON true
WHERE task.status = 'accepted' AND task.current_submission_id IS NOT NULL
    AND (newest.engine_version, newest.settings_version, newest.watermark >= %(watermark)s)
        IS DISTINCT FROM (%(engine)s, %(settings)s, true)
ORDER BY task.id
"""


class ClearanceGoesOn(Conflict):
    code = "clearance_goes_on"
    message = _("The texts are being compared by another process. Wait until it is done.")


def clearance_run(*, watch: Watch = unwatched, processes: int = 1) -> Clearance:
    """Check every accepted text against all references up to a watermark; the finished row is what rule 6 reads.

    A text whose newest report is by the settings in force and reaches the watermark is not checked again: a clearance
    that was killed goes on where it was, with its watermark. The index is mended first: a reference that is not in it
    could not be found. More than one process needs a caller outside any transaction. Raises ClearanceGoesOn.
    """
    with alone(_LOCK) as is_alone:
        if not is_alone:
            raise ClearanceGoesOn()
        index_mend(watch=watch)
        clearance = _clearance_begin()
        stale = _stale(clearance)
        done = 0
        for count in _batches_clear(stale, processes):
            done += count
            watch("clear", done, len(stale))
        return _clearance_finish(clearance)


def _clearance_begin() -> Clearance:
    settings = gate_settings_in_force()
    newest = Clearance.objects.filter(started_at__gt=timezone.now() - GONE_ON_WITH).order_by("-id").first()
    is_open = newest is not None and newest.finished_at is None
    if newest and is_open and (newest.engine_version, newest.settings_version) == (ENGINE_VERSION, settings.version):
        return newest
    return Clearance.objects.create(
        engine_version=ENGINE_VERSION, settings_version=settings.version, watermark=watermark_now()
    )


def _stale(clearance: Clearance) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            _STALE,
            {
                "engine": clearance.engine_version,
                "settings": clearance.settings_version,
                "watermark": clearance.watermark,
            },
        )
        return [pk for (pk,) in cursor.fetchall()]


def _batches_clear(tasks: list[int], processes: int) -> Iterator[int]:
    """Check the texts of these tasks; yields how many more are done."""
    batches = [tasks[first : first + BATCH] for first in range(0, len(tasks), BATCH)]
    if processes == 1 or len(batches) < processes:
        yield from map(batch_clear, batches)
        return
    with process_pool(processes) as pool:
        for cleared in as_completed([pool.submit(batch_clear, batch) for batch in batches]):
            yield cleared.result()


def batch_clear(task_ids: list[int]) -> int:
    """Check some accepted texts again and report on each; what arrived after a text was handed in is postdated.

    One that this engine cannot judge, though an earlier one could, gets no report and so stays out.
    """
    accepted = Task.objects.filter(pk__in=task_ids, status=TaskStatus.ACCEPTED, current_submission__isnull=False)
    tasks = list(accepted.select_related("instruction", "current_submission").order_by("pk"))
    frozen = _frozen([task.current_submission_id for task in tasks])
    asked = [
        Asked(task, task.current_submission.text, frozen.get(task.current_submission_id))
        for task in tasks
        if task.current_submission is not None
    ]
    reports = []
    for one, result in zip(asked, gate_check_all(asked), strict=True):
        task = one.task
        if isinstance(result, TextUnreadable):
            log.error("The text of task %s cannot be compared by this engine and stays out: %s", task.public_id, result)
            continue
        fields = report_fields(task.pk, task.current_submission, GateReport.Occasion.CLEARANCE, result)
        reports.append(GateReport(**fields))
    GateReport.objects.bulk_create(reports)
    return len(task_ids)


def _frozen(submission_ids: list[int | None]) -> dict[int | None, int]:
    """The watermarks of the moments when texts were handed in: those of their first reports."""
    first = GateReport.objects.filter(submission__in=submission_ids).order_by("submission", "id")
    return dict(first.distinct("submission").values_list("submission", "watermark"))


def _clearance_finish(clearance: Clearance) -> Clearance:
    blocked = GateReport.objects.filter(
        occasion=GateReport.Occasion.CLEARANCE, decision=GateReport.Decision.BLOCK, at__gte=clearance.started_at
    )
    accepted = Task.objects.filter(status=TaskStatus.ACCEPTED, current_submission__isnull=False)
    clearance.checked_count = accepted.count()
    clearance.blocked_count = blocked.values("submission").distinct().count()
    clearance.finished_at = timezone.now()
    clearance.save(update_fields=["checked_count", "blocked_count", "finished_at"])
    return clearance
