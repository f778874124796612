"""Programs and engines die under writers and readers: what was acknowledged is there, once, and all goes on by itself.

`PATIENCE_SECONDS` of the crowd bounds each recovery. Every test ends with a count of what was acknowledged and what is found.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from django.test import Client
from pytest_django import DjangoDbBlocker

from config import supervisor
from tests.cast import cast
from tests.factories.annotation import make_open_order
from tests.factories.collection import client_of, make_participant
from tests.factories.traces import make_trace_choice
from tests.factories.vendors import make_signature, make_user
from tests.faults.crowd import Acknowledged, Crowd, Reader, counted
from tests.faults.served import served
from tests.faults.world import World, world_made
from tests.live import ROOT, processes_of
from tests.races import until

WRITERS, READERS, TASKS = 16, 50, 4000

LEFT = (
    "SELECT (SELECT count(*) FROM collection_instruction WHERE status = 'received') + (SELECT count(*) FROM annotation_submission s"
    " WHERE NOT EXISTS (SELECT FROM annotation_outputcheck c WHERE c.submission_id = s.id AND c.check_id = 'moderation'))"
)

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]


def browser_of(client: Client) -> dict[str, str]:
    """The headers with which somebody's browser comes."""
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    token = "a" * 32
    return {"Cookie": f"csrftoken={token}; {cookies}", "X-CSRFToken": token, "Accept": "application/json"}


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, list[dict[str, str]], list[dict[str, str]]]]:
    """The broken installation, and how its people come."""
    from django.core.management import call_command

    with django_db_blocker.unblock():
        people = cast()
        make_open_order(people, quantity=TASKS)
        writers = []
        for number in range(WRITERS):
            writer = make_user(organisation=people.kaede, role="writer", email=f"w{number}@example.org")
            make_signature(writer)
            make_trace_choice(writer)
            client = Client()
            client.force_login(writer)
            writers.append(browser_of(client))
        readers = [browser_of(client_of(make_participant())) for _ in range(READERS)]
        folder = tmp_path_factory.mktemp("world")
        try:
            with world_made(folder) as made:
                yield made, writers, readers
        finally:
            call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=False)


@pytest.fixture
def crowd(world: Any) -> Iterator[Crowd]:
    """The people at work; at the end, the count."""
    made, writers, readers = world
    crowd = Crowd(made.site.url, writers, readers)
    with crowd.at_work():
        yield crowd
    count(made, crowd.told)


def count(made: World, told: Acknowledged) -> None:
    """Compare what was acknowledged with what there is, when nothing is under way any more."""
    settle(made)
    await_followed_up(made)
    with made.database() as database:
        found = counted(told, database)
    print(
        f"acknowledged: {len(told.sent)} texts, {len(told.drafts)} drafts, {len(told.answers)} answers; {told.troubles} troubles; {found}"
    )
    assert {name: number for name, number in found.items() if number} == {}


def await_followed_up(made: World) -> None:
    """Wait until every question is screened and every text moderated: each step of it within the time of a recovery."""
    with made.database() as database:

        def left() -> int:
            return int((database.execute(LEFT).fetchone() or (0,))[0])

        while waiting := left():
            until(lambda waiting=waiting: left() < waiting)


def settle(made: World) -> None:
    """Wait until nothing is under way that still lives."""
    end = time.monotonic() + 5
    with made.database() as database:
        while time.monotonic() < end:
            row = database.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND state = 'active'"
            ).fetchone()
            if row == (1,):
                return
            time.sleep(0.05)


@pytest.fixture
def broken(world: Any) -> World:
    made: World = world[0]
    return made


def test_web_processes_killed(broken: World, crowd: Crowd) -> None:
    broken.kill(*broken.children_of("web"))
    crowd.await_more()


def test_postgresql_killed(broken: World, crowd: Crowd) -> None:
    before = broken.engines()
    broken.kill(before["postgres"])
    crowd.await_more()
    broken.await_new("postgres", before["postgres"])


