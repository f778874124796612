"""Prints the withdrawal list: what was taken back, since when and why, for a release or for whoever holds a copy."""

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand

from annotation.selectors.withdrawals import withdrawal_with_records_list


class Command(BaseCommand):
    help = "Print the ids of what was withdrawn, oldest first; with --json one JSON object a line."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for one in withdrawal_with_records_list():
            count += 1
            since = one.since.isoformat(timespec="seconds")
            records = [str(record) for record in one.records]
            if options["json"]:
                line = {"id": str(one.instruction), "reason": one.reason, "records": records, "since": since}
                self.stdout.write(json.dumps(line, sort_keys=True, separators=(",", ":")))
            else:
                self.stdout.write(f"{since}  {one.instruction}  {one.reason}  {' '.join(records) or '-'}")
        if not options["json"]:
            self.stdout.write(f"{count} withdrawn.")
