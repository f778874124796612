"""A practice provider that runs for as long as the demonstration is being told."""

import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from config import supervisor

START_SECONDS = 30


@contextmanager
def provider_running() -> Iterator[str]:
    """Start the practice provider on a free loopback port, yield its base address, and stop it."""
    port = supervisor.any_free_port()
    address = f"http://{supervisor.LOOPBACK}:{port}"
    process = subprocess.Popen(supervisor.practice_program(port).command, env=supervisor.child_environment())
    try:
        _wait(f"{address}/healthz", process)
        yield f"{address}/v1"
    finally:
        process.terminate()
        process.wait()


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the practice provider did not start") from None
            time.sleep(0.05)
