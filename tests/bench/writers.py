"""Many writers at once over HTTP, each on a connection of its own: `python -m tests.bench.writers < plan > result`.

A program of its own, without Django, so that it takes as little as it can of the cores it shares with the site.
"""

import asyncio
import hashlib
import itertools
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

NOTHING_IN_HAND = ""
CHARACTERS_A_BUCKET = 30


@dataclass
class Load:
    """What everybody does, and how many milliseconds each request took, by its kind."""

    url: str
    texts: Iterator[str]
    is_joined: bool
    stops_at: float
    took: dict[str, list[float]] = field(default_factory=lambda: {"claim": [], "submit": []})
    failures: list[str] = field(default_factory=list)


def buckets_of(text: str) -> list[dict[str, Any]]:
    """A writing trace that fits the text: typed in steps of ten seconds, with a little taken back."""
    buckets = []
    for number, end in enumerate(range(CHARACTERS_A_BUCKET, len(text) + CHARACTERS_A_BUCKET, CHARACTERS_A_BUCKET), 1):
        length = min(end, len(text))
        counts = dict.fromkeys(("typed", "pasted", "pasted_own", "pasted_quote", "dropped", "replaced", "undone"), 0)
        counts |= dict.fromkeys(("largest_insertion", "untrusted", "blurred_ms", "hidden_ms", "focus_losses"), 0)
        added = length - (number - 1) * CHARACTERS_A_BUCKET
        counts |= {"number": number, "started_ms": number * 10_000, "composed": added + 2, "deleted": 2}
        counts |= {"inserted_before_end": 3, "length": length}
        digest = hashlib.sha256(text[:length].encode()).hexdigest()
        buckets.append({**counts, "pauses": [20, 4, 2, 1, 1, 0], "draft_sha256": digest})
    return buckets


async def write(session: aiohttp.ClientSession, load: Load, headers: dict[str, str]) -> None:
    """One writer: claim, submit, claim, submit; or submit and get the next task in the answer."""
    task = NOTHING_IN_HAND
    while time.perf_counter() < load.stops_at:
        if task == NOTHING_IN_HAND:
            task = await claim(session, load, headers)
        else:
            task = await submit(session, load, headers, task)


async def claim(session: aiohttp.ClientSession, load: Load, headers: dict[str, str]) -> str:
    """Press "Start the next task" and return the address of the task."""
    started = time.perf_counter()
    async with session.post(f"{load.url}/work/claim/", headers=headers, allow_redirects=False) as response:
        body = await response.read()
    if response.status != 302 or "/work/tasks/" not in response.headers["Location"]:
        raise RuntimeError(f"no task: {response.status} {response.headers} {body[:500]!r}")
    noted(load, "claim", started)
    return response.headers["Location"]


async def submit(session: aiohttp.ClientSession, load: Load, headers: dict[str, str], task: str) -> str:
    """Press "Send" and return the address of the next task, or NOTHING_IN_HAND when none was asked for."""
    text = next(load.texts)
    sent = {"text": text, "base_revision": 0, "buckets": buckets_of(text), "is_attested": True}
    sent["claims_next"] = load.is_joined
    headers = {**headers, "Content-Type": "application/json"}
    body = orjson.dumps(sent)
    started = time.perf_counter()
    async with session.post(f"{load.url}{task}submit/", data=body, headers=headers) as response:
        answer = await response.read()
    if response.status == 422:
        load.failures.append(answer.decode())  # the gate refused the text; the next one will do
        return task
    if response.status != 200:
        raise RuntimeError(f"not sent: {response.status} {answer[:500]!r}")
    noted(load, "submit", started)
    following = orjson.loads(answer)["next"]
    return following["url"] if following else NOTHING_IN_HAND


def noted(load: Load, kind: str, started: float) -> None:
    """Remember how long a request took."""
    load.took[kind].append(1000 * (time.perf_counter() - started))


async def work(plan: dict[str, Any]) -> dict[str, Any]:
    """Let everybody write for `seconds`."""
    began = time.perf_counter()
    load = Load(plan["url"], itertools.cycle(plan["texts"]), plan["is_joined"], began + plan["seconds"])
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        await asyncio.gather(*(write(session, load, headers) for headers in plan["writers"]))
    return {
        "milliseconds": load.took,
        "seconds": time.perf_counter() - began,
        "processor_seconds": time.process_time(),
        "refused": load.failures,
    }


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(asyncio.run(work(orjson.loads(sys.stdin.buffer.read())))))
