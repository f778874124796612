"""List what the installation is made of, and under which licences. Exit code 1 if one of them needs a person to read it."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from config.licences import licences


class Command(BaseCommand):
    help = "List the packages of the installation with their licences."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(licences())
        if options["json"]:
            self.stdout.write(json.dumps([asdict(one) for one in found], ensure_ascii=False))
        else:
            for one in found:
                self.stdout.write(f"{one.name:32} {one.version:16} {one.licence or _('not stated')}")
        unknown = [one.name for one in found if not one.is_known]
        if unknown:
            self.stderr.write(_("To be read by a person: %(names)s") % {"names": ", ".join(unknown)})
            sys.exit(1)
