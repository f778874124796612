"""A release of 52,000 clean records: time and memory of the export, the clearance apart, and the limit beside them.

The limit is what PostgreSQL and the disk need for the same rows without us: COPY (SELECT … FROM clean_record) TO STDOUT,
into a file that is flushed to the disk. The export runs in a program of its own, so that its memory is its own too.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson

from tests.bench import place
from tests.bench.report import Figure

TARGET_SECONDS = 3
TARGET_MEGABYTES = 200
REFERENCES = 2_000
CHECKED = 500
LIMIT = (
    "COPY (SELECT id, instruction, input, output, language, category, source, licence FROM clean_record ORDER BY id)"
    " TO STDOUT"
)
TIMES = 20
TWENTY_TIMES = f"""
ALTER VIEW clean_record RENAME TO clean_record_once;
REVOKE ALL ON clean_record_once FROM hitode_export;
CREATE VIEW clean_record AS
SELECT md5(id::text || again)::uuid AS id, {{columns}}
FROM generate_series(1, {TIMES}) again, LATERAL (SELECT * FROM clean_record_once WHERE again > 0 OFFSET 0) once;
GRANT SELECT ON clean_record TO hitode_export
"""


def measure(rounds: int) -> Iterator[Figure]:
    """Yield the figures of the export, of the clearance before it, and of the limit."""
    from tests.bench import stock

    stock.stock_take(references=REFERENCES, is_accepted=True)
    started = time.perf_counter()
    in_a_program("clear")
    first = time.perf_counter() - started
    done = [(in_a_program("limit"), in_a_program("export"), in_a_program("clear")) for _ in range(rounds)]
    limits, exports, clearances = ([one["seconds"] for one in column] for column in zip(*done, strict=True))
    records = {one["records"] for _, export, _ in done for one in [export]}
    if records != {stock.TASKS}:
        raise AssertionError(f"{records} records were released, not {stock.TASKS}")
    name = f"export, {stock.TASKS} records"
    yield Figure(f"{name}: seconds", exports, "s", at_most=TARGET_SECONDS)
    yield Figure(f"{name}: peak memory", [one["megabytes"] for _, one, _ in done], "MB", at_most=TARGET_MEGABYTES)
    yield Figure(f"{name}: checked by verify_release.py", [one["verified"] for _, one, _ in done], "s")
    yield Figure(f"{name}: the limit, COPY of the same rows", limits, "s")
    yield Figure(f"{name}: times the limit", [ours / limit for ours, limit in zip(exports, limits, strict=True)])
    yield Figure(f"clearance, {stock.TASKS} texts that were checked before", clearances, "s")
    yield Figure("clearance, the first run with the settings of the engine", [first], "s")
    yield from the_large_release(stock.TASKS * TIMES)
    again = [in_a_program("check") for _ in range(rounds)]
    yield Figure(f"clearance, a text anew, {REFERENCES} references", [one["milliseconds"] for one in again], "ms")


def the_large_release(count: int) -> Iterator[Figure]:
    """The same records twenty times, each time under other ids and joined anew: once, since it takes minutes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'clean_record'")
        columns = ", ".join(column for (column,) in cursor.fetchall() if column != "id")
        cursor.execute(TWENTY_TIMES.format(columns=columns))
    connection.close()
    done = in_a_program("export")
    if done["records"] != count:
        raise AssertionError(f"{done['records']} records were released, not {count}")
    name = f"export, {count} records"
    yield Figure(f"{name}: seconds", [done["seconds"]], "s", at_most=300)
    yield Figure(f"{name}: processor time of the program", [done["processor"]], "s")
    yield Figure(f"{name}: peak memory", [done["megabytes"]], "MB", at_most=300)
    yield Figure(f"{name}: checked by verify_release.py", [done["verified"]], "s", at_most=60)
    yield Figure(f"{name}: processor time of the check", [done["verifier"]], "s")


def in_a_program(what: str) -> dict[str, float]:
    """Run one of the functions below in a fresh Python; returns what it found."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_export", what], capture_output=True, cwd=place.ROOT, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode()[-2000:])
    return orjson.loads(done.stdout)


def export() -> dict[str, float]:
    """Export as `export_clean` does once the clearance has run."""
    from annotation.release.build import VERIFIER_FILE, release_build
    from annotation.release.keys import key_in_force, key_new, keys_listed
    from annotation.release.source import clean_snapshot

    folder = place.VAR / "release"
    shutil.rmtree(folder, ignore_errors=True)
    key = key_in_force() if keys_listed() else key_new()
    started, used = time.perf_counter(), time.process_time()
    with clean_snapshot() as snapshot:
        built = release_build(rows=snapshot.rows(), folder=folder, name="bench", key=key)
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    megabytes = peak_megabytes()
    started, used = time.perf_counter(), os.times()
    subprocess.run([sys.executable, folder / VERIFIER_FILE], check=True, stdout=subprocess.DEVNULL)
    checked = time.perf_counter() - started
    verifier = sum(os.times()[2:4]) - sum(used[2:4])
    shutil.rmtree(folder)
    return {
        "verified": checked, "seconds": seconds, "megabytes": megabytes, "records": built.record_count,
        "processor": processor, "verifier": verifier,
    }  # fmt: skip


def limit() -> dict[str, float]:
    """Copy the same rows to a file with nothing of ours between PostgreSQL and it."""
    import psycopg
    from django.conf import settings

    started = time.perf_counter()
    with psycopg.connect(settings.EXPORT_DATABASE_URL) as connection, (place.VAR / "limit").open("wb") as file:
        with connection.cursor() as cursor, cursor.copy(LIMIT) as copy:
            for block in copy:
                file.write(block)
        file.flush()
        os.fsync(file.fileno())
    seconds = time.perf_counter() - started
    Path(file.name).unlink()
    return {"seconds": seconds}


def clear() -> dict[str, float]:
    """Run the clearance; all reports are of this engine, settings and watermark."""
    from annotation.services.clearance import clearance_run

    started = time.perf_counter()
    clearance_run()
    return {"seconds": time.perf_counter() - started, "megabytes": peak_megabytes()}


def check() -> dict[str, float]:
    """Compare texts with all references anew, as after a change of the settings."""
    from annotation.models import Task
    from annotation.services.gate import gate_check

    tasks = list(Task.objects.select_related("instruction", "current_submission").order_by("pk")[:CHECKED])
    started = time.perf_counter()
    for task in tasks:
        gate_check(task=task, text=task.current_submission.text, frozen_at=REFERENCES)
    return {"milliseconds": 1000 * (time.perf_counter() - started) / CHECKED}


def peak_megabytes() -> float:
    """The most memory this program has had. `getrusage` would tell of the program that started it, too."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


if __name__ == "__main__":
    place.prepare()
    found = {"export": export, "limit": limit, "clear": clear, "check": check}[sys.argv[1]]()
    sys.stdout.buffer.write(orjson.dumps(found))
