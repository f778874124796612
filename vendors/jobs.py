"""Celery's jobs of people and money."""

import logging
from typing import Any

from celery import shared_task

from vendors.services import letters, webhooks
from vendors.services.alerts import due_alerts_send, due_soon_send
from vendors.services.kept_answers import answers_purge
from vendors.signals import delivery_waits, letters_wait

log = logging.getLogger(__name__)


@shared_task
def due_alerts() -> None:
    """Tell those who pay, and those who write, what is due."""
    if written := due_alerts_send() + due_soon_send():
        log.info("%s letters about what is due were written.", written)


@shared_task
def letters_send() -> None:
    """Send the letters that wait for people who want them at once."""
    if sent := letters.letters_send():
        log.info("%s letters were sent.", sent)


@shared_task
def digests_send() -> None:
    """Send the letters of the day to those who want them together, and forget old ones."""
    if sent := letters.digests_send():
        log.info("%s letters of the day were sent.", sent)
    letters.letters_purge()


@shared_task
def kept_answers_sweep() -> None:
    """Delete the answers that were kept for requests that come twice."""
    answers_purge()


def listen() -> None:
    """Send what webhooks and readers wait for as soon as it is written down."""
    delivery_waits.connect(_delivery_queue, dispatch_uid="vendors.webhooks")
    letters_wait.connect(_letters_queue, dispatch_uid="vendors.letters")


def _letters_queue(sender: Any, **_kwargs: Any) -> None:
    """Without a broker nothing is lost: the sweep sends what waits."""
    try:
        letters_send.apply_async(retry=False)
    except letters_send.OperationalError:
        log.warning("The broker does not answer; letters wait for the sweep.")


def _delivery_queue(sender: Any, *, delivery_id: int, **_kwargs: Any) -> None:
    """Without a broker nothing is lost: the sweep finds what was never queued."""
    try:
        webhook_send.apply_async([delivery_id], retry=False)
    except webhook_send.OperationalError:
        log.warning("The broker does not answer; delivery %s waits for the sweep.", delivery_id)


@shared_task(soft_time_limit=60, time_limit=90)
def webhook_send(delivery_id: int) -> None:
    """Try once to bring a delivery to its address; the sweep tries again."""
    webhooks.delivery_send(delivery_id=delivery_id)


@shared_task
def webhooks_sweep() -> None:
    """Queue what is due: attempts that failed before, and what was forgotten."""
    for delivery_id in webhooks.deliveries_due():
        webhook_send.delay(delivery_id)


@shared_task
def deliveries_sweep() -> None:
    """Delete the log of webhooks that is old enough."""
    webhooks.deliveries_purge()
