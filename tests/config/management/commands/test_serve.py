"""The supervisor on real processes: a taken port, the banner, and that Ctrl-C leaves nothing behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import translation
from django.utils.module_loading import import_string

from config.management.commands.serve import Command, _padded
from tests.live import ROOT, processes_of, with_database

PATIENCE = 60.0


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def test_the_banner_names_every_door_with_its_sign_in_in_aligned_columns(settings: Any) -> None:
    sign_ins = import_string(settings.DEMONSTRATION_SIGN_INS)
    with translation.override("ja"):
        _title, *lines = Command().banner("http://localhost:8000")
    for sign_in in sign_ins:
        (line,) = [line for line in lines if f":8000{sign_in.path} " in line + " " and str(sign_in.email) in line]
        assert str(sign_in.password) in line
    assert "OPENAI_API_KEY" in "".join(lines)


def test_the_sign_ins_of_the_demonstration_are_not_told_elsewhere(settings: Any) -> None:
    settings.DEMONSTRATION = False
    assert "@" not in "".join(Command().banner("https://hitode.example.org"))


@pytest.mark.parametrize(("text", "columns"), [("Review", 10), ("検収", 10), ("too long for it", 3)])
def test_a_kanji_counts_for_two_columns(text: str, columns: int) -> None:
    padded = _padded(text, columns)
    assert padded.rstrip() == text
    assert sum(1 if character.isascii() else 2 for character in padded) == max(columns, len(text))


@pytest.mark.live
@pytest.mark.timeout(180)
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="counts processes through /proc")
@pytest.mark.parametrize("way_to_end", [signal.SIGINT, signal.SIGHUP])
def test_everything_starts_says_where_it_is_and_ends_together(
    transactional_db: None, tmp_path: Path, way_to_end: signal.Signals
) -> None:
    mark = f"HITODE_TEST_MARK={tmp_path}"
    environment = {
        **os.environ,
        "HITODE_TEST_MARK": str(tmp_path),
        "DATABASE_URL": with_database(os.environ["DATABASE_URL"], str(connection.settings_dict["NAME"])),
        "REDIS_URL": re.sub(r"db=\d+", "db=15", os.environ["REDIS_URL"]),
        "HITODE_LIVE_STATIC": str(tmp_path / "static"),
        "HITODE_WEB_WORKERS": "1",
        "LANG": "C",
    }
    output = tmp_path / "output"
    with socket.socket() as taken, output.open("wb") as stream:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "manage.py", "serve", "--no-seed", "--port", str(port)]
        supervisor = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=stream, stderr=stream, start_new_session=True
        )
        assert eventually(lambda: b"Ctrl-C" in output.read_bytes() or supervisor.poll() is not None)
    printed = output.read_text()
    said = re.search(rf"Port {port} is taken; using (\d+)\.", printed)
    assert said is not None, printed
    address = f"http://localhost:{said.group(1)}"
    assert f"{address}/" in printed
    assert "for practice" in printed
    with urllib.request.urlopen(f"{address}/healthz", timeout=10) as response:
        assert response.read() == b"ok"
    assert len(processes_of(mark)) >= 6

    os.killpg(supervisor.pid, way_to_end)  # a terminal sends it to the whole group
    supervisor.wait(PATIENCE)
    assert eventually(lambda: processes_of(mark) == []), printed
