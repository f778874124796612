"""The demonstration as rows: it is told once, and every other process that wants it puts them by one statement."""

import fcntl
import hashlib
import json
import os
import pickle
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection

from tests.database import Rows

ROOT = Path(__file__).resolve().parent.parent
# All that a telling depends on.
SOURCES = ("config", "collection", "vendors", "annotation")
KINDS = {".py", ".json", ".jsonl", ".md", ".html", ".txt"}
OLD_AFTER_SECONDS = 1200  # the two halves of `make test` begin within it, and no lease of the demonstration ends
SEQUENCES = (
    "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences WHERE last_value IS NOT NULL"
)


class Told(Rows[None]):
    """The rows of `seed_demo`, from a file if this run has told it; with `of_this_run=False` also from a run just before."""

    def __init__(self, *, of_this_run: bool) -> None:
        super().__init__(_tell)
        self._written = pickle.dumps(None)
        self._of_this_run = of_this_run

    def _noted(self) -> str:
        file = Path(os.environ["HITODE_VAR"]) / "demonstration.json"
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"process {os.getpid()}")
        sources = _sources_digest()
        with _alone(file.with_suffix(".lock")):
            kept = _read(file)
            if kept.get("sources") == sources and (kept["run"] == run or not self._of_this_run):
                return str(kept["statement"])
            statement = f"{super()._noted()}; {_sequences_onwards()}"
            draft = file.with_suffix(".new")
            draft.write_text(json.dumps({"sources": sources, "run": run, "statement": statement}), encoding="utf-8")
            draft.replace(file)
        return statement


def _tell() -> None:
    call_command("seed_demo", verbosity=0)


def _read(file: Path) -> dict[str, Any]:
    if not file.exists() or time.time() - file.stat().st_mtime > OLD_AFTER_SECONDS:
        return {}
    kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return kept


def _sequences_onwards() -> str:
    """The statement after which no sequence gives a key that the rows have."""
    with connection.cursor() as cursor:
        cursor.execute(SEQUENCES)
        return "; ".join(
            f"SELECT setval('{name}', greatest({last}, last_value)) FROM {name}" for name, last in cursor.fetchall()
        )


def _sources_digest() -> str:
    digest = hashlib.sha256((ROOT / "requirements" / "dev.txt").read_bytes())
    for source in SOURCES:
        for file in sorted(ROOT.joinpath(source).rglob("*")):
            if file.suffix in KINDS and file.is_file():
                digest.update(str(file).encode() + file.read_bytes())
    return digest.hexdigest()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time: the second one finds what the first has told."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
