"""`manage.py doctor`: how this installation is, and what to do. Exit code 0: well; 1: something to do; 2: something is broken or unsafe."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation
from django.utils.translation import gettext as _

from config.examination import Part, examine, worst_of
from config.terminal import terminal_language

CODES = {"ok": 0, "warn": 1, "danger": 2}
SIGNS = {"ok": "✓", "quiet": "·", "warn": "!", "danger": "✗"}


class Command(BaseCommand):
    help = "Say what is configured, reachable, behind and unsafe, and what to do. Exit code: 0 well, 1 to do, 2 broken."
    requires_system_checks = []  # it tells what they say, with the rest

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for a machine")
        parser.add_argument("--language", choices=["ja", "en"], help="default: the terminal's")

    def handle(self, *args: Any, language: str | None, **options: Any) -> None:
        with translation.override(language or terminal_language()):
            parts = examine()
            worst = worst_of(parts)
            if options["json"]:
                told = [
                    {"name": str(one.name), "tone": one.tone, "state": one.state, "advice": one.advice} for one in parts
                ]
                self.stdout.write(json.dumps({"worst": worst, "parts": told}, ensure_ascii=False))
            else:
                self.tell(parts)
        if code := CODES[worst]:
            sys.exit(code)

    def tell(self, parts: list[Part]) -> None:
        """The parts in their order, and what to do below each."""
        for part in parts:
            self.stdout.write(f"{SIGNS[part.tone]} {part.name}: {part.state}")
            if part.advice and part.tone != "ok":
                self.stdout.write(f"    → {part.advice}")
        to_do = sum(1 for part in parts if part.tone in ("warn", "danger"))
        self.stdout.write(_("%(count)s to look at.") % {"count": to_do} if to_do else _("All is well."))
