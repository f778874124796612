"""The queue under load: sixteen writers claim and submit over HTTP, the site and they on the same cores.

Two ways: claim and submit as two requests, and submit with the next task in the answer, as the editor does. The gate is
in the path, the disk is waited for, and after each round the database is asked whether any task was lost or given twice.

A bare prototype has its turn in each round: one machine is twice as quick as another, or as itself an hour ago.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import numpy as np
import orjson

from config import supervisor
from tests.bench import place
from tests.bench.processor import seconds_of
from tests.bench.report import Figure
from tests.live import Live, with_database

TARGET_PAIRS = 150
TARGET_MILLISECONDS = 150
PROTOTYPE = "hitode_bench_prototype"
PROTOTYPE_PAIRS = 221  # where 150 were asked for
WARM_SECONDS = 3
SECONDS = 6
TEXTS = 4000
STOCKS = (2_000, 52_000)  # references in the gate's index


def measure(rounds: int) -> Iterator[Figure]:
    """Yield the figures of both ways, at each number of references."""
    from tests.bench import stock
    from tests.bench.bench_cleanroom import Author

    author = Author(4)
    texts = [author.write() for _ in range(TEXTS)]
    for references in STOCKS:
        results: dict[bool, list[dict]] = {False: [], True: []}
        bare: list[float] = []
        for _ in range(rounds):
            bare.append(pairs_a_second(prototype_round(texts)))
            for is_joined in results:  # one after the other, so that noise meets all
                stock.stock_take(references=references)
                results[is_joined].append(one_round(texts, is_joined=is_joined))
        yield Figure(f"queue, a bare prototype in the same rounds ({references} references): pairs", bare, "/s")
        for is_joined, done in results.items():
            yield from figures(done, bare, is_joined=is_joined, references=references)


def one_round(texts: list[str], *, is_joined: bool) -> dict:
    """Let everybody work for a while on a fresh database; returns what the client measured."""
    plan = {"texts": texts, "writers": sign_in(), "is_joined": is_joined}
    with web() as live:
        plan["url"] = live.url
        run_writers({**plan, "seconds": WARM_SECONDS})
        before = processor_seconds(live)
        result = run_writers({**plan, "seconds": SECONDS})
        spent = {name: seconds - before[name] for name, seconds in processor_seconds(live).items()}
    verify()
    spent["client"] = result["processor_seconds"]
    pairs = len(result["milliseconds"]["submit"])
    result["processor"] = {name: 1000 * seconds / pairs for name, seconds in spent.items()}
    return result


def prototype_round(texts: list[str]) -> dict:
    """Let everybody work for a while on the prototype, in two requests a pair; returns what the client measured."""
    from django.conf import settings

    address = with_database(os.environ["DATABASE_URL"], PROTOTYPE)
    environment = {**os.environ, "PROTOTYPE_DATABASE_URL": address}
    with place.server() as server:
        place.database_drop(PROTOTYPE)
        server.execute(f"CREATE DATABASE {PROTOTYPE}")
    module = "tests.bench.prototype"
    filled = subprocess.run(
        [sys.executable, "-m", module], cwd=place.ROOT, env=environment, stdout=subprocess.PIPE, check=True
    )
    port = supervisor.free_port_from(next(_ports))
    command = [sys.executable, "-m", "granian", f"{module}:application", "--interface", "wsgi", "--port", str(port)]
    command += ["--workers", str(settings.WEB_WORKERS), "--blocking-threads", "4", "--no-ws", "--log-level", "warning"]
    live = Live(f"http://localhost:{port}", "", environment, place.VAR)
    plan = {"texts": texts, "writers": orjson.loads(filled.stdout), "is_joined": False, "url": live.url}
    try:
        live.start(supervisor.Program("prototype", command))
        live.await_answer(f"{live.url}/healthz", "prototype")
        run_writers({**plan, "seconds": WARM_SECONDS}, "prototype")
        return run_writers({**plan, "seconds": SECONDS}, "prototype")
    finally:
        live.stop()


def pairs_a_second(done: dict) -> float:
    """A claim that nobody answered yet belongs to no pair, so what was submitted counts."""
    return len(done["milliseconds"]["submit"]) / done["seconds"]


def run_writers(plan: dict, server: str = "web") -> dict:
    """Let the writers' program carry out a plan at a server; returns what it measured."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.writers"], input=orjson.dumps(plan), capture_output=True, cwd=place.ROOT
    )
    if done.returncode:
        log = (place.VAR / f"{server}.log").read_text(errors="replace")
        raise RuntimeError(f"{done.stderr.decode()[-2000:]}\nThe web server said:\n{log[-2000:]}")
    return orjson.loads(done.stdout)


