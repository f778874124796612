"""Celery's jobs of the public side: screening, and the sweeps that pick up whatever was never queued or never ended."""

import logging
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.db.models import Exists, OuterRef
from django.utils import timezone

from collection.models import Instruction, ScreeningFinding
from collection.services import answers, screening, status
from collection.signals import instruction_received
from collection.states import InstructionStatus

log = logging.getLogger(__name__)

SWEEP_SIZE = 500
# A job queued on commit is normally done long before.
SCREENING_PATIENCE = timedelta(minutes=2)


def listen() -> None:
    """Queue the screening of whatever is received."""
    instruction_received.connect(_screening_queue, dispatch_uid="collection.screening")


def _screening_queue(sender: Any, *, instruction_id: int, **_kwargs: Any) -> None:
    """Without a broker nothing is lost: the sweep finds what was never queued."""
    try:
        instruction_screen.apply_async([instruction_id], retry=False)
    except instruction_screen.OperationalError:
        log.warning("The broker does not answer; instruction %s waits for the sweep.", instruction_id)


@shared_task
def instruction_screen(instruction_id: int) -> None:
    """Screen one instruction; does nothing if that was done before."""
    screening.instruction_screen(instruction_id=instruction_id)


@shared_task
def worker_sign() -> None:
    """Say that this worker lives; the operator's status page reads it."""
    status.worker_sign()


@shared_task
def screening_sweep() -> None:
    """Screen what was received and forgotten, and ask again where moderation had not answered."""
    moderator = screening.Moderator()
    before = timezone.now() - SCREENING_PATIENCE
    forgotten = Instruction.objects.filter(status=InstructionStatus.RECEIVED, created_at__lt=before)
    for pk in list(forgotten.order_by("pk").values_list("pk", flat=True)[:SWEEP_SIZE]):
        screening.instruction_screen(instruction_id=pk, moderator=moderator)
    findings = ScreeningFinding.objects.filter(instruction=OuterRef("pk"))
    unasked = Instruction.objects.filter(
        Exists(findings.filter(check_id=screening.MODERATION_UNAVAILABLE)),
        ~Exists(findings.filter(check_id=screening.MODERATION_PASSED)),
        status=InstructionStatus.HELD,
    )
    for pk in list(unasked.order_by("pk").values_list("pk", flat=True)[:SWEEP_SIZE]):
        screening.moderation_retry(instruction_id=pk, moderator=moderator)


@shared_task
def answers_sweep() -> None:
    """End and settle the answers whose process died."""
    swept = answers.answers_sweep()
    if swept:
        log.warning("%s answers had lost their process and were settled.", swept)
