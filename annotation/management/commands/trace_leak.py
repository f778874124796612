"""`manage.py trace_leak FILE`: to whom a leaked model's answer was shown."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from annotation.models import Showing
from annotation.services.canaries import Leak, Suspect, leak_trace


class Command(BaseCommand):
    help = "Tell from which display a text was copied. Exit code 0: one is named; 1: none can be; 2: the file cannot be read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the text that turned up, as UTF-8; - for standard input")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        leaks = leak_trace(self._text(options["file"]))
        if options["json"]:
            self.stdout.write(json.dumps([_facts(leak) for leak in leaks], ensure_ascii=False, default=str))
        else:
            for leak in leaks:
                self._tell(leak)
        if not any(leak.marked or leak.named for leak in leaks):
            raise CommandError(_("No display can be named as the source of this text."), returncode=1)

    def _text(self, file: str) -> str:
        try:
            raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
            return raw.decode("utf-8-sig")
        except OSError as error:
            message = _("The file %(path)s cannot be read: %(reason)s") % {"path": file, "reason": error.strerror}
            raise CommandError(message, returncode=2) from error
        except UnicodeDecodeError as error:
            raise CommandError(_("The file %(path)s is not UTF-8 text.") % {"path": file}, returncode=2) from error

    def _tell(self, leak: Leak) -> None:
        self.stdout.write(_("Reference %(number)d") % {"number": leak.reference_id})
        for row in leak.marked:
            self.stdout.write("  " + self.style.SUCCESS(_("by its mark: %(display)s") % {"display": _display(row)}))
        for suspect in leak.suspects:
            said = _("%(who)s: %(agreeing)d of %(seen)d places spelled as shown to them, by chance %(chance)s")
            line = said % {
                "who": suspect.who,
                "agreeing": suspect.match.agreeing,
                "seen": suspect.match.seen,
                "chance": f"{suspect.match.chance:.2g}",
            }
            self.stdout.write("  " + (self.style.SUCCESS(line) if suspect == leak.named else line))
            for row in suspect.showings:
                self.stdout.write(f"    {_display(row)}")
        stored = _("as stored, which nobody was shown: %(agreeing)d of %(seen)d")
        self.stdout.write("  " + stored % {"agreeing": leak.original.agreeing, "seen": leak.original.seen})


def _display(row: Showing) -> str:
    at = formats.date_format(timezone.localtime(row.at), "SHORT_DATETIME_FORMAT")
    return f"{row.user.name}, {at}, {row.get_place_display()}"


def _facts(leak: Leak) -> dict[str, Any]:
    return {
        "reference": leak.reference_id,
        "marked": [_row(row) for row in leak.marked],
        "named": leak.named.who if leak.named else None,
        "suspects": [_suspect(suspect) for suspect in leak.suspects],
        "as_stored": {"agreeing": leak.original.agreeing, "seen": leak.original.seen},
    }


def _suspect(suspect: Suspect) -> dict[str, Any]:
    match = suspect.match
    told = {"agreeing": match.agreeing, "seen": match.seen, "chance": match.chance}
    return {"who": suspect.who, "showings": [_row(row) for row in suspect.showings], **told}


def _row(row: Showing) -> dict[str, Any]:
    return {"showing": row.pk, "who": row.user.name, "at": row.at, "place": row.place, "task": row.task_id}
