"""An act on 50,000 rows while sixteen writers claim and submit over HTTP: what anybody has to wait for, and how long it takes.

A manager withdraws every task that nobody has begun, the very tasks that the writers claim. The worker is killed once in the middle
and started again; afterwards the database is asked whether any row was done twice, or left.
"""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import psycopg

from tests.bench import place
from tests.bench.bench_queue import run_writers, sign_in, web
from tests.bench.processor import seconds_of
from tests.bench.report import Figure
from tests.bench.stock import TASKS, stock_take

REFERENCES = 2_000
TEXTS = 8_000
ROWS = 50_000
PATIENCE_SECONDS = 3600
ALONE_SECONDS = 20
PAUSE_SECONDS = 1  # of each writer after each answer: many times as busy as people who write
KILLED_AFTER_SECONDS = 10
LOOKS_A_SECOND = 50
PROGRESS_SECONDS = 2
LONGEST_MS = 1000
WAITING = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0) FROM pg_locks
WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def measure(rounds: int) -> Iterator[Figure]:
    """Yield the longest waits and the time of the whole act; one round, since it takes minutes."""
    from django.core.management import call_command

    from tests.bench.bench_cleanroom import Author
    from tests.bench.bench_pages import manager_client

    call_command("collectstatic", interactive=False, verbosity=0)  # the pages name their files by their hashes
    stock_take(references=REFERENCES)
    author = Author(6)
    plan: dict[str, Any] = {"texts": [author.write() for _ in range(TEXTS)], "writers": sign_in(), "is_joined": False}
    plan |= {"seconds": PATIENCE_SECONDS, "until_empty": True, "pause_seconds": PAUSE_SECONDS}
    manager = manager_client()
    with web() as live, locks_watched() as waits:
        plan["url"] = live.url
        alone = run_writers({**plan, "seconds": ALONE_SECONDS, "until_empty": False})
        written: dict[str, Any] = {}
        writers = threading.Thread(target=lambda: written.update(run_writers(plan)))
        writers.start()
        asked, job = started(manager)
        done = carried_out(manager, job, asked)
        writers.join()
    verify(job.pk)
    took, before = ([one for times in one["milliseconds"].values() for one in times] for one in (written, alone))
    name = f"{job.items.count()} rows withdrawn beside 16 writers"
    yield Figure(f"{name}: longest request of a writer", [max(took)], "ms", at_most=LONGEST_MS)
    yield Figure(f"{name}: longest request of a writer before", [max(before)], "ms")
    for when, times in (("", took), (" before", before)):
        for percentile in (50, 95):
            yield Figure(
                f"{name}: p{percentile} of a writer's requests{when}", [float(np.percentile(times, percentile))], "ms"
            )
    yield Figure(f"{name}: requests of writers meanwhile", [len(took)])
    yield Figure(f"{name}: longest wait for a lock", [1000 * max(waits)], "ms", at_most=LONGEST_MS)
    for step, times in asked.items():
        yield Figure(f"{name}: {step}, at most", [max(times)], "ms", at_most=LONGEST_MS)
    yield Figure(f"{name}: until the last", [done["seconds"]], "s")
    yield Figure(f"{name}: processor time of the worker for a row", [done["processor"]], "ms")


def started(client: Any) -> tuple[dict[str, list[float]], Any]:
    """Look at what the act would do and start it, as a manager does it; returns milliseconds by step, and the job."""
    from annotation.models import BulkJob, Task

    asked: dict[str, list[float]] = {"the look": [], "the start": [], "the progress": []}
    address = "/ops/bulk/new/?action=cancel&kind=record&status=queued"
    client.get(address, secure=True)  # a server has its modules and templates loaded
    look = timed(asked["the look"], lambda: client.get(address, secure=True))
    assert look.status_code == 200, look.status_code
    seen = re.search(r'name="seen" value="(\d+)"', look.content.decode())[1]  # type: ignore[index]
    form = {"seen": seen, "why": "A benchmark's."}
    answer = timed(asked["the start"], lambda: client.post(address, form, secure=True))
    assert answer.status_code == 302, (answer.status_code, seen, Task.objects.filter(status="queued").count())
    job = BulkJob.objects.get()
    if job.expected < ROWS:
        raise AssertionError(f"Only {job.expected} rows are left; the start came too late.")
    return asked, job


