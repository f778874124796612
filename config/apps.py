"""The ground floor as a Django application: registers the checks of the configuration, and the job queue."""

from django.apps import AppConfig


class GroundFloor(AppConfig):
    """Has no tables; brings base templates, static files, commands and system checks."""

    name = "config"

    def ready(self) -> None:
        """Register the system checks, and make our Celery application the one that jobs are queued with."""
        from config import celery, checks  # noqa: F401
