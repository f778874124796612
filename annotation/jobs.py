"""Celery's jobs of the hall: moderation after a submission, and the sweeps that pick up what was forgotten."""

import logging
from contextlib import suppress
from typing import Any

from celery import shared_task

from annotation.cleanroom.segments import SegmentDamaged
from annotation.services import audit, bulk, commitments, drafts, filling, inspection, lots, outputs, queue, verdicts
from annotation.services.commitment_log import LogEmpty, checkpoint_record
from annotation.services.figure_plots import plots_draw
from annotation.services.figures import figures_refresh
from annotation.services.index_repair import index_mend
from annotation.services.likenesses import likenesses_mend
from annotation.services.search_index import waiting_sort_in
from annotation.services.stop_grams import stop_grams_count
from annotation.signals import submission_made
from config.gathering import Gathering, for_each
from config.locks import alone

log = logging.getLogger(__name__)

# What is handed in within so long is moderated by one job.
GATHER_SECONDS = 1
OUTPUTS_LOCK = 0x4F555450  # any number that nothing else of ours locks
# Far more than are handed in until the next look.
OUTPUTS_NEWEST = 2000

# Reading every reference, half a million of them: minutes.
LONG_SECONDS = 3600


def listen() -> None:
    """Queue the moderation of whatever is handed in."""
    submission_made.connect(_moderation_queue, dispatch_uid="annotation.moderation")


def _moderation_queue(sender: Any, *, submission_id: int, **_kwargs: Any) -> None:
    _to_moderate.add(submission_id)


@shared_task
def outputs_moderate(submission_ids: list[int]) -> None:
    """Moderate submissions, each by itself; does nothing to those that were moderated before."""
    for_each(submission_ids, lambda pk: outputs.output_moderate(submission_id=pk))


_to_moderate = Gathering(outputs_moderate, GATHER_SECONDS)


@shared_task
def outputs_sweep() -> None:
    """Moderate what was forgotten a moment ago, unless another sweep is at it."""
    with alone(OUTPUTS_LOCK) as is_alone:
        if is_alone:
            outputs.outputs_moderate_waiting(newest=OUTPUTS_NEWEST)


@shared_task
def outputs_again_sweep() -> None:
    """Ask again where nobody had answered about an output."""
    outputs.outputs_moderate_waiting()


def verdicts_enter_later(seconds: int) -> None:
    """Have the verdict that was just given entered when it is due. Without a broker the sweep or its reviewer's next step
    does it."""
    try:
        verdicts_sweep.apply_async(countdown=seconds, retry=False)
    except verdicts_sweep.OperationalError:
        log.warning("The broker does not answer; a verdict waits for the sweep.")


@shared_task
def verdicts_sweep() -> None:
    """Enter the verdicts that can no longer be taken back."""
    verdicts.verdicts_enter()


@shared_task
def verdict_notes_sweep() -> None:
    """Delete the notes of verdicts that were taken back or not entered, and never given again."""
    verdicts.notes_purge()


@shared_task
def figures_sweep() -> None:
    """Bring the dashboard's summaries up to now, and draw its plots."""
    if state := figures_refresh():
        plots_draw(state)


@shared_task(soft_time_limit=LONG_SECONDS, time_limit=LONG_SECONDS + 60)
def figures_again_sweep() -> None:
    """Count the whole past again, unless the other job counts at this moment: categories change, and some rows come late."""
    figures_refresh(everything=True)


@shared_task
def audit_sweep() -> None:
    """Continue the chain of the audit from what happened since."""
    audit.chain_catch_up()


@shared_task
def bulk_run(job_id: int) -> None:
    """Go on with a job on many rows; what is left goes behind the jobs that wait."""
    if bulk.bulk_continue(job_id=job_id):
        bulk_queue(job_id, countdown=2)


def bulk_queue(job_id: int, countdown: int = 0) -> None:
    """Have a job gone on with. Without a broker the sweep finds it."""
    try:
        bulk_run.apply_async([job_id], retry=False, countdown=countdown)
    except bulk_run.OperationalError:
        log.warning("The broker does not answer; the job %s waits for the sweep.", job_id)


@shared_task
def bulk_sweep() -> None:
    """Go on with the jobs whose worker was killed. Beside one that is at work this does no harm: no row is done twice."""
    for job_id in bulk.bulk_going_on():
        bulk.bulk_continue(job_id=job_id)


@shared_task
def search_sweep() -> None:
    """Sort what was written since into the indexes of the search."""
    waiting_sort_in()


@shared_task
def leases_sweep() -> None:
    """Put back the tasks whose lease ended, and those that were returned to somebody who has left."""
    ended, left = queue.leases_expire(), queue.left_behind_requeue()
    if ended or left:
        log.info("%s leases ended and %s writers left; their tasks went back.", ended, left)


@shared_task
def refill_sweep() -> None:
    """Give running orders new instructions for those that left them."""
    made = filling.orders_refill()
    if made:
        log.info("%s slots of running orders were filled again.", made)


@shared_task
def inspection_sweep() -> None:
    """Enter for payment what nobody inspected in time."""
    entered = inspection.uninspected_enter()
    if entered:
        log.warning("%s deliveries were not inspected in time and are entered for payment.", entered)


@shared_task
def lots_sweep() -> None:
    """Close the lots that are due and decide those whose sample is read."""
    closed, decided = lots.lots_follow()
    if closed or decided:
        log.info("%s lots were closed and %s decided.", closed, decided)


@shared_task
def commitments_sweep() -> None:
    """Enter what no commitment was made to, which should be nothing, and write the log's root down."""
    entered = commitments.commitments_mend()
    if entered:
        log.error("%s references were stored without a commitment; they are entered now.", entered)
    with suppress(LogEmpty):
        checkpoint_record()


@shared_task(soft_time_limit=LONG_SECONDS, time_limit=LONG_SECONDS + 60)
def index_sweep() -> None:
    """Index what the gate's index misses, which should be nothing; of one that cannot be read, say so."""
    try:
        mended = index_mend()
    except SegmentDamaged:
        log.exception("The gate's index cannot be read; run `manage.py rebuild_index`.")
        return
    if mended:
        log.error("%s references were not in the gate's index as they should be; they are now.", mended)
    if indexed := likenesses_mend():
        log.info("%s accepted outputs were not in the index of near-duplicates; they are now.", indexed)


@shared_task(soft_time_limit=LONG_SECONDS, time_limit=LONG_SECONDS + 60)
def stop_grams_sweep() -> None:
    """Count again which passages so many references share that they prove nothing."""
    if (counted := stop_grams_count()) is not None:
        log.info("A new list of stop-grams is in force, version %s.", counted.version)


@shared_task
def drafts_sweep() -> None:
    """Delete the server's old copies of drafts."""
    drafts.drafts_purge()
