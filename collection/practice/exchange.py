"""One exchange with one client: reading its request, sending to it, waiting beside it, and a record of how it went."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Literal
from uuid import uuid4

import orjson

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Ending = Literal["complete", "disconnected", "fault"]

BODY_LIMIT_BYTES = 1024 * 1024


class ClientGone(Exception):
    """The client closed its connection."""


class BodyTooLarge(Exception):
    """The request is larger than any honest one."""


class Exchange:
    """Raises ClientGone from whatever it is doing at the moment the client disconnects."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.id = uuid4().hex
        self.path: str = scope["path"]
        # Two requests from one port came over one connection.
        self.client_port: int = scope["client"][1] if scope.get("client") else 0
        self.started = time.time()
        self.first_sent: float | None = None
        self.ended_at: float | None = None
        self.chunks_sent = 0
        self.ended: Ending | None = None
        self.fault: str | None = None
        self.asked: dict[str, object] = {}
        self._receive = receive
        self._send = send
        self._is_gone = False
        self._waiter: asyncio.Future[None] | None = None
        self._watch: asyncio.Task[None] | None = None

    def record(self) -> dict[str, object]:
        """What `/practice/log` tells; `asked` is the request without its text."""
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}

    async def body_read(self) -> bytes:
        """The whole request body; from here on, the client's leaving is watched for."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            part = message.get("body", b"")
            size += len(part)
            if size > BODY_LIMIT_BYTES:
                raise BodyTooLarge
            parts.append(part)
            if not message.get("more_body", False):
                break
        self._watch = asyncio.ensure_future(self._leaving_watch())
        return b"".join(parts)

    async def pause_until(self, when: float | None) -> None:
        """Wait until this time of the event loop, or, with None, for as long as the client stays."""
        loop = asyncio.get_running_loop()
        if self._is_gone:
            raise ClientGone
        waiter = self._waiter = loop.create_future()
        timer = loop.call_at(when, _settle, waiter) if when is not None else None
        try:
            await waiter
        finally:
            if timer is not None:
                timer.cancel()
        if self._is_gone:
            raise ClientGone

    async def start(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        request_id = (b"x-request-id", b"req_" + self.id.encode())
        await self._send({"type": "http.response.start", "status": status, "headers": [*headers, request_id]})

    async def write(self, body: bytes) -> None:
        if self._is_gone:
            raise ClientGone
        await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def finish(self, body: bytes = b"") -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": False})

    async def json_send(self, status: int, content: object, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        body = orjson.dumps(content)
        length = (b"content-length", str(len(body)).encode())
        await self.start(status, [(b"content-type", b"application/json"), length, *headers])
        await self.finish(body)

    def end(self, ending: Ending) -> None:
        """Note how it ended; the first word stands."""
        if self.ended is None:
            self.ended = ending
            self.ended_at = time.time()
        if self._watch is not None:
            self._watch.cancel()

    async def _leaving_watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._is_gone = True
        if self._waiter is not None:
            _settle(self._waiter)


def _settle(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
