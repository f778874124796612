"""People and money as a Django application, and what it listens to."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Vendors(AppConfig):
    name = "vendors"
    verbose_name = _("Vendors")

    def ready(self) -> None:
        from vendors import jobs

        jobs.listen()
