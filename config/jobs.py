"""Celery's jobs of the ground floor: what keeps tables from growing that belong to no app of ours."""

from importlib import import_module

from celery import shared_task
from django.conf import settings


@shared_task
def sessions_sweep() -> None:
    """Delete the sessions that are over; nothing else ever does."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
