"""Streamed answers under load: the upstream asked directly, through a bare byte relay, and through the whole site.

The upstream begins after 200 ms and says a token each 20 ms, 100 in all. Readers come in a closed loop; the site runs in two
web processes with consent, limits, budget and storage in the path, and everything shares the cores of this machine.
"""

import hashlib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from tests.bench import place
from tests.bench.processor import seconds_of
from tests.bench.report import Figure
from tests.live import Live

STREAMS = (1, 50, 200, 500)
ADDED_AT_MOST_MS = {1: 10, 50: 10, 200: 25, 500: 300}
ANSWERS_AT_LEAST = 140
TOKENS = 100
SETTLE_SECONDS = 5
WARM_SECONDS = 3
SECONDS = 10
FLAT_ANSWERS = 5000
FLAT_AT_MOST_MIB = 20
PROMPT = "空はなぜ青いのですか。"
WAYS = ("direct", "relay", "site")


@dataclass
class Way:
    """One way to the upstream: its address, what to send there, and how its first token is told."""

    url: str
    requests: list[str]
    first_mark: str
    pid: int
    upstream_pid: int


def measure(rounds: int) -> Iterator[Figure]:
    """Yield the figures of all ways at each number of streams, and of the site's memory over many answers."""
    cookies = database_prepare()
    results: dict[tuple[str, int], list[dict[str, Any]]] = {}
    with stack(cookies) as ways:
        for streams in STREAMS:
            for _ in range(rounds):
                for name, way in ways.items():  # one after the other, so that noise meets all of them
                    results.setdefault((name, streams), []).append(one_round(way, streams))
        for streams in STREAMS:
            yield from figures(results, streams)
        yield from flatness(ways["site"])
    verify()


def figures(results: dict[tuple[str, int], list[dict[str, Any]]], streams: int) -> Iterator[Figure]:
    """What the relay and the site add to the upstream's own times, round by round."""
    for name in WAYS:
        rounds = results[name, streams]
        title = f"stream, {streams} at once, {name}"
        if name == "direct":
            yield Figure(f"{title}: first token", [median(one["first_ms"]) for one in rounds], "ms")
        else:
            pairs = list(zip(rounds, results["direct", streams], strict=True))
            first = [median(one["first_ms"]) - median(base["first_ms"]) for one, base in pairs]
            last = [median(one["last_ms"]) - median(base["last_ms"]) for one, base in pairs]
            limit = ADDED_AT_MOST_MS[streams] if name == "site" else None
            yield Figure(f"{title}: added to the first token", first, "ms", at_most=limit)
            yield Figure(f"{title}: lag of the last token", last, "ms")
            chunk = [1000 * one["answer_ms"]["server"] / TOKENS for one in rounds]
            yield Figure(f"{title}: processor time a chunk", chunk, "us")
            yield Figure(f"{title}: processor time an answer, all programs", [total_ms(one) for one in rounds], "ms")
        floor = ANSWERS_AT_LEAST if name == "site" and streams == max(STREAMS) else None
        yield Figure(f"{title}: answers", [one["per_second"] for one in rounds], "/s", at_least=floor)
    site = results["site", streams]
    if streams == max(STREAMS):
        idle = median(one["memory_mib"] for one in results["site", 1])
        grown = [1024 * (one["memory_mib"] - idle) / streams for one in site]
        yield Figure(f"stream, {streams} at once, site: memory a stream", grown, "KiB")
    yield Figure(f"stream, {streams} at once, site: errors", [len(one["failures"]) for one in site], "", at_most=1)


def total_ms(one: dict[str, Any]) -> float:
    return float(sum(one["answer_ms"].values()))


