"""The real programs (web server, worker, practice provider) on the test database, for flows, browsers and benchmarks."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from config import supervisor
from config.metrics import program_environment
from config.supervisor import Program

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 60.0
STOP_SECONDS = 10.0
QUIET_SECONDS = 10.0
QUIET_LOOKS = 3  # one look may fall between two statements
OTHERS_AT_WORK = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'
"""


@dataclass
class Live:
    """A running site. `environment` is what its programs got, for a test that starts one of its own."""

    url: str
    practice_url: str
    environment: Mapping[str, str]
    logs: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def mail(self) -> Path:
        """The folder in which the site's e-mails end as files."""
        return Path(self.environment["HITODE_VAR"]) / "mail"

    def log(self, name: str) -> str:
        """What one program printed."""
        return (self.logs / f"{name}.log").read_text(errors="replace")

    def start(self, program: Program) -> None:
        """Start one program; its output goes to a log of its name."""
        with (self.logs / f"{program.name}.log").open("wb") as log:
            self.processes[program.name] = subprocess.Popen(
                list(program.command),
                cwd=ROOT,
                env={**self.environment, **program_environment(f"{self.logs.name}.{program.name}")},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def await_answer(self, url: str, name: str) -> None:
        """Wait until a program answers at an address; its log is the reason when it does not."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.processes[name].poll() is None:
            try:
                with urllib.request.urlopen(url, timeout=5):
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{name} does not answer at {url}:\n{self.log(name)}")

    def stop(self) -> None:
        """Stop every program that still runs."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def live_stack(
    *, database: str, name: str = "live", workers: int = 1, job_workers: int = 1, with_jobs: bool = True, **extra: str
) -> Iterator[Live]:
    """Start the programs on the named database and stop them at the end.

    `extra` are environment variables for them. Jobs need the worker; with `with_jobs=False` nobody takes them.
    """
    var = Path(os.environ["HITODE_VAR"])
    port, practice_port = supervisor.any_free_port(), supervisor.any_free_port()
    logs = var / "logs" / name
    logs.mkdir(parents=True, exist_ok=True)
    static = var / f"static-{name}"
    static.mkdir(parents=True, exist_ok=True)
    settings = {
        "DATABASE_URL": with_database(os.environ["DATABASE_URL"], database),
        "HITODE_PORT": str(port),
        "HITODE_LIVE_STATIC": str(static),
        **supervisor.practice_environment(practice_port),
        "HITODE_REVIEW_UNDO_SECONDS": "10",
        "HITODE_LOG_FORMAT": "json",
        "HITODE_PRACTICE_FIRST_MS": "20",
        "HITODE_PRACTICE_TOKEN_MS": "2",
    }
    environment = supervisor.child_environment(**{**settings, **extra})
    live = Live(f"http://localhost:{port}", f"http://localhost:{practice_port}", environment, logs)
    try:
        live.start(supervisor.practice_program(practice_port))
        if with_jobs:
            live.start(supervisor.worker_program(processes=job_workers))
        live.start(Program("static", [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]))
        live.start(supervisor.web_program(port, workers=workers, static_root=static))
        if live.processes["static"].wait(READY_SECONDS) != 0:
            raise RuntimeError(f"the static files could not be collected:\n{live.log('static')}")
        live.await_answer(f"{live.url}/healthz", "web")
        live.await_answer(f"{live.practice_url}/v1/models", "practice")
        yield live
    finally:
        live.stop()


def await_quiet(*, with_jobs: bool = True) -> None:
    """Wait until the site's programs do nothing more: a page that is closed still saves, and a job still runs.

    Without a worker (`with_jobs=False`) what is queued stays queued, and is not waited for.

    Emptying the database under their feet ends in a deadlock, and what they write afterwards in the next test.
    """
    import redis
    from django.conf import settings
    from django.db import connection

    broker, prefix = redis.from_url(settings.REDIS_URL), settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
    until = time.monotonic() + QUIET_SECONDS
    quiet_looks = 0
    while quiet_looks < QUIET_LOOKS and time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(OTHERS_AT_WORK)
            is_quiet = cursor.fetchone() == (0,)
        if with_jobs:
            is_quiet = is_quiet and not broker.llen(f"{prefix}celery") and not broker.hlen(f"{prefix}unacked")
        quiet_looks = quiet_looks + 1 if is_quiet else 0
        time.sleep(0.03)


def with_database(url: str, database: str) -> str:
    """The address of another database on the same server."""
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def processes_of(mark: str) -> list[int]:
    """The processes whose environment carries a mark: whatever a supervisor started, however deep."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = mark.encode() in (folder / "environ").read_bytes()
            is_zombie = (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            continue
        if is_ours and not is_zombie:
            found.append(int(folder.name))
    return found
