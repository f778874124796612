"""A bare byte relay in front of the upstream, as an ASGI program: what any server on the way must cost at least.

`granian --interface asginl tests.bench.relay:application`, with the upstream's address in RELAY_TO.
"""

import os
from typing import Any

import aiohttp

UPSTREAM = os.environ.get("RELAY_TO", "")
_sessions: list[aiohttp.ClientSession] = []


def _session() -> aiohttp.ClientSession:
    if not _sessions:
        _sessions.append(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
    return _sessions[0]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Pass a request's body on, and each piece of the answer back."""
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    headers = {"Content-Type": "application/json"}
    async with _session().request(scope["method"], UPSTREAM + scope["path"], data=body, headers=headers) as answer:
        kind = [(b"content-type", answer.headers["Content-Type"].encode())]
        await send({"type": "http.response.start", "status": answer.status, "headers": kind})
        async for piece in answer.content.iter_any():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
