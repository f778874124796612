"""Show, and settle, the reservations of answers of which nobody knows what they cost."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from collection.services.reconciling import Charge, budget_reconcile, open_reservation_totals


class Command(BaseCommand):
    help = "Show the reservations that wait to be reconciled with the provider's bill, or settle them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--charge", choices=Charge.values, help="settle them: what the provider charged for each")
        parser.add_argument(
            "--older-than", type=float, default=0, metavar="HOURS", help="only those reserved before that"
        )
        parser.add_argument("--json", action="store_true", help="a result for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        before = timezone.now() - timedelta(hours=options["older_than"])
        if options["charge"] is None:
            found = open_reservation_totals(before=before)
            said = _("%(count)s answers wait to be reconciled; $%(amount).2f is reserved for them.")
        else:
            found = budget_reconcile(charge=options["charge"], before=before)
            said = _("%(count)s answers are settled, at $%(amount).2f in all.")
        if options["json"]:
            self.stdout.write(json.dumps(asdict(found)))
        else:
            self.stdout.write(said % {"count": found.count, "amount": found.amount_microusd / 1_000_000})
