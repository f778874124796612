"""`manage.py count_stop_grams`: which passages so many references share that they prove nothing."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from annotation.management.watching import Bars
from annotation.services.stop_grams import stop_grams_count


class Command(BaseCommand):
    help = (
        "Count the 8-grams of all references and put the list of the commonest in force. Texts are then checked again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quiet", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        with Bars(self, is_quiet=options["quiet"]) as bars:
            counted = stop_grams_count(watch=bars)
        if counted is None:
            self.stdout.write(_("The list in force is still right."))
        else:
            self.stdout.write(_("A new list is in force. The next clearance checks every accepted text again."))
