"""`manage.py release_key`: the keys that sign releases. `new` makes one and puts it in force; without a word it lists them."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from annotation.release.keys import key_new, keys_listed
from config.errors import DomainError


class Command(BaseCommand):
    help = "List the public halves of the keys that sign releases, or make a new key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", nargs="?", choices=["list", "new"], default="list")

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        try:
            if what == "new":
                key_new()
                self.stderr.write(
                    _("The key is in %(folder)s. Keep a copy where nobody else comes to, and publish its line below.")
                    % {"folder": settings.RELEASE_KEYS}
                )
            keys = keys_listed()
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        for key in keys:
            mark = _("in force") if key["is_in_force"] else _("earlier")
            self.stdout.write(f"{key['id']}  {key['public_key']}  {mark}")
        if not keys:
            self.stdout.write(_("There is no key yet. Make one with `manage.py release_key new`."))
