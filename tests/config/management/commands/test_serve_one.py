"""One program alone, as a container runs it: a real process on a free port."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from config import supervisor

pytestmark = pytest.mark.live


def test_web_answers_and_ends_on_a_term_signal() -> None:
    port = supervisor.any_free_port()
    command = [sys.executable, "manage.py", "serve_one", "web", "--port", str(port)]
    process = subprocess.Popen(command, env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"})
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                    assert answer.status == 200
                break
            except (urllib.error.URLError, OSError):
                assert process.poll() is None, "the web server ended by itself"
                assert time.monotonic() < deadline, "the web server did not answer"
                time.sleep(0.1)
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) in {0, -signal.SIGTERM, 128 + signal.SIGTERM}
