"""Prints the withdrawal list: what was taken back, since when and why, for a release or for whoever holds a copy."""

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand

from annotation.selectors.withdrawals import withdrawal_entries


class Command(BaseCommand):
    help = "Print the ids of what was withdrawn, oldest first; with --json one JSON object a line."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for entry in withdrawal_entries():
            count += 1
            if options["json"]:
                self.stdout.write(json.dumps(entry, sort_keys=True, separators=(",", ":")))
            else:
                records = " ".join(entry["records"]) or "-"
                self.stdout.write(f"{entry['since']}  {entry['id']}  {entry['reason']}  {records}")
        if not options["json"]:
            self.stdout.write(f"{count} withdrawn.")
