"""Where the environment is read from: the process itself and, once, the file `.env` beside manage.py.

What the variables mean is said in `config/settings.py`; every one of them is named in `.env.example`.
"""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from environs import Env

ROOT = Path(__file__).resolve().parent.parent
POSTGRESQL = "django.db.backends.postgresql"
POOLED = "config.pooled"  # the same with a pool of connections


def environment() -> Env:
    """The environment, completed (never overridden) by `.env`; HITODE_ENV_FILE names another file."""
    env = Env()
    file = Path(os.environ.get("HITODE_ENV_FILE") or ROOT / ".env")
    if file.is_file():
        env.read_env(str(file), recurse=False)
    return env


def var_directory() -> Path:
    """The folder for everything this installation keeps on disk: engines, mail, collected static files."""
    return Path(environment().str("HITODE_VAR", "") or ROOT / "var").resolve()


def database_settings(url: str) -> dict[str, Any]:
    """Django's dictionary for a database address; a socket folder given as `?host=` becomes HOST."""
    import dj_database_url

    database = dict(dj_database_url.parse(url, conn_max_age=0, conn_health_checks=True))
    options: dict[str, Any] = dict(database.get("OPTIONS") or {})  # type: ignore[call-overload]
    if "host" in options:
        database["HOST"] = options.pop("host")
    # Only what `config/statements.py` runs is prepared, the ORM's cursors prepare nothing; and one plan serves all values.
    options["prepare_threshold"] = 5
    options["options"] = f"-c plan_cache_mode=force_generic_plan {options.get('options', '')}".rstrip()
    database["OPTIONS"] = options
    return database


def address_as(url: str, role: str) -> str:
    """The same database as another role, such as one that may read one view alone; for servers, it needs its own password."""
    parts = urlsplit(url)
    location = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{role}@{location}").geturl()


def broker_url(url: str) -> str:
    """Celery's spelling of a Redis address: a socket is `redis+socket://`, and its database `virtual_host`."""
    if not url.startswith("unix://"):
        return url
    parts = urlsplit(url)
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={database}"


def kept_secret_key(folder: Path) -> str:
    """The demonstration's key: made once and kept, so that sign-ins survive a restart."""
    file = folder / "secret_key"
    try:
        return file.read_text()
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(50)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(key)
    except FileExistsError:  # another process made it a moment ago
        return file.read_text()
    return key
