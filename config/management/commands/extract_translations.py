"""Brings the message catalogues up to date with the code and the templates: the command behind `make messages`."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from config.extraction import extract_template_catalogue
from config.translations import DOMAIN, CatalogueFile, catalogue_text, gaps, read_catalogue, updated_catalogue


class Command(BaseCommand):
    """Rewrites each catalogue, keeping its translations; exits with 1 when `--check` finds a gap."""

    help = "Collect the translatable texts into locale/*/LC_MESSAGES/django.po, keeping what is translated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when a catalogue has gaps")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        template = extract_template_catalogue()
        bad = 0
        for locale, _name in settings.LANGUAGES:
            if locale == settings.LANGUAGE_CODE:  # the messages themselves are in this language
                continue
            path = Path(settings.LOCALE_PATHS[0]) / locale / "LC_MESSAGES" / f"{DOMAIN}.po"
            file = CatalogueFile(locale, path)
            if not check:
                self.update(file, template)
            found = gaps(file, template)
            bad += len(found)
            for gap in found:
                self.stdout.write(f"{locale}: {gap}")
            self.stdout.write(f"{locale}: {len(template)} messages, {len(found)} gaps")
        if check and bad:
            raise SystemExit(1)

    def update(self, file: CatalogueFile, template: Any) -> None:
        """Write one catalogue."""
        old = read_catalogue(file) if file.path.exists() else None
        file.path.parent.mkdir(parents=True, exist_ok=True)
        file.path.write_text(catalogue_text(updated_catalogue(old, template, file.locale)))
