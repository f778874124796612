"""Sort the instructions that have no category, or one by an earlier version of the rules."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _
from tqdm import tqdm

from collection.services.categories import instructions_categorise, instructions_uncategorised_count


class Command(BaseCommand):
    help = "Sort instructions by rule; what an operator or a file said stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="a result for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        is_quiet = options["json"] or not sys.stderr.isatty()
        with tqdm(total=instructions_uncategorised_count(), unit="", disable=is_quiet, leave=False) as bar:
            read, changed = instructions_categorise(watch=bar.update)
        if options["json"]:
            self.stdout.write(json.dumps({"read": read, "changed": changed}))
        else:
            self.stdout.write(
                _("%(read)s instructions were read, %(changed)s have another category now.")
                % {"read": f"{read:,}", "changed": f"{changed:,}"}
            )
