"""Publish a version of the terms: the product's own, or a pair of Markdown files."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from collection.selectors import terms_in_force
from collection.services.terms import terms_publish, terms_text


class Command(BaseCommand):
    help = "Publish the next version of the terms. Everybody is asked for consent again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ja", type=Path, help="Markdown in Japanese (the product's own terms)")
        parser.add_argument("--en", type=Path, help="Markdown in English (the product's own terms)")
        parser.add_argument("--no-release", action="store_true", help="these terms do not allow releases")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            bodies = {
                language: options[language].read_text(encoding="utf-8") if options[language] else terms_text(language)
                for language in ("ja", "en")
            }
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error)) from None
        current = terms_in_force()
        if current is not None and (current.body_ja, current.body_en) == (bodies["ja"], bodies["en"]):
            self.stdout.write(
                _("Version %(version)s is in force with exactly this text.") % {"version": current.version}
            )
            return
        terms = terms_publish(body_ja=bodies["ja"], body_en=bodies["en"], allows_release=not options["no_release"])
        self.stdout.write(_("Version %(version)s of the terms is in force.") % {"version": terms.version})
