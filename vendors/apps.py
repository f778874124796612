"""People and money as a Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Vendors(AppConfig):
    name = "vendors"
    verbose_name = _("Vendors")

    def ready(self) -> None:
        from config import examination
        from vendors import jobs
        from vendors.services.condition import people_examine

        jobs.listen()
        examination.register(people_examine)
