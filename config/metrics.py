"""What is measured, in Prometheus's form. Counters and times are kept by each process, and added up when somebody reads them;
how long queues are and what is spent, the apps tell from the database at that moment.

Each program of this installation keeps its figures in a folder of its own under `METRICS_FOLDER`: programs in containers
share process ids, and files are named after them.
"""

import logging
import shutil
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

FORGOTTEN_SECONDS = 7 * 24 * 3600

REQUESTS = Counter("hitode_requests", "Requests, by the pattern of their address.", ["route", "method", "status"])
REQUEST_SECONDS = Histogram(
    "hitode_request_seconds",
    "Seconds to the beginning of an answer.",
    ["route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
CLAIMS = Counter("hitode_claims", "Writers who asked for a task, by what they got.", ["outcome"])
GATE_SECONDS = Histogram(
    "hitode_gate_seconds",
    "Seconds in which texts were compared with every reference, some at once.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
JOBS = Counter("hitode_jobs", "Jobs that ended, by how.", ["job", "state"])
JOB_SECONDS = Histogram("hitode_job_seconds", "Seconds of a job.", ["job"], buckets=(0.05, 0.25, 1, 5, 30, 120, 900))

Reader = Callable[[], Mapping[str, float]]

log = logging.getLogger(__name__)


@dataclass
class Gauge:
    """A figure that is read when it is asked for; each reader gives its values by label."""

    explanation: str
    label: str
    readers: list[Reader] = field(default_factory=list)


GAUGES = {
    "hitode_queue_seconds": Gauge("How long the oldest in a queue has waited.", "queue"),
    "hitode_queue_length": Gauge("How many wait in a queue.", "queue"),
    "hitode_streams": Gauge("Answers under way, by their status.", "status"),
    "hitode_spend_microusd": Gauge("What answers cost, in millionths of a US dollar.", "of"),
    "hitode_worker_seen_seconds": Gauge("Since a worker last said that it lives.", "worker"),
}


def register(name: str, reader: Reader) -> None:
    """Let `reader` answer for one of `GAUGES`, beside others; called from an AppConfig's ready()."""
    if reader not in GAUGES[name].readers:
        GAUGES[name].readers.append(reader)


class _Gauges(Collector):
    def collect(self) -> Iterable[Metric]:
        failures = 0
        for name, gauge in GAUGES.items():
            family = GaugeMetricFamily(name, gauge.explanation, labels=[gauge.label])
            for reader in gauge.readers:
                try:
                    values = reader()
                except Exception:  # one engine that is away is no reason to tell nothing
                    log.exception("%s could not be read.", name)
                    failures += 1
                    continue
                for label, value in values.items():
                    family.add_metric([label], value)
            yield family
        yield GaugeMetricFamily("hitode_unread", "Figures that could not be read this time.", value=failures)


class _EveryProgram(MultiProcessCollector):
    """All programs whose folders are here."""

    def __init__(self, registry: CollectorRegistry, folder: Path) -> None:
        self._folder = folder
        super().__init__(registry, str(folder))

    def collect(self) -> Iterable[Metric]:
        merged: Iterable[Metric] = self.merge([str(file) for file in self._folder.glob("*/*.db")], accumulate=True)
        return merged


def exposition() -> bytes:
    """Everything, as Prometheus reads it."""
    registry = CollectorRegistry()
    registry.register(_Gauges())
    if settings.METRICS_PROGRAM_FOLDER:
        _EveryProgram(registry, Path(settings.METRICS_PROGRAM_FOLDER).parent)
    else:
        registry.register(REGISTRY)
    return generate_latest(registry)


def program_environment(program: str) -> dict[str, str]:
    """Make an empty folder for the figures of a program that is about to start, and what tells the program of it.

    Folders of programs that have not counted anything for a week are taken away.
    """
    own = settings.METRICS_FOLDER / f"{program}@{socket.gethostname()}"
    for folder in [own, *_forgotten(settings.METRICS_FOLDER)]:
        shutil.rmtree(folder, ignore_errors=True)
    own.mkdir(parents=True, exist_ok=True)
    # The library reads its own when it is imported; set to nothing, as a copied .env would, it breaks.
    return {"PROMETHEUS_MULTIPROC_DIR": str(own), "HITODE_METRICS_PROGRAM": str(own)}


def _forgotten(root: Path) -> Iterator[Path]:
    before = time.time() - FORGOTTEN_SECONDS
    for folder in root.glob("*@*"):
        if max((file.stat().st_mtime for file in [folder, *folder.glob("*.db")]), default=0.0) < before:
            yield folder
