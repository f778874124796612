"""Import instructions from JSONL, CSV or Parquet: parse, call the service, report. Exit codes: 0 all taken (or known
already), 1 nothing could be read, 2 some lines were refused.
"""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from tqdm import tqdm

from collection.errors import ImportRefused
from collection.services.import_files import Line, Refusal
from collection.services.imports import ImportResult, instructions_import

REPORT_EVERY = 1000


class Command(BaseCommand):
    help = "Import instructions from a JSONL, CSV or Parquet file, with the licence that allows their use."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--licence", required=True, help="the licence that allows the use, such as CC-BY-4.0")
        parser.add_argument("--source", default="", help="where the file is from: an address or a description")
        parser.add_argument("--name", default="", help="what to call this import (the file's name)")
        parser.add_argument("--format", choices=["auto", "jsonl", "csv", "parquet"], default="auto")
        parser.add_argument("--language", choices=["ja", "en"], default="", help="of lines that do not say")
        parser.add_argument("--screen", choices=["now", "later"], default="now", help="later: by the next sweep")
        parser.add_argument("--practice", action="store_true", help="mark as practice: it can never be released")
        parser.add_argument("--json", action="store_true", help="print the result as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        report = _Report(self, options["file"], quiet=options["json"])
        try:
            result = instructions_import(
                path=options["file"],
                licence=options["licence"],
                source=options["source"],
                name=options["name"],
                format=options["format"],
                language=options["language"],
                imported_by="import_instructions",
                is_practice=options["practice"],
                screens=options["screen"] == "now",
                watch=report.line,
            )
        except ImportRefused as error:
            raise CommandError(str(error)) from None
        finally:
            report.close()
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(result), ensure_ascii=False))
        else:
            self._summary(result)
        if result.refused_count:
            sys.exit(2 if result.imported or result.duplicates else 1)

    def _summary(self, result: ImportResult) -> None:
        write = self.stdout.write
        write(_("Lines read: %(count)s") % {"count": f"{result.read:,}"})
        write(_("Imported: %(count)s") % {"count": f"{result.imported:,}"})
        write(_("Already there under this licence: %(count)s") % {"count": f"{result.duplicates:,}"})
        write(_("References stored: %(count)s") % {"count": f"{result.references:,}"})
        write(_("Refused: %(count)s") % {"count": f"{result.refused_count:,}"})
        for status, count in sorted(result.statuses.items()):
            write(_("Screened, now %(status)s: %(count)s") % {"status": status, "count": f"{count:,}"})
        if result.outputs_ignored:
            message = _("%(count)s lines have an output. It was not imported: outputs are only written here.")
            write(message % {"count": f"{result.outputs_ignored:,}"})
        for name, count in result.unknown_fields.most_common(20):
            write(_("Field not read: %(name)s (%(count)s lines)") % {"name": name, "count": f"{count:,}"})


class _Report:
    """Tells how far the import is: a bar on a terminal, a line now and then elsewhere; each refused line at once."""

    def __init__(self, command: Command, path: Path, *, quiet: bool) -> None:
        self._command = command
        self._lines = 0
        self._shows_lines = not quiet and not sys.stderr.isatty()
        size = path.stat().st_size if path.is_file() else None
        self._bar = tqdm(total=size, unit="B", unit_scale=True, disable=quiet or not sys.stderr.isatty())

    def line(self, seen: Line | Refusal) -> None:
        self._lines += 1
        if seen.bytes_read:
            self._bar.update(max(0, seen.bytes_read - self._bar.n))
        if isinstance(seen, Refusal):
            message = _("Line %(number)s: %(reason)s") % {"number": seen.number, "reason": seen.reason}
            self._bar.clear()
            self._command.stderr.write(message)
            self._bar.refresh()
        elif self._shows_lines and self._lines % REPORT_EVERY == 0:
            self._command.stderr.write(_("%(count)s lines") % {"count": f"{self._lines:,}"})

    def close(self) -> None:
        self._bar.close()


def _as_json(result: ImportResult) -> dict[str, Any]:
    return {
        "batch": str(result.batch.public_id) if result.batch else None,
        "read": result.read,
        "imported": result.imported,
        "duplicates": result.duplicates,
        "references": result.references,
        "outputs_ignored": result.outputs_ignored,
        "refused": [{"line": one.number, "reason": str(one.reason)} for one in result.refused],
        "refused_count": result.refused_count,
        "unknown_fields": dict(result.unknown_fields),
        "statuses": dict(result.statuses),
    }