def processor_seconds(live: Live) -> dict[str, float]:
    """Processor seconds of the web server, and of PostgreSQL and Redis, until now."""
    return {"web": seconds_of(live.processes["web"].pid), "engines": place.engine_seconds()}


def figures(done: list[dict], bare: list[float], *, is_joined: bool, references: int) -> Iterator[Figure]:
    """Turn rounds into figures: pairs a second, also against the prototype's, and times of each kind of request."""
    way = "one request a pair" if is_joined else "two requests a pair"
    name = f"queue, {references} references, {way}"
    pairs = [pairs_a_second(one) for one in done]
    yield Figure(f"{name}: pairs", pairs, "/s", at_least=TARGET_PAIRS)
    share = [ours / theirs for ours, theirs in zip(pairs, bare, strict=True)]
    yield Figure(f"{name}: pairs, of the prototype's", share, at_least=round(TARGET_PAIRS / PROTOTYPE_PAIRS, 2))
    spent = [sum(one["processor"].values()) for one in done]
    yield Figure(f"{name}: processor time a pair", spent, "ms")
    for kind in ("submit",) if is_joined else ("claim", "submit"):
        for percentile in (50, 95):
            times = [float(np.percentile(one["milliseconds"][kind], percentile)) for one in done]
            limit = TARGET_MILLISECONDS if percentile == 95 else None
            yield Figure(f"{name}: {kind} p{percentile}", times, "ms", at_most=limit)


def sign_in(kind: str = "writer") -> list[dict[str, str]]:
    """Start a session for everybody whose address begins so; returns the headers of each."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.core.cache import cache
    from django.db import connections
    from django.middleware.csrf import _get_new_csrf_string

    from vendors.models import User

    cache.clear()
    store = import_module(settings.SESSION_ENGINE).SessionStore
    headers = []
    for user in User.objects.filter(email__startswith=kind).order_by("pk"):
        session = store()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        token = _get_new_csrf_string()
        cookies = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={token}"
        headers.append({"Cookie": cookies, "X-CSRFToken": token, "Accept-Language": "ja,en;q=0.7"})
    connections.close_all()
    return headers


_ports = count(18_800)


@contextmanager
def web() -> Iterator[Live]:
    """Run the web server as `manage.py serve` starts it, and stop it."""
    from django.conf import settings

    port = supervisor.free_port_from(next(_ports))
    environment = supervisor.child_environment(HITODE_PORT=str(port), HITODE_BASE_URL=f"http://localhost:{port}")
    live = Live(f"http://localhost:{port}", "", environment, place.VAR)
    static = place.VAR / "static"
    static.mkdir(exist_ok=True)
    try:
        live.start(supervisor.web_program(port, workers=settings.WEB_WORKERS, static_root=static))
        live.await_answer(f"{live.url}/healthz", "web")
        yield live
    finally:
        live.stop()


def verify() -> None:
    """Raise unless every task is in exactly one hand, and was handed in as often as the log and the texts say."""
    from django.db import connection, connections

    checks = {
        "tasks are missing": "SELECT 52000 - count(*) FROM annotation_task",
        "tasks were given out twice": "SELECT count(*) FROM (SELECT FROM annotation_tasktransition "
        "WHERE to_status = 'claimed' GROUP BY subject_id HAVING count(*) > 1) twice",
        "claims are not in the log": "SELECT (SELECT count(*) FROM annotation_task WHERE status <> 'queued') - "
        "(SELECT count(*) FROM annotation_tasktransition WHERE to_status = 'claimed')",
        "submissions are not in the log": "SELECT (SELECT count(*) FROM annotation_submission) - "
        "(SELECT count(*) FROM annotation_tasktransition WHERE to_status = 'submitted')",
        "submitted tasks lack their text": "SELECT count(*) FROM annotation_task t LEFT JOIN annotation_submission s "
        "ON s.id = t.current_submission_id AND s.writer_id = t.writer_id "
        "WHERE t.status = 'submitted' AND s.id IS NULL",
        "submissions lack a trace or a report": "SELECT count(*) FROM annotation_submission s WHERE NOT EXISTS "
        "(SELECT FROM annotation_writingtrace t WHERE t.submission_id = s.id AND t.last_hash <> '' "
        # These writers open no editor, so that nobody told them where the chain starts, and two minutes' writing arrives
        # in a moment: the two flags that say so are right, and no other.
        'AND t.flags <@ \'["chain_broken", "autosaves_do_not_fit"]\') '
        "OR NOT EXISTS (SELECT FROM annotation_gatereport g WHERE g.submission_id = s.id)",
    }
    for what, query in checks.items():
        with connection.cursor() as cursor:
            cursor.execute(query)
            if found := cursor.fetchone()[0]:
                raise AssertionError(f"{found} {what}")
    connections.close_all()
