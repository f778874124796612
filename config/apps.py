"""The ground floor as a Django application: registers the checks of the configuration."""

from django.apps import AppConfig


class GroundFloor(AppConfig):
    """Has no tables; brings base templates, static files, commands and system checks."""

    name = "config"

    def ready(self) -> None:
        """Register the system checks."""
        from config import checks  # noqa: F401
