"""What a command knows of the terminal it talks to."""

import os


def terminal_language() -> str:
    """Japanese where the terminal is, English otherwise."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "ja" if value.startswith("ja") else "en"
    return "en"
