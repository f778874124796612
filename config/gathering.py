"""Work on rows that come one by one, queued for many at once: nobody who waits for an answer waits for the broker too."""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextvars import copy_context
from threading import Lock, Timer
from typing import Any

from django.conf import settings

log = logging.getLogger(__name__)

# What a broker that was away did not take is brought to it again after so long.
AGAIN_SECONDS = 2


class Gathering:
    """The rows that wait for one job, which takes a list of their keys: those that come within `seconds` are one job.

    What a process that dies had not queued is for the job's sweep to find.
    """

    def __init__(self, job: Any, seconds: float) -> None:
        self._job = job
        self._seconds = seconds
        self._waiting: list[int] = []
        self._lock = Lock()

    def add(self, key: int) -> None:
        """Have the job done for a row soon; at once where jobs are not queued at all."""
        if settings.CELERY_TASK_ALWAYS_EAGER:
            self._job.delay([key])
        else:
            self._gather([key], self._seconds)

    def _gather(self, keys: list[int], seconds: float, *, is_daemon: bool = False) -> None:
        """Put keys among those that wait; the first says when all of them are queued."""
        with self._lock:
            is_first = not self._waiting
            self._waiting.extend(keys)
        if is_first:
            timer = Timer(seconds, copy_context().run, [self._send])
            timer.daemon = is_daemon
            timer.start()

    def _send(self) -> None:
        """Queue all that came meanwhile as one job; without a broker, again and again."""
        with self._lock:
            keys = self._waiting[:]
            self._waiting.clear()
        try:
            self._job.apply_async([keys], retry=False)
        except self._job.OperationalError:
            log.warning("The broker does not answer; %s for %s is queued again.", self._job.name, keys)
            self._gather(keys, AGAIN_SECONDS, is_daemon=True)  # a process that ends does not wait for a broker


def for_each(keys: Iterable[int], act: Callable[[int], object]) -> None:
    """Do what a job does for each of its rows, also beside one for which it fails; raises the first failure at the end."""
    failure: Exception | None = None
    for key in keys:
        try:
            act(key)
        except Exception as error:  # the others are not to wait for the sweep because of it
            log.exception("The job failed for the row %s.", key)
            failure = failure or error
    if failure is not None:
        raise failure


def for_groups(keys: Sequence[int], size: int, act: Callable[[Sequence[int]], object]) -> None:
    """As `for_each`, for up to `size` rows at once; where that fails, for each of them by itself."""

    def act_for_group(at: int) -> None:
        group = keys[at : at + size]
        try:
            act(group)
        except Exception:
            if len(group) == 1:
                raise
            log.warning("The job failed for one of %s rows; each is done by itself.", len(group), exc_info=True)
            for_each(group, lambda key: act([key]))

    for_each(range(0, len(keys), size), act_for_group)
