"""The embedded engines, on real processes in folders of their own."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import redis

from config.engines import EngineError, Place, ensure_engines

ROOT = Path(__file__).resolve().parents[2]
USER = """
import os, sys
from pathlib import Path
from config.engines import ensure_engines
ensure_engines(Path(sys.argv[1]))
print(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], flush=True)
sys.stdin.read()
"""
PATIENCE = 30.0


def clean_environment(**extra: str) -> dict[str, str]:
    ours = ("DATABASE_URL", "REDIS_URL", "HITODE_EMBEDDED", "HITODE_VAR")
    return {**{name: value for name, value in os.environ.items() if name not in ours}, **extra}


class User:
    """A process that uses the engines until told to leave, or killed."""

    def __init__(self, var: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(var)],
            cwd=ROOT,
            env=clean_environment(**environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def urls(self) -> tuple[str, str]:
        """Wait until it has its engines."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().split()
        assert len(line) == 2, "the user got no engines"
        return line[0], line[1]

    def leave(self) -> None:
        self.process.communicate(timeout=PATIENCE)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def is_stopped(place: Place) -> bool:
    """Whether no keeper is left, which is only the case when both servers are down."""
    with place.keeper_lock.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return not place.ready_file.exists()


def is_alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place((tmp_path / "var").resolve())
    yield place
    assert eventually(lambda: is_stopped(place)), "the engines outlived their users"


def test_engines_start_are_shared_and_stop_with_the_last_user_keeping_the_data(place: Place) -> None:
    first = User(place.var)
    database, cache = first.urls()
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE note AS SELECT '人手' AS text")
        settings = ("SHOW server_encoding", "SHOW timezone", "SHOW max_connections", "SHOW listen_addresses")
        assert [connection.execute(show).fetchone() for show in settings] == [("UTF8",), ("UTC",), ("200",), ("",)]
    assert redis.Redis.from_url(cache).ping()

    second = User(place.var)
    assert second.urls() == (database, cache)
    pids = json.loads(place.ready_file.read_text())
    first.leave()
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT text FROM note").fetchone() == ("人手",)
    assert json.loads(place.ready_file.read_text()) == pids

    second.kill()  # the kernel gives its share of the lock back
    assert eventually(lambda: is_stopped(place))
    assert eventually(lambda: not any(is_alive(pid) for pid in pids.values()))

    third = User(place.var)
    third.urls()
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT text FROM note").fetchone() == ("人手",)
    third.leave()


def test_redis_keeps_its_data_when_its_data_matters(place: Place) -> None:
    first = User(place.var, HITODE_ENGINE_FAST="0")
    redis.Redis.from_url(first.urls()[1]).set("kept", "yes")
    first.leave()
    assert eventually(lambda: is_stopped(place))
    second = User(place.var, HITODE_ENGINE_FAST="0")
    assert redis.Redis.from_url(second.urls()[1]).get("kept") == b"yes"
    second.leave()


@pytest.mark.race
def test_users_that_arrive_together_or_while_the_engines_stop_all_get_them(place: Place) -> None:
    crowd = [User(place.var) for _ in range(4)]
    assert len({user.urls() for user in crowd}) == 1
    for user in crowd:
        user.kill()
    for pause in (0.0, 0.3, 0.6):
        time.sleep(pause)
        late = User(place.var)
        database, cache = late.urls()
        with psycopg.connect(database) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert redis.Redis.from_url(cache).ping()
        late.kill()


def test_a_dead_server_is_started_again_for_those_who_use_it(place: Place) -> None:
    user = User(place.var)
    database, cache = user.urls()
    before = json.loads(place.ready_file.read_text())
    os.kill(before["redis"], signal.SIGKILL)
    assert eventually(lambda: place.ready_file.exists() and json.loads(place.ready_file.read_text()) != before)
    assert redis.Redis.from_url(cache).ping()
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    user.leave()


def test_a_killed_postgresql_begins_again_though_a_session_of_it_ends_late(place: Place) -> None:
    user = User(place.var)
    database, _cache = user.urls()
    before = json.loads(place.ready_file.read_text())
    with suppress(psycopg.OperationalError), psycopg.connect(database) as connection:
        session = connection.info.backend_pid
        os.kill(session, signal.SIGSTOP)
        try:
            os.kill(before["postgres"], signal.SIGKILL)
            assert eventually(lambda: "is still in use" in place.log.read_text())  # a first attempt failed
        finally:
            os.kill(session, signal.SIGCONT)
    assert eventually(place.ready_file.exists)
    after = json.loads(place.ready_file.read_text())
    assert after["postgres"] != before["postgres"] and after["keeper"] == before["keeper"]
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    user.leave()


def test_the_servers_of_a_killed_keeper_are_taken_over(place: Place) -> None:
    first = User(place.var)
    database, _cache = first.urls()
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE note AS SELECT 1 AS number")
    before = json.loads(place.ready_file.read_text())
    os.kill(before["keeper"], signal.SIGKILL)
    assert eventually(lambda: not is_alive(before["keeper"]))
    assert place.ready_file.exists()  # stale: it names a keeper that is gone

    second = User(place.var)
    second.urls()
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT number FROM note").fetchone() == (1,)
    assert eventually(lambda: not is_alive(before["postgres"]) and not is_alive(before["redis"]))
    first.leave()
    second.leave()


def test_a_folder_too_deep_for_a_socket_gets_its_sockets_elsewhere(tmp_path: Path) -> None:
    place = Place(tmp_path.joinpath(*["a folder with spaces, 深い"] * 5, "var"))
    assert len(str(place.postgres_socket)) < 100
    user = User(place.var)
    database, cache = user.urls()
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert redis.Redis.from_url(cache).ping()
    user.leave()
    assert eventually(lambda: is_stopped(place))


def test_the_engine_that_is_configured_is_left_alone(place: Place) -> None:
    user = User(place.var, REDIS_URL="redis://cache.example:6379/0")
    database, cache = user.urls()
    assert "host=" in database
    assert cache == "redis://cache.example:6379/0"
    user.leave()


def test_a_child_keeps_the_database_its_parent_chose_and_holds_its_own_share(place: Place) -> None:
    parent = User(place.var)
    database, cache = parent.urls()
    other = database.replace("/hitode?", "/template1?")
    child = User(place.var, HITODE_EMBEDDED="postgres,redis", DATABASE_URL=other, REDIS_URL=cache)
    assert child.urls() == (other, cache)
    parent.kill()
    time.sleep(1)
    assert place.ready_file.exists()
    child.leave()


def test_nothing_starts_when_both_are_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HITODE_EMBEDDED", raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/hitode")
    monkeypatch.setenv("REDIS_URL", "redis://cache.example")
    ensure_engines(tmp_path / "var")
    assert not (tmp_path / "var").exists()


def test_data_of_another_version_is_refused_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "HITODE_EMBEDDED"):
        monkeypatch.delenv(name, raising=False)
    data = tmp_path / "var" / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(EngineError, match=r"made by PostgreSQL 9; .*(?s:.)*DATABASE_URL"):
        ensure_engines(tmp_path / "var")