def test_redis_killed(broken: World, crowd: Crowd) -> None:
    before = broken.engines()
    broken.kill(before["redis"])
    crowd.await_more()
    broken.await_new("redis", before["redis"])
    assert broken.engines()["postgres"] == before["postgres"]


def test_redis_empty(broken: World, crowd: Crowd) -> None:
    """Nobody is signed out, and no text waits for Redis's memory."""
    with redis.Redis.from_url(broken.place.redis_url()) as client:
        client.flushall()
        crowd.await_more()
        assert client.dbsize() > 0  # type: ignore[operator]


def test_a_migration_and_tables_changed_as_one_changes_them(broken: World, crowd: Crowd) -> None:
    """One table a transaction: everybody waits for its lock, and nobody gets an error."""
    crowd.take_their_time()
    crowd.told.troubles = 0
    for target in (["account", "0008"], []):  # one that no program needs, back and forth
        migrate = [sys.executable, "manage.py", "migrate", "--no-input", *target]
        done = subprocess.run(migrate, cwd=ROOT, env=dict(broken.site.environment), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "0009_emailaddress_unique_primary_email... OK" in done.stdout
    crowd.await_more()
    with broken.database() as database:
        for table in ("annotation_task", "collection_instruction"):
            with database.transaction():
                database.execute(f"ALTER TABLE {table} ADD COLUMN later integer NOT NULL DEFAULT 0")  # type: ignore[arg-type]
                time.sleep(0.3)
            crowd.await_more()
            database.execute(f"ALTER TABLE {table} DROP COLUMN later")  # type: ignore[arg-type]
    crowd.await_more()
    assert crowd.told.troubles == 0


def test_clients_who_send_and_read_as_slowly_as_they_can(broken: World, crowd: Crowd) -> None:
    """More of them than there are threads; none of them takes one from the others."""
    where = urlsplit(broken.site.url)
    address = (str(where.hostname), int(where.port or 80))
    slow = [socket.create_connection(address) for _ in range(24)]
    for number, one in enumerate(slow):
        head = f"POST /work/claim/ HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: 100000\r\n"
        one.sendall((head if number % 2 else head + "\r\nx").encode())
    crowd.await_more()
    for one in slow:
        one.close()


def await_jobs_done(broken: World) -> None:
    """Wait until the crowds before have left nothing to do; for as long as it becomes less."""
    with redis.Redis.from_url(broken.place.redis_url()) as queue:
        while left := queue.llen("hitode:celery"):
            until(lambda left=left: queue.llen("hitode:celery") < left)


@contextmanager
def job_in_hand(broken: World, reader: dict[str, str]) -> Iterator[int]:
    """A question whose screening has begun, and waits for a table that we hold; gives its id."""
    blocked = "SELECT count(*) FROM pg_locks WHERE relation = 'collection_screeningfinding'::regclass AND NOT granted"
    await_jobs_done(broken)
    with (
        ThreadPoolExecutor(1) as asking,
        broken.database() as holder,
        broken.database() as other,
        holder.transaction(),
    ):
        holder.execute("LOCK TABLE collection_screeningfinding IN ACCESS EXCLUSIVE MODE")
        # Where the screening comes first, the end of the answer waits for it, and so for us.
        asking.submit(Reader(broken.site.url, reader, Acknowledged(), threading.Event()).act)
        until(lambda: other.execute(blocked).fetchone() != (0,))
        # The question of a moment ago, and none that a fault before left to the sweep.
        yield (other.execute("SELECT max(id) FROM collection_instruction").fetchone() or (0,))[0]


def await_screened(broken: World, asked: int) -> None:
    """Wait until a question is screened, and see that nothing was screened twice."""
    with broken.database() as database:
        left = "SELECT count(*) FROM collection_instruction WHERE status = 'received' AND id = %s"
        until(lambda: database.execute(left, [asked]).fetchone() == (0,))
        twice = "SELECT count(*) FROM (SELECT FROM collection_instructiontransition WHERE to_status = 'eligible' GROUP BY subject_id HAVING count(*) > 1) t"
        assert database.execute(twice).fetchone() == (0,)


def test_a_worker_that_dies_with_a_job_in_hand(world: Any) -> None:
    """Whoever has the job is killed, and somebody else does it."""
    broken, _writers, readers = world
    children = broken.children_of("worker")
    with job_in_hand(broken, readers[0]) as asked:
        broken.kill(*children)
    await_screened(broken, asked)
    assert set(children).isdisjoint(broken.children_of("worker"))


def test_a_worker_that_dies_with_its_master_and_a_job_in_hand(world: Any) -> None:
    """While it lives it keeps the job, however long that takes; then the next worker has it before any sweep looks."""
    broken, _writers, readers = world
    with job_in_hand(broken, readers[0]) as asked:
        with redis.Redis.from_url(broken.place.redis_url()) as queue:
            taken: dict[bytes, bytes] = queue.hgetall("hitode:unacked")  # type: ignore[assignment]
            (tag,) = [tag for tag, message in taken.items() if b"instructions_screen" in message]
            signed = queue.zscore("hitode:unacked_index", tag)
            until(lambda: queue.zscore("hitode:unacked_index", tag) > signed)  # type: ignore[operator]
            assert queue.hget("hitode:unacked", tag) == taken[tag], "it was handed out again"
        os.killpg(broken.site.processes["worker"].pid, signal.SIGKILL)
        broken.site.processes["worker"].wait()
    broken.site.start(supervisor.worker_program(processes=2))
    await_screened(broken, asked)


def test_redis_killed_while_one_job_is_in_hand_and_another_is_waited_for(world: Any) -> None:
    """The worker lives on with a new line to it, ends what it had begun, and takes the next."""
    broken, _writers, readers = world
    for _ in range(3):  # on which of its lines the worker notices it first is chance
        with job_in_hand(broken, readers[0]) as asked:
            before = broken.engines()
            broken.kill(before["redis"])
            broken.await_new("redis", before["redis"])
            with redis.Redis.from_url(broken.place.redis_url()) as queue:
                until(lambda queue=queue: "brpop" in [one["cmd"] for one in queue.client_list()])
        assert broken.site.processes["worker"].poll() is None, broken.site.log("worker")[-2000:]
        await_screened(broken, asked)


def test_a_beat_that_is_killed_and_two_at_once(world: Any) -> None:
    """Those that follow have the sweeps find what Redis forgot meanwhile, and two of them do it once."""
    broken, _writers, readers = world
    broken.site.processes["beat"].send_signal(signal.SIGKILL)
    broken.site.processes["beat"].wait()
    with job_in_hand(broken, readers[0]) as asked:
        with redis.Redis.from_url(broken.place.redis_url()) as queue:
            queue.flushall()
        broken.kill(*broken.children_of("worker"))
    broken.site.start(supervisor.beat_program())
    second = subprocess.Popen(
        list(supervisor.beat_program().command),
        cwd=Path.cwd(),
        env=dict(broken.site.environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    await_screened(broken, asked)
    assert broken.site.processes["beat"].poll() is None, broken.site.log("beat")
    second.terminate()
    second.wait(10)


def test_what_dies_under_make_run_begins_again_and_a_new_supervisor_goes_on(world: Any) -> None:
    """Web server, worker and clock with their masters, and at last the supervisor itself, while people are at work."""
    broken, writers, readers = world
    port = supervisor.any_free_port()
    crowd = Crowd(f"http://localhost:{port}", writers, readers)
    with served(broken, port) as first, crowd.at_work():
        masters = first.masters()
        broken.kill(*masters.values())
        until(lambda: len(first.masters()) == 3 and set(first.masters().values()).isdisjoint(masters.values()))
        crowd.await_more()
        first.supervisor.kill()
        first.supervisor.wait()
        until(lambda: not processes_of(first.mark))
        with served(broken, port):
            crowd.await_more()
            crowd.leave()
    count(broken, crowd.told)
