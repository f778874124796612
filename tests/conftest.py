"""What every test stands on: engines of the tests' own, and settings that no developer's `.env` can change."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.live import Live, live_stack

ROOT = Path(__file__).resolve().parent.parent


def _prepare_environment() -> None:
    """Before Django's settings are imported: forget the developer's configuration, start the tests' engines."""
    for name in list(os.environ):
        if name.startswith(("HITODE_", "OPENAI_")) and name not in {"HITODE_CHROMIUM", "HITODE_BENCH_SCALE"}:
            del os.environ[name]
    for name in ("DATABASE_URL", "EXPORT_DATABASE_URL", "REDIS_URL", "EMAIL_URL"):
        os.environ.pop(name, None)
    os.environ["HITODE_ENV_FILE"] = os.devnull
    os.environ["HITODE_VAR"] = str(ROOT / "var" / "test")
    os.environ["HITODE_ENGINE_FAST"] = "1"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

    from config.engines import ensure_engines

    ensure_engines()
    # Each worker of pytest-xdist has a database of its own by itself; this gives it its own Redis too.
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    os.environ["REDIS_URL"] = os.environ["REDIS_URL"].replace("db=0", f"db={worker % 16}")

    # pytest-django looked for settings before this file was read; it uses Django as it finds it set up here.
    import django

    django.setup()


_prepare_environment()

pytest_plugins = ["tests.provider"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Point the export role at the test database, which has just got its name."""
    from django.conf import settings
    from django.db import connection

    parts = urlsplit(settings.EXPORT_DATABASE_URL)
    settings.EXPORT_DATABASE_URL = parts._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


@pytest.fixture(scope="session")
def _live_site(django_db_setup: None) -> Iterator[Live]:
    from django.db import connection

    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with live_stack(database=str(connection.settings_dict["NAME"]), name=worker) as live:
        yield live


@pytest.fixture
def live(_live_site: Live, transactional_db: None) -> Live:
    """The real site on the test database, which the test sees and fills through the ORM; Redis is empty."""
    from django.core.cache import cache

    cache.clear()
    return _live_site
