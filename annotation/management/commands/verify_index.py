"""`manage.py verify_index`: does the gate's index hold every reference, with all its fingerprints?"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.cleanroom.segments import SegmentDamaged
from annotation.management.watching import Bars
from annotation.services.index_repair import index_mend
from annotation.services.reference_index import index_verify


class Command(BaseCommand):
    help = (
        "Compare the gate's index with the references. Exit code 1 when something is missing, 2 when it cannot be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mend", action="store_true", help="index what is missing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            state = index_verify()
        except SegmentDamaged as error:
            message = _("The index cannot be read: %(why)s. Run `manage.py rebuild_index`.")
            raise CommandError(message % {"why": error}, returncode=2) from error
        mended = 0
        if options["mend"] and not state.agrees:
            with Bars(self, is_quiet=options["json"]) as bars:
                mended = index_mend(watch=bars)
        missing = len(state.missing) - mended
        if options["json"]:
            self.stdout.write(json.dumps({"references": state.references, "missing": missing, "mended": mended}))
        else:
            self.stdout.write(_("References with a text: %(count)s") % {"count": f"{state.references:,}"})
            if mended:
                self.stdout.write(_("Mended: %(count)s") % {"count": f"{mended:,}"})
        if missing:
            raise CommandError(
                ngettext(
                    "%(count)s reference is not in the index as it should be. Run `manage.py verify_index --mend`.",
                    "%(count)s references are not in the index as they should be. Run `manage.py verify_index --mend`.",
                    missing,
                )
                % {"count": f"{missing:,}"},
                returncode=1,
            )
