"""Celery's jobs of people and money."""

import logging

from celery import shared_task

from vendors.services.alerts import due_alerts_send
from vendors.services.kept_answers import answers_purge

log = logging.getLogger(__name__)


@shared_task
def due_alerts() -> None:
    """Tell those who pay what is due."""
    if sent := due_alerts_send():
        log.info("%s letters about payments that are due were sent.", sent)


@shared_task
def kept_answers_sweep() -> None:
    """Delete the answers that were kept for requests that come twice."""
    answers_purge()
