"""The embedded PostgreSQL and Redis: who uses them, who starts and stops them, where they listen.

With DATABASE_URL or REDIS_URL unset, every process that needs them calls `ensure_engines()` before Django's settings are
imported. It takes a shared lock on `engines.lock` for its whole life, which the kernel gives back even after `kill -9`.
One detached keeper process (`config/keeper.py`) starts both servers and waits until it can have that lock
for itself: then the last user is gone, and it stops the servers cleanly. The data stays under `var/`.
"""

import fcntl
import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from config.environment import ROOT, environment, var_directory

EMBEDDED_MARK = "HITODE_EMBEDDED"
START_SECONDS = 90.0
LONGEST_SOCKET_PATH = 100
DATABASE = "hitode"
OWNER = "hitode"


class EngineError(RuntimeError):
    """An embedded engine could not be started; the message says why and what to do."""


@dataclass(frozen=True)
class Place:
    """The files of one pair of engines. Everything is derived from the folder, so that all processes agree."""

    var: Path

    @property
    def use_lock(self) -> Path:
        return self.var / "engines.lock"

    @property
    def start_lock(self) -> Path:
        return self.var / "engines.start.lock"

    @property
    def keeper_lock(self) -> Path:
        return self.var / "engines.keeper.lock"

    @property
    def ready_file(self) -> Path:
        return self.var / "engines.json"

    @property
    def log(self) -> Path:
        return self.var / "engines.log"

    @property
    def postgres_data(self) -> Path:
        return self.var / "postgres"

    @property
    def redis_data(self) -> Path:
        return self.var / "redis"

    @property
    def sockets(self) -> Path:
        """Where the sockets are: the kernel allows about 100 characters, and a checkout may be deeper than that."""
        if len(str(self.var / "sockets" / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH:
            return self.var / "sockets"
        digest = hashlib.sha256(str(self.var).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"hitode-{os.geteuid()}-{digest}"

    @property
    def postgres_socket(self) -> Path:
        return self.sockets / ".s.PGSQL.5432"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"

    def database_url(self, database: str = DATABASE) -> str:
        return f"postgresql://{OWNER}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def redis_url(self) -> str:
        return f"unix://{quote(str(self.redis_socket), safe='/')}?db=0"


# One entry per folder: the open file holds this process's share of the lock until the process ends.
_held: dict[Path, int] = {}


def ensure_engines(var: Path | None = None) -> None:
    """Start the engines that are not configured, or join the ones that run, and set DATABASE_URL and REDIS_URL.

    Raises EngineError when they cannot be had.
    """
    environment()
    embedded = _embedded_engines()
    if not embedded:
        return
    place = Place((var or var_directory()).resolve())
    if place.var not in _held:
        _held[place.var] = _join(place)
    urls = {"postgres": ("DATABASE_URL", place.database_url()), "redis": ("REDIS_URL", place.redis_url())}
    for name in embedded:
        variable, url = urls[name]
        # A child process keeps the database its parent chose on these engines, such as a test database.
        os.environ.setdefault(variable, url)
    os.environ[EMBEDDED_MARK] = ",".join(embedded)


def _embedded_engines() -> list[str]:
    inherited = os.environ.get(EMBEDDED_MARK, "").split(",")
    variables = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}
    for variable in variables.values():
        if not os.environ.get(variable):
            os.environ.pop(variable, None)  # set but empty means unset
    return [name for name, variable in variables.items() if name in inherited or variable not in os.environ]


def _join(place: Place) -> int:
    """Take a share of the use lock with both engines running; returns the descriptor that holds it."""
    place.var.mkdir(parents=True, exist_ok=True)
    with _locked(place.start_lock):
        # Waits here while a keeper is stopping: it has the lock for itself until both servers are down.
        descriptor = _open_lock(place.use_lock)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        try:
            _await_ready(place)
        except BaseException:
            os.close(descriptor)
            raise
    return descriptor


def _await_ready(place: Place) -> None:
    deadline = time.monotonic() + START_SECONDS
    keeper: subprocess.Popen[bytes] | None = None
    while not _is_ready(place):
        if keeper is not None and keeper.poll() not in (None, 0):
            raise EngineError(_start_failure(place))
        if (keeper is None or keeper.poll() is not None) and not _is_locked(place.keeper_lock):
            # Left by a keeper that was killed; its orphaned servers still answer, and the new keeper will stop them.
            place.ready_file.unlink(missing_ok=True)
            keeper = _spawn_keeper(place)
        if time.monotonic() > deadline:
            raise EngineError(_start_failure(place))
        time.sleep(0.03)


def _start_failure(place: Place) -> str:
    tail = place.log.read_text(errors="replace").splitlines()[-12:] if place.log.exists() else []
    return "\n".join(
        [
            f"The embedded PostgreSQL and Redis did not start in {place.var}.",
            f"The reason is at the end of {place.log}:",
            *(f"    {line}" for line in tail),
            "Mend that, or set DATABASE_URL and REDIS_URL to use servers of your own.",
        ]
    )


def _is_ready(place: Place) -> bool:
    if not place.ready_file.exists() or not _is_locked(place.keeper_lock):
        return False
    return answers(place.postgres_socket) and answers(place.redis_socket)


def answers(path: Path) -> bool:
    """Whether a server listens on a socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(5)
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def _spawn_keeper(place: Place) -> subprocess.Popen[bytes]:
    """Start the keeper in a session of its own, so that a terminal's Ctrl-C and hang-up never reach it."""
    with place.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "config.keeper", str(place.var)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = _open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def try_lock(path: Path) -> int | None:
    """The descriptor of an exclusive lock, or None when anybody else holds a share."""
    descriptor = _open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _is_locked(path: Path) -> bool:
    descriptor = try_lock(path)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False
