"""What an installation takes: its size, and the seconds from `make run` on a clean clone to the first page.

The package caches are warm and nothing else is: no .venv, no var, no compiled translations.
"""

import os
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.bench import place
from tests.bench.report import Figure

TARGET_MEGABYTES = 450
TARGET_SECONDS = 60
PATIENCE = 300


def measure(rounds: int) -> Iterator[Figure]:
    """Yield the size of the packages and the time to the first page."""
    found = [one_round() for _ in range(rounds)]
    yield Figure("install: size of .venv", [one["megabytes"] for one in found], "MB", at_most=TARGET_MEGABYTES)
    seconds = [one["seconds"] for one in found]
    yield Figure("install: make run to the first page", seconds, "s", at_most=TARGET_SECONDS)
    yield Figure("install: make run again", [one["again"] for one in found], "s")


def one_round() -> dict[str, float]:
    """Clone the last commit, run it twice, weigh it."""
    with tempfile.TemporaryDirectory(prefix="hitode-bench-") as folder:
        clone = Path(folder) / "hitode"
        subprocess.run(["git", "clone", "--quiet", str(place.ROOT), str(clone)], check=True)
        first = seconds_to_page(clone)
        again = seconds_to_page(clone)
        return {"seconds": first, "again": again, "megabytes": megabytes(clone / ".venv")}


def seconds_to_page(clone: Path) -> float:
    """Seconds from `make run` until the front page is there; then stop it as Ctrl-C does."""
    from config.supervisor import any_free_port

    port = any_free_port()
    log = clone.parent / "run.log"
    ours = (
        "HITODE_",
        "OPENAI_",
        "DATABASE_",
        "EXPORT_",
        "REDIS_",
        "EMAIL_",
        "DJANGO_",
        "VIRTUAL_ENV",
        "MAKE",
        "MFLAGS",
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment["HITODE_PORT"] = str(port)
    started = time.perf_counter()
    with log.open("wb") as output:
        program = subprocess.Popen(
            ["make", "run"],
            cwd=clone,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        while not is_there(f"http://localhost:{port}/"):
            if program.poll() is not None or time.perf_counter() - started > PATIENCE:
                raise RuntimeError(log.read_text(errors="replace")[-2000:])
            time.sleep(0.05)
        return time.perf_counter() - started
    finally:
        if program.poll() is None:
            os.killpg(program.pid, signal.SIGINT)
        program.wait(60)
        await_engines(clone)


def is_there(address: str) -> bool:
    """Whether a page comes from the address."""
    try:
        with urllib.request.urlopen(address, timeout=30) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def await_engines(clone: Path) -> None:
    """Wait until the engines, which notice by themselves that nobody uses them, have stopped."""
    deadline = time.monotonic() + 60
    while (clone / "var" / "engines.json").exists() and time.monotonic() < deadline:
        time.sleep(0.1)


def megabytes(folder: Path) -> float:
    """What the files of a folder hold."""
    return sum(file.lstat().st_size for file in folder.rglob("*") if not file.is_dir()) / 1e6
