"""People and money as a Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Vendors(AppConfig):
    name = "vendors"
    verbose_name = _("Vendors")