def flatness(way: Way) -> Iterator[Figure]:
    """How much the web processes grow over the second half of many answers."""
    run_readers(way, 200, seconds=600, enough=FLAT_ANSWERS // 2)
    before = memory_mib(way.pid)
    run_readers(way, 200, seconds=600, enough=FLAT_ANSWERS // 2)
    yield Figure(
        f"stream, memory gained in the second half of {FLAT_ANSWERS} answers",
        [memory_mib(way.pid) - before],
        "MiB",
        at_most=FLAT_AT_MOST_MIB,
    )


def one_round(way: Way, streams: int) -> dict[str, Any]:
    """Let so many readers read for a while."""
    before = processor_seconds(way)
    readers, plan = readers_start(way, streams, seconds=SECONDS)
    # The peak of memory is while everybody reads.
    readers.stdin.write(plan)
    readers.stdin.close()
    time.sleep(WARM_SECONDS + SECONDS / 2)
    memory = memory_mib(way.pid)
    result = readers_end(readers)
    spent = {who: seconds - before[who] for who, seconds in processor_seconds(way).items()}
    spent["readers"] = result["processor_seconds"]
    answer_ms = {who: 1000 * seconds / result["answers"] for who, seconds in spent.items()}
    for reason, count in Counter(result["failures"]).most_common(3):
        print(f"{count} of {streams} readers' answers failed: {reason}", file=sys.stderr, flush=True)
    return {**result, "memory_mib": memory, "answer_ms": answer_ms}


def processor_seconds(way: Way) -> dict[str, float]:
    """What everybody on the way to an answer has had of the processor so far, the readers left out."""
    programs = {"upstream": seconds_of(way.upstream_pid), "engines": place.engine_seconds()}
    return programs if way.pid == way.upstream_pid else {**programs, "server": seconds_of(way.pid)}


def run_readers(way: Way, streams: int, *, seconds: float, enough: int) -> dict[str, Any]:
    readers, plan = readers_start(way, streams, seconds=seconds, enough=enough)
    readers.stdin.write(plan)
    readers.stdin.close()
    return readers_end(readers)


def readers_start(way: Way, streams: int, *, seconds: float, enough: int = 0) -> tuple[Any, bytes]:
    plan = {
        "url": way.url,
        "requests": way.requests,
        "first_mark": way.first_mark,
        "text_sha256": hashlib.sha256(expected_text().encode()).hexdigest(),
        "streams": streams,
        "warm_seconds": WARM_SECONDS,
        "seconds": seconds,
        "enough": enough,
    }
    command = [sys.executable, "-m", "tests.bench.readers"]
    readers = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=place.ROOT)
    return readers, orjson.dumps(plan)


def readers_end(readers: Any) -> dict[str, Any]:
    result = orjson.loads(readers.stdout.read())
    if readers.wait() or not result["answers"]:
        log = (place.VAR / "web.log").read_text(errors="replace")
        raise RuntimeError(f"No answers: {result['failures'][:3]}\nThe web server said:\n{log[-2000:]}")
    return result


def expected_text() -> str:
    from collection.practice.answers import answers_load

    return answers_load(piece_count=TOKENS).answer_for(PROMPT).text


def memory_mib(root: int) -> float:
    """Resident memory of a process and its children."""
    total = 0
    for file in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in file.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if root in (int(fields["PPid"]), int(file.parent.name)):
            total += int(fields.get("VmRSS", "0 kB").split()[0])
    return total / 1024


def database_prepare() -> list[str]:
    """A fresh database with one participant for every reader; returns their cookies."""
    from django.core.cache import cache
    from django.core.management import call_command
    from django.db import connections

    from tests.factories.collection import client_of, make_participant, make_terms

    place.database_drop(place.DATABASE)
    with place.server() as server:
        server.execute(f'CREATE DATABASE "{place.DATABASE}"')
    call_command("migrate", interactive=False, verbosity=0)
    cache.clear()
    make_terms()
    cookies = []
    for _ in range(max(STREAMS)):
        jar = client_of(make_participant()).cookies
        cookies.append("; ".join(f"{name}={morsel.value}" for name, morsel in jar.items()))
    connections.close_all()
    return cookies


@contextmanager
def stack(cookies: list[str]) -> Iterator[dict[str, Way]]:
    """Start the upstream, the relay and the site, each as its own programs."""
    from django.core.management import call_command

    from config import supervisor
    from config.supervisor import Program

    upstream_port, relay_port, site_port = (supervisor.any_free_port() for _ in range(3))
    upstream = f"http://127.0.0.1:{upstream_port}"
    environment = supervisor.child_environment(
        HITODE_PORT=str(site_port),
        HITODE_BASE_URL=f"http://localhost:{site_port}",
        OPENAI_BASE_URL=f"{upstream}/v1",
        RELAY_TO=upstream,
        HITODE_PRACTICE_FIRST_MS="200",
        HITODE_PRACTICE_TOKEN_MS="20",
        HITODE_PRACTICE_TOKENS=str(TOKENS),
        **LIMITS_OUT_OF_THE_WAY,
    )
    static = place.VAR / "static"
    call_command("collectstatic", interactive=False, verbosity=0)  # a refusal has a page, too
    relay = [sys.executable, "-m", "granian", "--interface", "asginl", "--no-ws", "--http", "1", "--workers", "2"]
    relay += ["--port", str(relay_port), "--log-level", "warning", "tests.bench.relay:application"]
    live = Live(f"http://localhost:{site_port}", upstream, environment, place.VAR)
    try:
        live.start(supervisor.practice_program(upstream_port))
        live.start(Program("relay", relay))
        live.start(supervisor.web_program(site_port, workers=2, static_root=static))
        live.await_answer(f"{live.url}/healthz", "web")
        live.await_answer(f"{upstream}/healthz", "practice")
        live.await_answer(f"http://127.0.0.1:{relay_port}/healthz", "relay")
        time.sleep(SETTLE_SECONDS)  # the web processes load what else would make their first question wait
        pids = {name: process.pid for name, process in live.processes.items()}
        asked = orjson.dumps({"model": "x", "stream": True, "messages": [{"role": "user", "content": PROMPT}]}).decode()
        plain = post("127.0.0.1", "/v1/chat/completions", "application/json", asked)
        mark = '"delta":{"content":'
        ways = {
            "direct": Way(upstream, [plain], mark, pids["practice"], pids["practice"]),
            "relay": Way(f"http://127.0.0.1:{relay_port}", [plain], mark, pids["relay"], pids["practice"]),
            "site": Way(
                f"http://127.0.0.1:{site_port}", site_requests(cookies), "event: delta", pids["web"], pids["practice"]
            ),
        }
        for way in ways.values():
            run_readers(way, 20, seconds=30, enough=100)
        yield ways
    finally:
        live.stop()


# Nobody is turned away here, but every limit is asked.
LIMITS_OUT_OF_THE_WAY = {
    "HITODE_TOTAL_BUDGET_MICROUSD": str(10**15),
    "HITODE_DAILY_BUDGET_MICROUSD": str(10**15),
    "HITODE_PARTICIPANT_DAILY_BUDGET_MICROUSD": str(10**15),
    "HITODE_ADDRESS_DAILY_BUDGET_MICROUSD": str(10**15),
    "HITODE_RATES_PARTICIPANT": "1000000/minute;1000000/day",
    "HITODE_RATES_ADDRESS": "1000000/minute;1000000/day",
    "HITODE_RATES_UNPROVEN": "1000000/minute;1000000/day",
}


def site_requests(cookies: list[str]) -> list[str]:
    from urllib.parse import urlencode

    from django.middleware.csrf import _get_new_csrf_string

    body = urlencode({"instruction": PROMPT, "input": ""})
    kind = "application/x-www-form-urlencoded"
    requests = []
    for cookie in cookies:
        token = _get_new_csrf_string()
        headers = f"Cookie: csrftoken={token}; {cookie}\r\nX-CSRFToken: {token}\r\nAccept: text/event-stream\r\n"
        requests.append(post("localhost", "/ask/stream", kind, body, headers + "Accept-Language: ja\r\n"))
    return requests


def post(host: str, path: str, kind: str, body: str, headers: str = "") -> str:
    length = len(body.encode())
    return f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{headers}\r\n{body}"


def verify() -> None:
    """Raise unless every answer is stored whole, and every reservation was settled."""
    from django.db import connection, connections

    checks = {
        "answers are not complete": "SELECT count(*) FROM collection_reference WHERE status <> 'complete'",
        "answers have another text": "SELECT count(*) FROM (SELECT count(DISTINCT text_sha256) AS kinds "
        "FROM collection_reference) AS found WHERE kinds <> 1",
        "reservations are open": "SELECT count(*) FROM collection_cap WHERE reserved_microusd <> 0",
        "ledger lines are missing": "SELECT (SELECT 2 * count(*) FROM collection_reference) - "
        "(SELECT count(*) FROM collection_ledgerentry)",
    }
    for what, query in checks.items():
        with connection.cursor() as cursor:
            cursor.execute(query)
            if found := cursor.fetchone()[0]:
                raise AssertionError(f"{found} {what}")
    connections.close_all()


if __name__ == "__main__":  # a quick look, one round each: python -m tests.bench.bench_stream 50,500 relay,site
    place.prepare()
    numbers, names = (part.split(",") for part in sys.argv[1:3])
    with stack(database_prepare()) as all_ways:
        for number in map(int, numbers):
            for name in names:
                done = one_round(all_ways[name], number)
                first, last = median(done["first_ms"]), median(done["last_ms"])
                shares = ", ".join(f"{who} {share:.1f}" for who, share in done["answer_ms"].items())
                print(
                    f"{number} {name}: first {first:.0f} ms, last {last:.0f} ms, {done['per_second']:.1f} answers/s,",
                    end=" ",
                )
                print(f"{total_ms(done):.1f} ms each ({shares}), {len(done['failures'])} errors", flush=True)
