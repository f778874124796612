"""`manage.py backup FOLDER`: the database, the keys of releases and the files, of one moment, into a new folder there."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from config.backup import backup_check, backup_make
from config.errors import DomainError


class Command(BaseCommand):
    help = "Back up the database, the keys of releases and the files into a new folder; --check looks at one that is there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="where backups are kept; with --check, the backup itself")
        parser.add_argument("--check", action="store_true", help="whether a backup is whole, without restoring it")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, folder: Path, check: bool, **options: Any) -> None:
        try:
            made = backup_check(folder) if check else backup_make(folder)
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        rows = sum(made.rows.values())
        if options["json"]:
            told = {"folder": str(made.folder), "at": made.at.isoformat(), "rows": rows, "bytes": made.size}
            self.stdout.write(json.dumps(told))
            return
        self.stdout.write(
            _("%(folder)s is whole: %(rows)s rows of %(tables)s tables, %(size)s MB.")
            % {"folder": made.folder, "rows": f"{rows:,}", "tables": len(made.rows), "size": f"{made.size / 1e6:.1f}"}
        )
        if not check:
            self.stdout.write(_("Keep HITODE_SECRET_KEY and HITODE_SEALING_KEYS elsewhere: they are not in it."))
