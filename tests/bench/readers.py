"""Many readers of streamed answers at once, each on a connection of its own: `python -m tests.bench.readers < plan > result`.

A program of its own on bare sockets, so that it takes as little as it can of the cores it shares with the site.
"""

import asyncio
import hashlib
import sys
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

HEAD_END = b"\r\n\r\n"
BODY_END = b"\r\n0\r\n\r\n"
GOOD_START = b"HTTP/1.1 200 "
PATIENCE_SECONDS = 90


@dataclass
class Load:
    """What is expected, and what each answer took: when it was asked, seconds to its first and last token, its end."""

    first_mark: bytes
    text_sha256: str
    stops_at: float
    enough: int
    took: list[tuple[float, float, float, float]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        return time.perf_counter() >= self.stops_at or len(self.took) + len(self.failures) >= self.enough


class Reader(asyncio.Protocol):
    """One connection: one answer after the other."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.body = bytearray()
        self.mark = b""
        self.first_at = 0.0
        self.last_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def ask(self, request: bytes, mark: bytes) -> "asyncio.Future[None]":
        """Send a request; the future is done when its answer has ended."""
        self.body.clear()
        self.mark = mark
        self.first_at = 0.0
        self.done = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.done

    def data_received(self, data: bytes) -> None:
        self.body += data
        if self.mark in data:
            self.last_at = time.perf_counter()
            self.first_at = self.first_at or self.last_at
        # A refusal comes in one piece, and is not chunked.
        if (self.body.endswith(BODY_END) or not self.body.startswith(GOOD_START)) and not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError("the connection was closed"))


def events_of(answer: bytes) -> list[Any]:
    """The data of all events of a chunked answer."""
    _head, _, rest = answer.partition(HEAD_END)
    body = bytearray()
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        body += rest[:length]
        rest = rest[length + 2 :]
    lines = (line[6:] for line in bytes(body).split(b"\n") if line.startswith(b"data: "))
    return [orjson.loads(line) for line in lines if line != b"[DONE]"]


def text_of(events: list[Any]) -> str:
    """The text in the events, ours or the provider's."""
    parts = []
    for event in events:
        if "text" in event:
            parts.append(event["text"])
        elif event.get("choices"):
            parts.append(event["choices"][0]["delta"].get("content") or "")
    return "".join(parts)


async def read(load: Load, request: bytes, host: str, port: int) -> None:
    """One reader: ask, read to the end, check that the text is whole, ask again."""
    loop = asyncio.get_running_loop()
    reader: Reader | None = None
    while not load.is_over:
        try:
            if reader is None:
                _transport, reader = await loop.create_connection(Reader, host, port)
            asked = time.perf_counter()
            await asyncio.wait_for(reader.ask(request, load.first_mark), PATIENCE_SECONDS)
            ended = time.perf_counter()
            if not reader.body.startswith(GOOD_START):
                load.failures.append(bytes(reader.body[:400]).decode(errors="replace"))
                reader.transport.close()
                reader = None
                await asyncio.sleep(0.05)
                continue
            found = hashlib.sha256(text_of(events_of(bytes(reader.body))).encode()).hexdigest()
            if found != load.text_sha256:
                load.failures.append(bytes(reader.body[-400:]).decode(errors="replace"))
                continue
            load.took.append((asked, reader.first_at - asked, reader.last_at - asked, ended))
        except (OSError, TimeoutError, ValueError) as error:
            load.failures.append(repr(error))
            reader = None
            await asyncio.sleep(0.05)


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Let everybody read for `warm_seconds` and then for `seconds`; what was asked in the latter counts."""
    address = urlsplit(plan["url"])
    began = time.perf_counter()
    counts_from = began + plan["warm_seconds"]
    load = Load(
        plan["first_mark"].encode(),
        plan["text_sha256"],
        counts_from + plan["seconds"],
        plan.get("enough") or sys.maxsize,
    )
    streams = plan["streams"]
    # One for each reader: a participant has one answer at a time.
    requests = [request.encode() for request in plan["requests"]]
    # They do not come all in one moment, but spread over the time of an answer.
    step = min(0.02, 2.0 / streams)

    async def one(number: int) -> None:
        await asyncio.sleep(number * step)
        await read(load, requests[number % len(requests)], address.hostname or "", address.port or 80)

    await asyncio.gather(*(one(number) for number in range(streams)))
    counted = [one for one in load.took if one[0] >= counts_from]
    in_time = sum(counts_from <= ended < load.stops_at for *_times, ended in load.took)
    return {
        "first_ms": [1000 * first for _asked, first, _last, _ended in counted],
        "last_ms": [1000 * last for _asked, _first, last, _ended in counted],
        "answers": len(load.took),
        "per_second": in_time / plan["seconds"],
        "failures": load.failures,
        "processor_seconds": time.process_time(),
    }


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(asyncio.run(run(orjson.loads(sys.stdin.buffer.read())))))
