"""`manage.py verify_release FOLDER`: the check that every release carries, against the keys of this installation."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.release.audit import audit as audit_of_release
from annotation.release.keys import keys_listed
from annotation.release.verify_release import Uncheckable, Unsound, verify
from config.errors import DomainError


class Command(BaseCommand):
    help = "Check a release: exit 0 when it is sound and signed by one of our keys, 1 when not, 2 when it could not be checked."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--key", metavar="PUBLIC_KEY", help="another publisher's key instead of ours")
        parser.add_argument("--tiles", action="store_true", help="look for pieces of models' answers in every record")
        parser.add_argument(
            "--audit",
            metavar="FILE",
            type=Path,
            help="every answer with its salt, from `commitments open`: run the gate again",
        )

    def handle(
        self, *args: Any, folder: Path, key: str | None, tiles: bool, audit: Path | None, **options: Any
    ) -> None:
        try:
            said = list(verify(folder, key, at_once=True, scans=tiles))
            said += audit_of_release(folder, audit) if audit else ()
            ours = {one["public_key"] for one in keys_listed()}
        except Unsound as error:
            raise CommandError(str(error), returncode=1) from error
        except (Uncheckable, OSError, DomainError) as error:
            raise CommandError(str(error), returncode=2) from error
        for line in said:
            self.stdout.write(line)
        if key is None and not any(one in said[0] for one in ours):
            raise CommandError("signature: the key is none of ours", returncode=1)
