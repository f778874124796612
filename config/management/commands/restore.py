"""`manage.py restore FOLDER`: a backup into an installation whose database is empty."""

from pathlib import Path
from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from config.backup import backup_restore
from config.errors import DomainError


class Command(BaseCommand):
    help = "Restore a backup into an empty database, and count every table. All of it, or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="the backup")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            backup = backup_restore(folder)
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        if "ensure_export_role" in get_commands():
            call_command("ensure_export_role", stdout=self.stdout, stderr=self.stderr)
        told = {"rows": f"{sum(backup.rows.values()):,}", "at": backup.at.isoformat(timespec="minutes")}
        self.stdout.write(_("%(rows)s rows of %(at)s are here, as many in each table as there were.") % told)
        self.stdout.write(_("Now run `manage.py migrate`, `manage.py verify_index --mend` and `manage.py doctor`."))
