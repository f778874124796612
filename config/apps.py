"""The ground floor as a Django application: registers the checks of the configuration, and the job queue."""

from django.apps import AppConfig
from django.conf import settings


class GroundFloor(AppConfig):
    """Has no tables; brings base templates, static files, commands and system checks."""

    name = "config"

    def ready(self) -> None:
        """Register the system checks, and make our Celery application the one that jobs are queued with."""
        from config import celery, checks, metrics, observing, waiting  # noqa: F401

        metrics.register("hitode_queue_length", waiting.jobs_waiting)
        if settings.SENTRY_DSN and checks.can_report():
            from config import reporting

            reporting.begin()
