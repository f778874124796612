"""The supervisor on small programs: it starts again what ends, ends all when one cannot start, and leaves nothing behind."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import supervision
from config.supervision import SHORT_LIVES, Supervisor


@pytest.fixture(autouse=True)
def _signals(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(supervision, "PAUSE_SECONDS", 0.05)
    kept = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    yield
    for one, handler in kept.items():
        signal.signal(one, handler)


def test_a_program_that_cannot_start_ends_everything_with_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    everything = Supervisor()
    everything.add_process("broken", "exit 3")
    everything.add_process("sound", "exec sleep 60")
    everything.loop()
    assert everything.returncode == 3
    assert capsys.readouterr().out.count("ended with code 3; starting again") == SHORT_LIVES - 1


def test_what_ends_after_a_while_begins_again_and_takes_with_it_what_it_had_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(supervision, "SHORT_LIFE_SECONDS", 0.0)
    begun, left = tmp_path / "begun", tmp_path / "left"
    everything = Supervisor()
    # Five lives, each of which leaves a process that holds its output; the fifth tells the supervisor to end.
    everything.add_process(
        "mortal",
        f"echo x >> {begun}; sleep 60 & echo $! >> {left}; [ $(wc -l < {begun}) -lt 5 ] || kill -TERM {os.getpid()}; exit 1",
    )
    everything.loop()
    assert begun.read_text().count("x") >= 5 > SHORT_LIVES
    assert not [pid for pid in left.read_text().split() if _is_asleep(pid)]


def _is_asleep(pid: str) -> bool:
    try:
        return b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
