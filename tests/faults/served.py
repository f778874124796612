"""`make run` on the engines of a world: a supervisor with programs of its own, all of them to be found and killed."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.world import World
from tests.live import READY_SECONDS, ROOT, STOP_SECONDS, processes_of
from tests.races import until

PROGRAMS = {"config.asgi:application": "web", "worker": "worker", "beat": "beat"}


@dataclass
class Served:
    supervisor: "subprocess.Popen[bytes]"
    mark: str

    def masters(self) -> dict[str, int]:
        """The process ids of web server, worker and clock: each the first of a group of its own."""
        found = {}
        for pid in processes_of(self.mark):
            try:
                words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
                is_first = os.getpgid(pid) == pid
            except (OSError, ProcessLookupError):
                continue
            name = next((PROGRAMS[word] for word in words if word in PROGRAMS), None)
            if is_first and name:
                found[name] = pid
        return found


@contextmanager
def served(broken: World, port: int) -> Iterator[Served]:
    """Begin to serve at a port, wait until somebody answers there, and end on a term signal."""
    name = f"{broken.place.var}-served-{port}"
    environment = {**broken.site.environment, "HITODE_TEST_MARK": name, "HITODE_WEB_WORKERS": "1"}
    with (broken.site.logs / "served.log").open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--no-seed", "--port", str(port)],
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    made = Served(supervisor, f"HITODE_TEST_MARK={name}")
    try:
        until(lambda: is_answered(port) or supervisor.poll() is not None, READY_SECONDS)
        yield made
    finally:
        supervisor.terminate()
        supervisor.wait(STOP_SECONDS)


def is_answered(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/healthz", timeout=5):
            return True
    except OSError:
        return False
