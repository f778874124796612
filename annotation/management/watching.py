"""How a command shows long work: a bar for each stage on a terminal, a line now and then elsewhere."""

import sys
import time
from types import TracebackType
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from tqdm import tqdm

SECONDS_BETWEEN_LINES = 10.0
STAGES = {
    "fingerprint": gettext_noop("Reading the references"),
    "load": gettext_noop("Writing the index"),
    "mend": gettext_noop("Mending the index"),
    "clear": gettext_noop("Comparing texts"),
    "count": gettext_noop("Counting passages"),
}


class Bars:
    """Watches a service: called with a stage, how much of it is done, and of how much."""

    def __init__(self, command: BaseCommand, *, is_quiet: bool) -> None:
        self._command = command
        self._is_quiet = is_quiet
        self._has_terminal = sys.stderr.isatty()
        self._stage = ""
        self._bar: tqdm[Any] | None = None
        self._told_at = 0.0

    def __enter__(self) -> "Bars":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._is_quiet:
            return
        if self._has_terminal:
            self._show(stage, done, total)
        elif done == total or time.monotonic() - self._told_at > SECONDS_BETWEEN_LINES:
            self._told_at = time.monotonic()
            self._command.stdout.write(f"{_(STAGES[stage])}: {done:,} / {total:,}")

    def _show(self, stage: str, done: int, total: int) -> None:
        if self._bar is None or stage != self._stage:
            if self._bar is not None:
                self._bar.close()
            self._stage, self._bar = stage, tqdm(desc=_(STAGES[stage]), total=total, unit="", initial=done)
        self._bar.update(done - self._bar.n)
