"""What every test stands on: engines of the tests' own, and settings that no developer's `.env` can change."""

import fcntl
import gc
import logging
import os
import re
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker

from tests.live import Live, await_quiet, live_stack, with_database

ROOT = Path(__file__).resolve().parent.parent
SLOTS = 5
REDIS_DATABASES_EACH = 3  # of Redis's sixteen
TRAINING_PYTHON = ROOT / ".venv-training" / "bin" / "python"
# What only `make training` can run is not there for whoever has not run it.
collect_ignore = [] if TRAINING_PYTHON.exists() else ["training"]
KEPT = {"HITODE_CHROMIUM", "HITODE_BENCH_SCALE", "HITODE_TEST_SLOT"}
SECOND_HALF = "browser or live"  # the Makefile's words
LONG_SECONDS = 120  # the limit of every test that names none
# How long an example takes is the machine's affair.
hypothesis_settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("untimed")

# Objects made, less those freed, before Python looks for rings among them; its own 700 lets it look all the time.
OBJECTS_BETWEEN_COLLECTIONS = 50_000


def _slot() -> int:
    """A number no other run of the tests has at this moment, so that two of them can share the engines."""
    if inherited := os.environ.get("HITODE_TEST_SLOT"):
        return int(inherited)
    for slot in range(SLOTS):
        lock = os.open(ROOT / "var" / "test" / f"slot-{slot}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        return slot  # the lock is held until this process ends
    raise RuntimeError(f"{SLOTS} runs of the tests are going on already; wait for one to end.")


def _prepare_environment() -> None:
    """Before Django's settings are imported: forget the developer's configuration, start the tests' engines."""
    for name in list(os.environ):
        if name.startswith(("HITODE_", "OPENAI_")) and name not in KEPT:
            del os.environ[name]
    for name in ("DATABASE_URL", "EXPORT_DATABASE_URL", "SYNTHETIC_DATABASE_URL", "REDIS_URL", "EMAIL_URL"):
        os.environ.pop(name, None)
    os.environ["HITODE_ENV_FILE"] = os.devnull
    os.environ["HITODE_VAR"] = str(ROOT / "var" / "test")
    os.environ["HITODE_ENGINE_FAST"] = "1"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

    from config.engines import ensure_engines

    ensure_engines()
    slot = _slot()
    os.environ["HITODE_TEST_SLOT"] = str(slot)  # inherited by the workers of pytest-xdist
    os.environ["DATABASE_URL"] = with_database(os.environ["DATABASE_URL"], f"hitode_{slot}")
    # pytest-xdist gives each worker a database of its own; this gives it its own Redis too.
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    redis_number = slot * REDIS_DATABASES_EACH + worker % REDIS_DATABASES_EACH
    os.environ["REDIS_URL"] = os.environ["REDIS_URL"].replace("db=0", f"db={redis_number}")
    # pytest-django looked for settings before this file was read; it uses Django as it finds it set up here.
    import django

    django.setup()
    from django.conf import settings

    if os.environ["REDIS_URL"] != settings.REDIS_URL:
        raise RuntimeError("the settings were read before this process had a Redis of its own")
    # A fresh clone has the sources of the translations alone; so has one whose texts have changed since.
    from config.translations import compile_stale_catalogues

    compile_stale_catalogues()


gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 10, 10)
_prepare_environment()

pytest_plugins = ["tests.provider", "tests.browser.pages"]


def _quick_sign_in() -> None:
    from django.test import Client

    from tests.clients import sign_in_quickly

    Client.force_login = sign_in_quickly  # type: ignore[method-assign,assignment]


_quick_sign_in()


@pytest.hookimpl(optionalhook=True)  # pytest-xdist's
def pytest_xdist_setupnodes() -> None:
    """Let a worker choose its Redis above before pytest-django, which comes first, finds settings to read."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The second half of `make test` does not read what has none of its marks: that takes as long as some of its tests."""
    is_second_half = config.option.markexpr == SECOND_HALF and collection_path.suffix == ".py"
    if not is_second_half or "/tests/browser/" in str(collection_path):
        return None
    text = collection_path.read_text(encoding="utf-8")
    return None if "mark.live" in text or "mark.browser" in text else True


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put what may take longest, by its own limit of time, at the front of the equal parts with which the workers begin.

    A long test that comes last is waited for by workers that have nothing to do.
    """
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    parts: list[list[pytest.Item]] = [[] for _ in range(workers)]
    long: dict[Path, list[pytest.Item]] = {}
    rest = []
    for item in items:
        is_long = (limit := item.get_closest_marker("timeout")) and limit.args[0] > LONG_SECONDS
        (long.setdefault(item.path, []) if is_long else rest).append(item)
    for module in sorted(long.values(), key=len, reverse=True):
        min(parts, key=len).extend(module)
    following = iter(rest)
    for part in parts:
        part.extend(islice(following, max(0, len(items) // workers - len(part))))
    items[:] = [*chain.from_iterable(parts), *following]


def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end, a million objects: no collection need walk through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """A database of this process's own, in place of pytest-django's, which would migrate in every run."""
    from tests.database import database_drop, database_make

    with django_db_blocker.unblock():
        database_make()
    yield
    with django_db_blocker.unblock():
        database_drop()


@pytest.fixture(autouse=True)
def _nothing_left_over() -> None:
    """Forget what a test before this one left: values in Redis under ids that come again, and a page's language."""
    from django.core.cache import cache
    from django.utils import translation

    cache.clear()
    translation.deactivate()


class _Listener(logging.Handler):
    """Hears every line that the suite logs, and keeps those that say a secret or a model's words."""

    # Tokens and keys of ours, everybody's password in the tests, and the sentence of the canary walk.
    secrets = re.compile(r"ht[id]_[\w-]{30}|whsec_[\w+/]{30}|kumo-no-ito-2026|sk-[\w-]{20}|灯台守は七つの鍵")

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = logging.Formatter().format(record)
        if self.secrets.search(line):
            self.told.append(line)


@pytest.fixture(scope="session")
def _listener() -> Iterator[_Listener]:
    heard = _Listener()
    logging.getLogger().addHandler(heard)
    yield heard
    logging.getLogger().removeHandler(heard)


@pytest.fixture(autouse=True)
def _no_secret_is_logged(_listener: _Listener) -> Iterator[None]:
    """No test makes the product log a secret."""
    _listener.told.clear()
    yield
    assert not _listener.told, "a secret was logged"


@pytest.fixture(scope="session")
def _live_site(django_db_setup: None) -> Iterator[Live]:
    from django.db import connection

    database = str(connection.settings_dict["NAME"])
    with live_stack(database=database, name=database) as live:
        yield live


@pytest.fixture
def live(_live_site: Live, transactional_db: None) -> Iterator[Live]:
    """The real site on the test database, which the test sees and fills through the ORM; Redis is empty."""
    yield _live_site
    await_quiet()
