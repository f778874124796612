"""Celery's jobs of the public side: screening, and the sweeps that pick up whatever was never queued or never ended."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.db.models import Exists, OuterRef
from django.utils import timezone

from collection.models import Instruction, ScreeningFinding
from collection.services import answers, budget, screening, status
from collection.signals import instruction_received
from collection.states import InstructionStatus
from config.gathering import Gathering, for_groups
from config.locks import alone

log = logging.getLogger(__name__)

SWEEP_SIZE = 500
# A job queued on commit is normally done long before.
SCREENING_PATIENCE = timedelta(seconds=10)
SCREENING_LOCK = 0x53435245  # any number that nothing else of ours locks
# A web process that lives has a new connection within two seconds of a break. One that has none whenever somebody looks is gone.
LOOKS, LOOK_SECONDS = 3, 3.0
# What is received within so long is queued as one job.
GATHER_SECONDS = 0.2


def listen() -> None:
    """Queue the screening of whatever is received."""
    instruction_received.connect(_screening_queue, dispatch_uid="collection.screening")


def _screening_queue(sender: Any, *, instruction_id: int, **_kwargs: Any) -> None:
    _to_screen.add(instruction_id)


@shared_task
def instructions_screen(instruction_ids: list[int]) -> None:
    """Screen instructions; does nothing to those that were screened before."""
    _screen(instruction_ids)


def _screen(instruction_ids: Sequence[int]) -> None:
    """Screen in groups; one for which it fails keeps none of the others."""
    moderator = screening.Moderator()
    for_groups(
        instruction_ids,
        screening.TOGETHER,
        lambda keys: screening.instructions_screen(instruction_ids=keys, moderator=moderator),
    )


_to_screen = Gathering(instructions_screen, GATHER_SECONDS)


@shared_task
def worker_sign() -> None:
    """Say that this worker lives; the operator's status page reads it."""
    status.worker_sign()


@shared_task
def screening_sweep() -> None:
    """Screen what was received and forgotten, unless another sweep is at it.

    The newest first: jobs that are late, and an import at work, go through the oldest, and would do the same beside it.
    """
    with alone(SCREENING_LOCK) as is_alone:
        if not is_alone:
            return
        before = timezone.now() - SCREENING_PATIENCE
        forgotten = Instruction.objects.filter(status=InstructionStatus.RECEIVED, created_at__lt=before)
        _screen(list(forgotten.order_by("-pk").values_list("pk", flat=True)[:SWEEP_SIZE]))


@shared_task
def moderation_sweep() -> None:
    """Ask again where moderation had not answered."""
    moderator = screening.Moderator()
    findings = ScreeningFinding.objects.filter(instruction=OuterRef("pk"))
    unasked = Instruction.objects.filter(
        Exists(findings.filter(check_id=screening.MODERATION_UNAVAILABLE)),
        ~Exists(findings.filter(check_id=screening.MODERATION_PASSED)),
        status=InstructionStatus.HELD,
    )
    for pk in list(unasked.order_by("pk").values_list("pk", flat=True)[:SWEEP_SIZE]):
        screening.moderation_retry(instruction_id=pk, moderator=moderator)


@shared_task
def caps_sweep() -> None:
    """Delete what single people and addresses spent on days long past."""
    budget.caps_purge()


@shared_task
def answers_sweep() -> None:
    """End the answers whose process died; where it only seems so, look again before that."""
    if swept := answers.answers_sweep():
        log.warning("%s answers were under way long after their deadline and were ended.", swept)
    if missing := answers.processes_lost():
        processes_look.apply_async([missing], countdown=LOOK_SECONDS)


@shared_task
def processes_look(numbers: list[int], looks: int = 1) -> None:
    """Look again whether web processes are gone; the last time, end what they streamed."""
    missing = answers.processes_lost(numbers)
    if missing and looks < LOOKS:
        processes_look.apply_async([missing, looks + 1], countdown=LOOK_SECONDS)
    elif missing:
        ended = answers.answers_of_lost_end(processes=missing)
        log.warning("%s answers had lost their process and were ended.", ended)
