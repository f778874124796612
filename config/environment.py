"""Where the environment is read from: the process itself and, once, the file `.env` beside manage.py.

What the variables mean is said in `config/settings.py`; every one of them is named in `.env.example`.
"""

import os
import secrets
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
