"""`manage.py rebuild_index`: build the gate's index anew; when it is interrupted, the next run goes on."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from annotation.management.watching import Bars
from annotation.services.index_repair import index_rebuild
from config.errors import DomainError


class Command(BaseCommand):
    help = "Build the gate's index anew from the texts of all references. Texts are compared and stored meanwhile."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        try:
            with Bars(self, is_quiet=options["json"]) as bars:
                rebuilt = index_rebuild(watch=bars)
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        seconds = time.monotonic() - started
        if options["json"]:
            facts = {"references": rebuilt.references, "rows": rebuilt.rows, "segment": rebuilt.segment}
            self.stdout.write(json.dumps(facts | {"seconds": round(seconds, 1)}))
            return
        self.stdout.write(
            _("%(references)s references, %(rows)s fingerprints, %(seconds).0f s")
            % {"references": f"{rebuilt.references:,}", "rows": f"{rebuilt.rows:,}", "seconds": seconds}
        )
        if rebuilt.segment:
            self.stdout.write(_("The index is in the folder %(name)s.") % {"name": rebuilt.segment})