def carried_out(client: Any, job: Any, asked: dict[str, list[float]]) -> dict[str, float]:
    """Let a worker do it, kill it once, let another go on; the manager looks on meanwhile."""
    began, spent, is_killed = time.perf_counter(), 0.0, False
    worker = worker_start(job.pk)
    seen = 0.0
    while worker.poll() is None:
        time.sleep(PROGRESS_SECONDS)
        page = timed(
            asked["the progress"],
            lambda: client.get(f"/ops/bulk/{job.public_id}/", secure=True, headers={"hx-request": "true"}),
        )
        assert page.status_code == 200, page.status_code
        seen = max(seen, seconds_of(worker.pid))
        if not is_killed and time.perf_counter() - began > KILLED_AFTER_SECONDS:
            worker.kill()
            worker.wait()
            is_killed, spent, seen = True, spent + seen, 0.0
            worker = worker_start(job.pk)
    if worker.returncode or not is_killed:
        raise AssertionError(f"The worker ended with {worker.returncode}.")
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "processor": 1000 * (spent + seen) / job.items.count()}


def worker_start(job_id: int) -> subprocess.Popen[bytes]:
    """A program that goes on with the job to its end, and is killed in between."""
    return subprocess.Popen([sys.executable, "-m", "tests.bench.bench_bulk", str(job_id)], cwd=place.ROOT)


def timed(times: list[float], ask: Any) -> Any:
    began = time.perf_counter()
    answer = ask()
    times.append(1000 * (time.perf_counter() - began))
    return answer


@contextmanager
def locks_watched() -> Iterator[list[float]]:
    """Look many times a second how long anybody in the database has waited for a lock; seconds."""
    from django.conf import settings

    waits, over = [0.0], threading.Event()

    def watch() -> None:
        with psycopg.connect(str(settings.DATABASE_URL), autocommit=True) as looking:
            while not over.wait(1 / LOOKS_A_SECOND):
                waits.append(float(looking.execute(WAITING).fetchone()[0]))  # type: ignore[index]

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield waits
    finally:
        over.set()
        watcher.join()


def verify(job_id: int) -> None:
    """Raise unless each row was done once or left for a writer who had it, and no task was given twice."""
    from django.db import connection

    checks = {
        "tasks are missing": f"SELECT {TASKS} - count(*) FROM annotation_task",
        "rows still wait": "SELECT count(*) FROM annotation_bulkitem WHERE job_id = %(job)s AND state = 'waiting'",
        "moves were made twice": "SELECT count(*) FROM (SELECT FROM annotation_tasktransition "
        "WHERE to_status IN ('claimed', 'cancelled') GROUP BY subject_id, to_status HAVING count(*) > 1) twice",
        "rows differ from the log": "SELECT count(*) FROM annotation_bulkitem i WHERE i.job_id = %(job)s AND (state = 'done') <> "
        "EXISTS (SELECT FROM annotation_tasktransition t WHERE t.subject_id = i.target_id AND t.to_status = 'cancelled')",
        "tasks are left in the queue": "SELECT count(*) FROM annotation_task WHERE status = 'queued'",
    }
    with connection.cursor() as cursor:
        for what, query in checks.items():
            cursor.execute(query, {"job": job_id})
            if found := cursor.fetchone()[0]:
                raise AssertionError(f"{found} {what}")
    connection.close()


if __name__ == "__main__":
    import django

    django.setup()
    from annotation.services.bulk import bulk_continue

    while bulk_continue(job_id=int(sys.argv[1])):
        pass
