"""Where the environment is read from: the process itself and, once, the file `.env` beside manage.py.

What the variables mean is said in `config/settings.py`; every one of them is named in `.env.example`.
"""

import os
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from environs import Env

ROOT = Path(__file__).resolve().parent.parent


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


def broker_url(url: str) -> str:
    """Celery's spelling of a Redis address: a socket is `redis+socket://`, and its database `virtual_host`."""
    if not url.startswith("unix://"):
        return url
    parts = urlsplit(url)
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={database}"
