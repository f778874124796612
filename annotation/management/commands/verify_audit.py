"""`manage.py verify_audit`: is the audit's chain whole, and does every row it names still say what it said?"""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from tqdm import tqdm

from annotation.services.audit import Broken, chain_catch_up, chain_verify

SAID = {
    "missing": gettext_noop("Entry %(position)s of the chain is missing."),
    "changed": gettext_noop(
        "Entry %(position)s is the first that is broken: its hash does not follow from what it says."
    ),
    "not_as_noted": gettext_noop("Entry %(position)s does not have the hash that was noted of it."),
    "row_gone": gettext_noop("Entry %(position)s names row %(source_id)s of %(source)s, which is gone."),
    "row_changed": gettext_noop("Entry %(position)s names row %(source_id)s of %(source)s, which was changed since."),
    "not_entered": gettext_noop("Row %(source_id)s of %(source)s is in no entry."),
}


def noted(text: str) -> tuple[int, str]:
    """`12:ab34…`: a position and its hash."""
    position, _colon, digest = text.partition(":")
    if not position.isdigit() or len(digest) != 64:
        raise ArgumentTypeError(_("A noted entry is its number, a colon and its 64 hexadecimal digits."))
    return int(position), digest.lower()


class Command(BaseCommand):
    help = "Verify the audit's chain and the rows it was made of; say the first broken one. Exit code 1 when not sound."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--noted", type=noted, metavar="N:HASH", help="an entry as it was noted outside of here")
        parser.add_argument("--enter", action="store_true", help="first enter what waits for the job")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["enter"]:
            chain_catch_up()
        with tqdm(unit="", disable=options["json"] or not sys.stderr.isatty(), leave=False) as bar:
            state = chain_verify(known=options["noted"], progress=bar.update)
        if options["json"]:
            self.stdout.write(json.dumps({**asdict(state), "is_sound": state.is_sound}))
        else:
            for problem in state.problems:
                self.stderr.write(said(problem))
            if state.head:
                self.stdout.write(
                    _("%(count)s entries; note this elsewhere: %(position)d:%(head)s")
                    % {"count": f"{state.count:,}", "position": state.count, "head": state.head}
                )
        if not state.is_sound:
            count = len(state.problems)
            raise CommandError(
                ngettext(
                    "The audit is not sound: %(count)d problem.", "The audit is not sound: %(count)d problems.", count
                )
                % {"count": count},
                returncode=1,
            )


def said(problem: Broken) -> str:
    return _(SAID[problem.code]) % asdict(problem)
