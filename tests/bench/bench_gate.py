"""How long the gate takes in the product: a check, a new reference, a rebuild of the index, a clearance.

    make bench ONLY=gate

On PostgreSQL, with generated references; `BENCH_REFERENCES=2000,52000` measures other numbers of them. A check is
what a web process does for one text, from its letters to the report: its time, and the processor time of both sides.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.bench import place
from tests.bench.bench_cleanroom import Author
from tests.bench.report import Figure
from tests.bench.stock import references_ready, stock_take

REFERENCES = "2000,52000,500000"
CHECKS = 200
CLEARED = 52_000
MEGABYTE = 1 << 20


def measure(rounds: int) -> Iterator[Figure]:
    """Yield the figures for each number of references; the clearance is run once."""
    counts = [int(count) for count in os.environ.get("BENCH_REFERENCES", REFERENCES).split(",")]
    for count in counts:
        references_ready(count)
        yield from _rebuild(count)
        yield from _stop_grams(count)
        yield from _checks(count, rounds)
        yield from _additions(count, rounds)
    if CLEARED in counts:
        yield from _clearance()


def _rebuild(count: int) -> Iterator[Figure]:
    from annotation.services.index_repair import index_rebuild

    with _Clock() as clock:
        index_rebuild()
    at_most = 180 if count == 500_000 else None
    yield Figure(f"gate, {count} references: rebuild", [clock.seconds], "s", at_most=at_most)
    yield Figure(f"gate, {count} references: rebuild, processor time", [clock.processor], "s")


def _stop_grams(count: int) -> Iterator[Figure]:
    """Count them, as happens every night: without, a look-up brings whatever shares a common ending."""
    from annotation.services.stop_grams import stop_grams_count

    with _Clock() as clock:
        stop_grams_count()
    yield Figure(f"gate, {count} references: counting stop-grams, processor time", [clock.processor], "s")


def _checks(count: int, rounds: int) -> Iterator[Figure]:
    from annotation.models import Task
    from annotation.services.gate import gate_check

    task = Task.objects.select_related("instruction").order_by("pk")[0]
    author = Author(3)
    gate_check(task=task, text=author.write())
    before = _anonymous_bytes()
    medians, highs, own, engines = [], [], [], []
    for _ in range(rounds):
        texts = [author.write() for _ in range(CHECKS)]
        took = []
        with _Clock() as clock:
            for text in texts:
                started = time.perf_counter()
                gate_check(task=task, text=text)
                took.append(1000 * (time.perf_counter() - started))
        medians.append(float(np.percentile(took, 50)))
        highs.append(float(np.percentile(took, 95)))
        own.append(1000 * clock.own / CHECKS)
        engines.append(1000 * clock.engines / CHECKS)
    is_held = count == 500_000
    name = f"gate, {count} references: check"
    yield Figure(f"{name} p50", medians, "ms", at_most=8 if is_held else None)
    yield Figure(f"{name} p95", highs, "ms", at_most=20 if is_held else None)
    yield Figure(f"{name}, processor time in Python", own, "ms")
    yield Figure(f"{name}, processor time in PostgreSQL", engines, "ms")
    grown = (_anonymous_bytes() - before) / MEGABYTE
    yield Figure(f"{name}, memory of the process grown by", [max(0.0, grown)], "MB", at_most=100 if is_held else None)


def _additions(count: int, rounds: int) -> Iterator[Figure]:
    from django.db import transaction

    from annotation.services.reference_index import reference_index
    from collection.models import Reference

    author = Author(4)
    some = list(Reference.objects.order_by("pk")[:CHECKS])
    medians, processor = [], []
    for _ in range(rounds):
        texts = [author.write() for _ in some]
        took = []
        with _Clock() as clock:
            for reference, text in zip(some, texts, strict=True):
                reference.text = text
                started = time.perf_counter()
                with transaction.atomic():
                    reference_index(reference=reference)
                    took.append(1000 * (time.perf_counter() - started))
                    transaction.set_rollback(True)
        medians.append(float(np.percentile(took, 50)))
        processor.append(1000 * clock.processor / len(some))
    yield Figure(f"gate, {count} references: adding one", medians, "ms", at_most=5)
    yield Figure(f"gate, {count} references: adding one, processor time", processor, "ms")


def _clearance() -> Iterator[Figure]:
    """Clear as many accepted texts as there are references, none of which was checked against the last of them."""
    from annotation.models import GateReport
    from annotation.services.clearance import clearance_run

    stock_take(references=CLEARED, is_accepted=True)
    assert GateReport.objects.count() == CLEARED
    _unsettle()
    with _Clock() as clock:
        clearance = clearance_run(processes=2)
    assert clearance.checked_count == CLEARED
    assert GateReport.objects.count() == 2 * CLEARED
    yield Figure(f"gate, clearance of {CLEARED} texts, {CLEARED} references", [clock.seconds], "s", at_most=240)


def _unsettle() -> None:
    """Put equal settings in force under another version: every report is by earlier ones."""
    from annotation.services.gate_settings import gate_settings_in_force, settings_write

    settings = gate_settings_in_force()
    settings_write(thresholds=settings.thresholds, why="a benchmark", after=settings.version)


class _Clock:
    """Wall time, and processor time of this process and of the engines, between its ends."""

    def __enter__(self) -> "_Clock":
        self._begun = time.perf_counter(), time.process_time(), place.engine_seconds()
        return self

    def __exit__(self, *_error: object) -> None:
        ended = time.perf_counter(), time.process_time(), place.engine_seconds()
        self.seconds, self.own, self.engines = (late - early for early, late in zip(self._begun, ended, strict=True))
        self.processor = self.own + self.engines


def _anonymous_bytes() -> int:
    """Memory of this process that no file stands behind."""
    with Path("/proc/self/status").open() as status:
        fields = dict(line.split(":", 1) for line in status)
    return 1024 * int(fields["RssAnon"].split()[0])
