"""Acts that begin at the same moment, and waiting for a fact, for tests of races and of faults."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

from django.db import connection, connections

T = TypeVar("T")
# On a machine of our own; on one that others keep busy everything takes its share longer.
PATIENCE_SECONDS = 30.0 * min(3.0, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))


def until(found: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """Wait for a fact; returns what was found."""
    end = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)
    return result


def somebody_waits() -> bool:
    """Whether anybody waits for a lock that this connection holds. Inside a transaction too, where `pg_stat_activity` stands still."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
        return cursor.fetchone() is not None


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run all at the same moment, each on a connection of its own; results in order, and a refusal is a result too."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=10)
            return act()
        except Exception as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
