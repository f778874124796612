"""Where benchmarks run: engines of their own under var/bench, with the settings of a server in production.

`prepare` comes before anything that imports Django's settings. The engines wait for the disk, as a server's do.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.bench.processor import seconds_of

ROOT = Path(__file__).resolve().parent.parent.parent
VAR = ROOT / "var" / "bench"
DATABASE = "hitode_bench"
REDIS_DATABASE = 1


def prepare() -> None:
    """Forget the developer's configuration, start the engines, and set Django up on them as in production."""
    for name in list(os.environ):
        if name.startswith(("HITODE_", "OPENAI_", "EMAIL_")) or name in {"DATABASE_URL", "EXPORT_DATABASE_URL"}:
            del os.environ[name]
    os.environ.pop("REDIS_URL", None)
    os.environ |= {
        "HITODE_ENV_FILE": os.devnull,
        "HITODE_VAR": str(VAR),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    from config.engines import EMBEDDED_MARK, ensure_engines

    ensure_engines()
    # Whoever starts now takes the engines for servers somewhere else, and itself for more than a demonstration.
    del os.environ[EMBEDDED_MARK]
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{DATABASE}")
    os.environ |= {
        "DATABASE_URL": database.geturl(),
        "EXPORT_DATABASE_URL": database._replace(netloc="hitode_export@").geturl(),
        "REDIS_URL": os.environ["REDIS_URL"].replace("db=0", f"db={REDIS_DATABASE}"),
        "HITODE_DEMONSTRATION": "false",
        "HITODE_SECRET_KEY": "the benchmarks keep no secrets, and their sessions last a minute",
        "HITODE_HOSTS": "localhost",
        "HITODE_LOG_LEVEL": "WARNING",
        "OPENAI_API_KEY": "nobody is asked",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "HITODE_PROMPT_PRICE_MICROUSD_PER_MILLION": "2500000",
        "HITODE_COMPLETION_PRICE_MICROUSD_PER_MILLION": "10000000",
        "EMAIL_URL": "smtp://127.0.0.1:9",
        "HITODE_EMAIL_FROM": "Hitode <hitode@example.org>",
    }
    import django

    django.setup()


@contextmanager
def server() -> Iterator[psycopg.Connection]:
    """A connection that can make and drop databases."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres").geturl()
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def has_database(name: str) -> bool:
    """Whether the database is there."""
    with server() as connection:
        return connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def database_drop(name: str) -> None:
    """Drop a database with everything in it; whoever is in it is thrown out."""
    with server() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def databases_drop(beginning: str) -> None:
    """Drop every database whose name begins so."""
    with server() as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [beginning])
        names = [name for (name,) in found]
    for name in names:
        database_drop(name)


def database_copy(source: str, target: str) -> None:
    """Make `target` anew as a copy of `source`, written to the disk before anything is measured."""
    database_drop(target)
    with server() as connection:
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        connection.execute(command.format(sql.Identifier(target), sql.Identifier(source)))
        connection.execute("CHECKPOINT")


def database_keep(name: str) -> None:
    """Keep the database of the moment under another name, to be copied from."""
    with server() as connection:
        command = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(command.format(sql.Identifier(DATABASE), sql.Identifier(name)))


def engine_seconds() -> float:
    """Processor seconds that PostgreSQL and Redis have taken so far: both are children of their keeper."""
    return seconds_of(json.loads((VAR / "engines.json").read_text())["keeper"])
