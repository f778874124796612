"""Runs `export_clean` in forks of a process that has everything imported, and kills them where it is told to.

`python -m tests.faults.builder` reads in each line of its standard input the orders of builds that go on at once, and
answers with a line: how each ended (its exit code, or less the signal that killed it), what it said, and how many steps it
took. A step is a call or a return of a function in the main thread, of Python or of C: between two of them the files and the
database change once at most.
"""

import json
import locale
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any

import django
import duckdb  # noqa: F401 - which a build loads where it needs it
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.utils import timezone, translation

from annotation.cleanroom.tile_scan import folded
from annotation.cleanroom.tiles import golden_vectors

GIVEN_UP_AFTER_SECONDS = 60


@dataclass
class Order:
    """One build: where to, and at which step or after how many seconds it is killed; in which place and on which day."""

    folder: str
    kill_at_step: int = 0
    kill_after_seconds: float = GIVEN_UP_AFTER_SECONDS
    days_ahead: int = 0
    time_zone: str = "UTC"
    language: str = "en"
    locale: str = "C"


def build(order: Order) -> dict[str, Any]:
    """Build in this process."""
    move_to(order)
    steps = 0

    def count(*_event: Any) -> None:
        nonlocal steps
        steps += 1
        if steps == order.kill_at_step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
    try:
        call_command("export_clean", "--tiles", "--out", order.folder, "--json", stdout=StringIO())
        return {"code": 0, "said": "", "steps": steps}
    except CommandError as error:
        return {"code": error.returncode, "said": str(error), "steps": steps}
    finally:
        sys.setprofile(None)


def move_to(order: Order) -> None:
    """Let this process work on another day, and somewhere else."""
    os.environ["TZ"] = order.time_zone
    time.tzset()
    locale.setlocale(locale.LC_ALL, order.locale)
    translation.activate(order.language)
    now = timezone.now
    timezone.now = lambda: now() + timedelta(days=order.days_ahead)


def forked(order: Order) -> Callable[[], dict[str, Any]]:
    """Begin to build in a fork; returns what waits for its end."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, json.dumps(build(order)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    killer = threading.Timer(order.kill_after_seconds, os.kill, (child, signal.SIGKILL))
    killer.start()

    def ended() -> dict[str, Any]:
        with os.fdopen(reading) as told:
            said = told.read()
        killer.cancel()
        killer.join()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        found: dict[str, Any] = json.loads(said) if said and not code else {"code": code, "said": "", "steps": 0}
        return found

    return ended


def main() -> None:
    django.setup()
    load_command_class(get_commands()["export_clean"], "export_clean")
    golden_vectors()  # made once, so that the steps are those of writing
    folded("①")
    for line in sys.stdin:
        begun = [forked(Order(**order)) for order in json.loads(line)]
        print(json.dumps([end() for end in begun]), flush=True)


if __name__ == "__main__":
    main()
