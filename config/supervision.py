"""Keeps the programs of `make run` alive: what ends by itself begins again, and none outlives its supervisor.

In production a service manager does the same. What the programs are is said in `config/supervisor.py`.
"""

import multiprocessing
import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from functools import partial
from multiprocessing.synchronize import Event
from typing import Any

from honcho.manager import KILL_WAIT, Manager
from honcho.process import Popen, Process

PAUSE_SECONDS = 1.0
WATCH_SECONDS = 0.5
# A program that lives for less is one that cannot start; after so many in a row everything stops, and says why.
SHORT_LIFE_SECONDS = 10.0
SHORT_LIVES = 3


class Supervisor(Manager):  # type: ignore[misc]
    """Honcho's, whose programs begin again until they are told to end."""

    def __init__(self) -> None:
        super().__init__()
        self.is_ending = multiprocessing.Event()
        self._process_ctor = partial(LastingProcess, is_ending=self.is_ending)

    def terminate(self) -> None:
        """Tell all programs to end, and none to begin again."""
        self.is_ending.set()
        super().terminate()


class LastingProcess(Process):  # type: ignore[misc]
    """A program that is started again when it ends by itself. Runs in a process of its own, which forwards the output."""

    def __init__(self, *arguments: Any, is_ending: Event, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.is_ending = is_ending
        self.has_ended = False
        self.short_lives = 0
        self._child_ctor = Whole

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        """Start the program until it is told to end, or cannot start."""
        if ignore_signals:  # caught and not ignored, for what is ignored is ignored by the programs too
            for one in (signal.SIGINT, signal.SIGTERM):
                signal.signal(one, lambda *_: None)
        threading.Thread(target=self._end_with, args=(os.getppid(),), daemon=True).start()
        while not self.has_ended:
            self.began = time.monotonic()
            super().run(events)

    def _end_with(self, supervisor: int) -> None:
        """End the program when its supervisor was killed: a new one is to find its port and its jobs free."""
        while os.getppid() == supervisor:
            time.sleep(WATCH_SECONDS)
        self.is_ending.set()
        if self._child is not None:
            for deadly in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError, subprocess.TimeoutExpired):
                    os.killpg(self._child.pid, deadly)
                    self._child.wait(KILL_WAIT)
        os._exit(1)  # nobody reads what is still to be told

    def _send_message(self, data: Any, type: str = "line") -> None:
        if type == "stop":
            is_short = time.monotonic() - self.began < SHORT_LIFE_SECONDS
            self.short_lives = self.short_lives + 1 if is_short else 0
            if self.short_lives < SHORT_LIVES and not self.is_ending.wait(PAUSE_SECONDS):
                type, data = "line", f"ended with code {data['returncode']}; starting again\n".encode()
            else:
                self.has_ended = True
        super()._send_message(data, type)


class Whole(Popen):  # type: ignore[misc]
    """A program that takes all it started with it, so that nobody holds its port, its jobs or the line that it prints to."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        threading.Thread(target=self._end_the_rest, daemon=True).start()

    def _end_the_rest(self) -> None:
        self.wait()
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
