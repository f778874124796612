"""`manage.py generate_synthetic`: have a model of one's own answer clean instructions, and write a synthetic release of it."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _
from tqdm import tqdm

from annotation.release.keys import key_in_force
from annotation.release.synthetic import synthetic_build, synthetic_folder_check, synthetic_snapshot
from annotation.services.synthetic import Generated, Server, outputs_generate
from annotation.services.synthetic_models import model_in_force
from config.errors import DomainError


class Command(BaseCommand):
    help = (
        "Generate outputs from clean instructions with a server of your own, and write them to a synthetic release. "
        "None of them can become a clean record. Run it again to go on after an interruption."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--model", required=True, metavar="NAME", help="as entered by `synthetic_model add`")
        parser.add_argument("--base-url", required=True, metavar="URL", help="such as http://127.0.0.1:8000/v1")
        parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="a new folder; ends in -synthetic")
        parser.add_argument("--limit", required=True, type=int, metavar="N", help="until the model has so many outputs")
        parser.add_argument("--max-tokens", type=int, default=2048, help="of one output; a longer one is left out")
        parser.add_argument("--parallel", type=int, default=4, help="questions at once")
        parser.add_argument("--json", action="store_true", help="print the manifest as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if min(options["limit"], options["max_tokens"], options["parallel"]) < 1:
            raise CommandError(_("--limit, --max-tokens and --parallel begin at 1."), returncode=1)
        server = Server(
            options["base_url"], settings.SYNTHETIC_API_KEY, options["max_tokens"], parallel=options["parallel"]
        )
        try:
            found, manifest = self._generate(server, **options)
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        except DatabaseError as error:
            raise CommandError(_("The database went away. Nothing was released."), returncode=1) from error
        if options["json"]:
            self.stdout.write(json.dumps(manifest, ensure_ascii=False, sort_keys=True))
            return
        counts = {"made": found.made, "left_out": found.left_out, "failed": found.failed}
        self.stdout.write(_("Generated %(made)d, left out %(left_out)d, failed %(failed)d.") % counts)
        self.stdout.write(
            _("%(count)d synthetic records in %(folder)s. A model wrote them; none of them is a clean record.")
            % {"count": manifest["records"], "folder": options["out"]}
        )

    def _generate(
        self, server: Server, *, model: str, out: Path, limit: int, json: bool, **options: Any
    ) -> tuple[Generated, dict[str, Any]]:
        """Whatever would be refused at the end is refused before the first question."""
        known = model_in_force(model)
        folder = synthetic_folder_check(out)
        key = key_in_force()
        with synthetic_snapshot(model):
            pass
        with tqdm(desc=_("Generating"), total=limit, unit="", disable=json or not sys.stderr.isatty()) as bar:
            found = outputs_generate(
                model=known, server=server, limit=limit, watch=lambda done, total: bar.update(done - bar.n)
            )
        with synthetic_snapshot(model) as snapshot:
            return found, synthetic_build(snapshot=snapshot, folder=folder, key=key)
