#!/usr/bin/env python
"""Hitode's command line: Django's, with the embedded engines started first when no others are configured."""

import os
import sys
from contextlib import suppress


def main() -> None:
    """Run one management command."""
    from config.engines import EngineError, ensure_engines

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        ensure_engines()
    except EngineError as error:
        sys.exit(str(error))
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from environs import EnvError

    from config.starting import loading

    try:
        with loading(), suppress(ImproperlyConfigured):  # the command says it, or does without
            django.setup()
        execute_from_command_line(sys.argv)
    except EnvError as error:
        sys.exit(f"The configuration cannot be read. {error}. Every variable is explained in .env.example.")


if __name__ == "__main__":
    main()
