"""One program alone, as a container runs it: a real process on a free port."""

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from config import supervisor
from tests.live import ROOT, Live

PATIENCE = 60.0


@pytest.mark.live
def test_web_answers_and_ends_on_a_term_signal(live: Live) -> None:
    port = supervisor.any_free_port()
    command = [sys.executable, "manage.py", "serve_one", "web", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=dict(live.environment))
    try:
        assert answers(f"http://127.0.0.1:{port}/healthz", process)
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) in {0, -signal.SIGTERM, 128 + signal.SIGTERM}


def answers(address: str, process: "subprocess.Popen[bytes]") -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False
