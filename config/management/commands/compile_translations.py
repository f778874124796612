"""Turns the message catalogues into the files Django reads."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.translations import compile_stale_catalogues


class Command(BaseCommand):
    """Compiles the catalogues that changed."""

    help = "Compile the message catalogues that are newer than their compiled form."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", dest="everything", help="compile also what has not changed")

    def handle(self, *args: Any, everything: bool, verbosity: int, **options: Any) -> None:
        for file in compile_stale_catalogues(everything=everything):
            if verbosity:
                self.stdout.write(f"compiled {file.path}")
