"""Write the description of the API anew, after an operation changed: `config/openapi.json`. Needs `make check`'s packages."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from config.api_operations import OPENAPI_FILE


class Command(BaseCommand):
    help = "Write config/openapi.json anew."

    def handle(self, *args: Any, **options: Any) -> None:
        from config.openapi import openapi

        Path(OPENAPI_FILE).write_text(json.dumps(openapi(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        self.stdout.write(f"{OPENAPI_FILE}")
