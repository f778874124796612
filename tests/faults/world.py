"""An installation of its own to be broken: engines that wait for the disk, as a server's do, and the real programs on them."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from config import supervisor
from config.backup import _parameters, _program
from config.engines import DATABASE, Place, _join
from tests.live import Live, live_stack
from tests.races import until


@dataclass
class World:
    site: Live
    place: Place

    def database(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.place.database_url(), autocommit=True)

    def engines(self) -> dict[str, int]:
        """The process ids of keeper, postgres and redis."""
        found: dict[str, int] = json.loads(self.place.ready_file.read_text())
        return found

    def await_new(self, engine: str, before: int) -> None:
        """Wait until an engine that was killed is there again."""
        until(lambda: self.place.ready_file.exists() and self.engines()[engine] != before)

    def children_of(self, program: str) -> list[int]:
        pid = self.site.processes[program].pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill(self, *pids: int) -> None:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)


@contextmanager
def world_made(folder: Path) -> Iterator[World]:
    """A world with what is in the test's database now."""
    place = Place(folder.resolve())
    fast = os.environ.pop("HITODE_ENGINE_FAST")
    try:
        share = _join(place)
    finally:
        os.environ["HITODE_ENGINE_FAST"] = fast
    try:
        _fill(place)
        variables = {
            "HITODE_VAR": str(place.var),
            "DATABASE_URL": place.database_url(),
            "REDIS_URL": place.redis_url(),
            "HITODE_SECRET_KEY": settings.SECRET_KEY,
            "HITODE_PROMPT_PRICE_MICROUSD_PER_MILLION": "0",
            "HITODE_COMPLETION_PRICE_MICROUSD_PER_MILLION": "1000000",
            "HITODE_PRACTICE_TOKENS": "20",
            "HITODE_PRACTICE_TOKEN_MS": "25",
        }
        with live_stack(database=DATABASE, name=f"{folder.name}-world", workers=2, job_workers=2, **variables) as site:
            site.start(supervisor.beat_program())
            yield World(site, place)
    finally:
        os.close(share)


def _fill(place: Place) -> None:
    here = _parameters()
    address = {"PGHOST": str(here["host"]), "PGUSER": str(here["user"])}
    with psycopg.connect(place.database_url(), autocommit=True) as there:
        for role in ("hitode_export", "hitode_synthetic"):
            there.execute(f"CREATE ROLE {role} LOGIN")  # type: ignore[arg-type]
    dump = [_program("pg_dump"), "--format=custom", "--compress=0", "--dbname", str(connection.settings_dict["NAME"])]
    with subprocess.Popen(dump, stdout=subprocess.PIPE, env={**os.environ, **address}) as dumping:
        restore = [_program("pg_restore"), "--no-owner", "--exit-on-error", "--dbname", DATABASE]
        there_is = {"PGHOST": str(place.sockets), "PGUSER": "hitode"}
        subprocess.run(restore, stdin=dumping.stdout, check=True, env={**os.environ, **there_is})
