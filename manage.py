#!/usr/bin/env python
"""Hitode's command line: Django's, with the embedded engines started first when no others are configured."""

import os
import sys


def main() -> None:
    """Run one management command."""
    from config.engines import EngineError, ensure_engines

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        ensure_engines()
    except EngineError as error:
        sys.exit(str(error))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
