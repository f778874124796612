"""Import outputs that people wrote elsewhere, from JSONL, CSV or Parquet: parse, call the service, report. Exit codes: 0 all
taken (or known already), 1 nothing could be read, 2 some lines were refused.
"""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from tqdm import tqdm

from annotation.services.output_imports import OutputImportResult, outputs_import
from collection.errors import ImportRefused
from collection.services.import_files import Line, Refusal


class Command(BaseCommand):
    help = (
        "Import instructions with outputs that people wrote elsewhere. Each output passes the gate. None becomes a record of "
        "the dataset, for nobody here saw it being written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="lines with instruction, input and output (or human_output)")
        parser.add_argument("--licence", required=True, help="the licence that allows the use, such as CC-BY-4.0")
        parser.add_argument("--source", required=True, help="where the file is from: an address or a description")
        parser.add_argument("--attested-by", required=True, help="who vouches that people wrote these texts")
        parser.add_argument("--name", default="", help="what to call this import (the file's name)")
        parser.add_argument("--format", choices=["auto", "jsonl", "csv", "parquet"], default="auto")
        parser.add_argument("--language", choices=["ja", "en"], default="", help="of lines that do not say")
        parser.add_argument("--screen", choices=["now", "later"], default="now", help="later: by the next sweep")
        parser.add_argument("--practice", action="store_true", help="mark the instructions as practice")
        parser.add_argument("--json", action="store_true", help="print the result as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("licence", "source", "attested_by", "name", "format", "language")
        size = options["file"].stat().st_size if options["file"].is_file() else None
        is_quiet = options["json"] or not sys.stderr.isatty()
        with tqdm(total=size, unit="B", unit_scale=True, disable=is_quiet) as bar:

            def watch(seen: Line | Refusal) -> None:
                bar.update(max(0, seen.bytes_read - bar.n))
                if isinstance(seen, Refusal) and not options["json"]:
                    message = _("Line %(number)s: %(reason)s") % {"number": seen.number, "reason": seen.reason}
                    self.stderr.write(message)

            try:
                result = outputs_import(
                    path=options["file"],
                    is_practice=options["practice"],
                    screens=options["screen"] == "now",
                    watch=watch,
                    **{name: options[name] for name in names},
                )
            except ImportRefused as error:
                raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(result), ensure_ascii=False))
        else:
            self._summary(result)
        if result.refused_count:
            sys.exit(2 if result.imported or result.duplicates else 1)

    def _summary(self, result: OutputImportResult) -> None:
        for message, count in (
            (_("Lines read: %(count)s"), result.read),
            (_("New instructions: %(count)s"), result.instructions),
            (_("Outputs imported: %(count)s"), result.imported),
            (_("Of these, close to a model's text and to be looked at: %(count)s"), result.held),
            (_("Of these, with what looks like personal data: %(count)s"), result.with_personal_data),
            (_("Already there: %(count)s"), result.duplicates),
            (_("Without an output: %(count)s"), result.without_output),
            (_("Refused: %(count)s"), result.refused_count),
            (_("Of these, too close to a model's text: %(count)s"), result.blocked),
        ):
            self.stdout.write(message % {"count": f"{count:,}"})


def _as_json(result: OutputImportResult) -> dict[str, Any]:
    names = ("read", "instructions", "imported", "held", "with_personal_data", "duplicates", "without_output")
    return {name: getattr(result, name) for name in (*names, "refused_count", "blocked")} | {
        "batch": str(result.batch.public_id) if result.batch else None,
        "refused": [{"line": one.number, "reason": str(one.reason)} for one in result.refused],
        "statuses": dict(result.statuses),
    }
