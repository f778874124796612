"""The settings under test: the product's, with quick password hashes, and plain names for static files.

The live site of `tests/live.py` has its static files as the product does, in a folder of its own.
"""

import os
from pathlib import Path

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS, STATIC_ROOT, STORAGES

INSTALLED_APPS = [*INSTALLED_APPS, "tests"]  # for its command `flush`
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Tests ask faster than people; those of the limits set their own.
RATES_PARTICIPANT = RATES_ADDRESS = RATES_UNPROVEN = "100000/minute"
API_REQUESTS_A_MINUTE = 100_000

if live_static := os.environ.get("HITODE_LIVE_STATIC"):
    STATIC_ROOT = Path(live_static)
else:
    STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "tests.files.PlainFiles"}}

# Tests decide at once; those of taking back set their own.
REVIEW_UNDO_SECONDS = int(os.environ.get("HITODE_REVIEW_UNDO_SECONDS", "0"))
