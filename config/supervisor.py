"""The programs that make up a running Hitode, and the ports they listen on. Nothing is started here."""

import os
import shlex
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
PORTS_TO_TRY = 50
# Celery warns of a worker run by root, as everything is in a container where somebody tries this out.
ROOT_WARNING = "ignore:You're running the worker with superuser privileges"


@dataclass(frozen=True)
class Program:
    """One process for the supervisor: a name for its log lines, and its command line."""

    name: str
    command: Sequence[str]

    @property
    def shell_command(self) -> str:
        """The command as one line. `exec` leaves no shell between us and the program to swallow a signal."""
        return "exec " + shlex.join(self.command)


class NoFreePort(RuntimeError):
    """Every port that was tried is taken."""


def is_port_free(port: int) -> bool:
    """Whether we could listen on a loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port_from(wanted: int) -> int:
    """The wanted port, or the first free one after it. Raises NoFreePort."""
    last = min(wanted + PORTS_TO_TRY, 65535)
    for port in range(wanted, last + 1):
        if is_port_free(port):
            return port
    raise NoFreePort(f"The ports {wanted} to {last} are all taken. Set HITODE_PORT to another one.")


def any_free_port() -> int:
    """A free loopback port of the kernel's choosing."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def web_program(port: int, *, workers: int, static_root: Path, host: str = LOOPBACK) -> Program:
    """The ASGI server; it also serves the static files, whose names change with their content."""
    command = [*_python("granian"), "config.asgi:application", "--interface", "asginl"]
    command += ["--host", host, "--port", str(port), "--workers", str(workers), "--no-ws", "--http", "1"]
    command += ["--static-path-route", "/static", "--static-path-mount", str(static_root)]
    command += ["--static-path-expires", "31536000", "--respawn-failed-workers", "--workers-kill-timeout", "4"]
    return Program("web", [*command, "--log-level", "warning"])


def practice_program(port: int) -> Program:
    """The practice provider, which stands in for the model provider."""
    command = [*_python("granian"), "collection.practice.app:application", "--interface", "asginl"]
    command += ["--host", LOOPBACK, "--port", str(port), "--no-ws", "--http", "1", "--log-level", "warning"]
    return Program("practice", [*command, "--workers-kill-timeout", "4"])


def worker_program(*, processes: int) -> Program:
    """The worker for jobs. Real processes: Celery's time limits need them."""
    command = [*_python("celery"), "--quiet", "-A", "config.celery", "worker", "--pool", "prefork"]
    command += ["--concurrency", str(processes), "--loglevel", "WARNING"]
    return Program("worker", [*command, "--without-gossip", "--without-mingle", "--without-heartbeat"])


def beat_program() -> Program:
    """The clock that queues the periodic jobs."""
    return Program(
        "beat", [*_python("celery"), "--quiet", "-A", "config.celery", "beat", "--loglevel", "WARNING", "--pidfile", ""]
    )


def practice_environment(port: int) -> dict[str, str]:
    """What the other programs must know to ask the practice provider."""
    return {
        "OPENAI_BASE_URL": f"http://{LOOPBACK}:{port}/v1",
        "OPENAI_API_KEY": "practice",
        "HITODE_PRACTICE": "true",
    }


def child_environment(**extra: str) -> dict[str, str]:
    """Our own environment with `extra`; output is not held back, so that log lines come as they happen."""
    quiet = {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": ROOT_WARNING}
    return {**os.environ, **quiet, **extra}


def _python(module: str) -> list[str]:
    return [sys.executable, "-m", module]
