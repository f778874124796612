"""The practice provider as a server of its own, for every test that asks for an answer; and a server that says bytes as given."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30


@dataclass(frozen=True)
class Provider:
    """A running practice provider."""

    url: str

    @property
    def base_url(self) -> str:
        return self.url + "/v1"

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=10) as response:
            return json.load(response)

    def post(self, path: str, body: object, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        request = urllib.request.Request(
            self.url + path,
            data=body if isinstance(body, bytes) else json.dumps(body).encode(),
            headers={"content-type": "application/json", **(headers or {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def answer(self, prompt: str) -> str:
        """The whole answer to a prompt, asked for without streaming."""
        status, body = self.post("/v1/chat/completions", {"messages": [{"role": "user", "content": prompt}]})
        assert status == 200
        return str(body["choices"][0]["message"]["content"])

    def requests(self) -> list[dict[str, Any]]:
        """What became of the latest requests, the newest first."""
        return list(self.get("/practice/log")["requests"])

    def requests_by(self, safety_identifier: str) -> list[dict[str, Any]]:
        return [one for one in self.requests() if one["asked"].get("safety_identifier") == safety_identifier]

    def wait_for(
        self, safety_identifier: str, is_met: Callable[[dict[str, Any]], bool], seconds: float = 5
    ) -> dict[str, Any]:
        """The newest request of this identity, once it is as wanted. In a coroutine, call it through `to_thread`."""
        until = time.monotonic() + seconds
        while True:
            found = self.requests_by(safety_identifier)
            if found and is_met(found[0]):
                return found[0]
            assert time.monotonic() < until, f"the request never got there: {found}"
            time.sleep(0.02)

    def wait_for_end(self, safety_identifier: str, seconds: float = 5) -> dict[str, Any]:
        return self.wait_for(safety_identifier, lambda request: request["ended"] is not None, seconds)


@contextmanager
def provider_run(
    *, first_ms: int = 20, token_ms: int = 3, slow_ms: int = 20_000, tokens: int = 0
) -> Iterator[Provider]:
    """Start a practice provider on a free port of loopback, and stop it at the end."""
    pace = {"FIRST_MS": first_ms, "TOKEN_MS": token_ms, "SLOW_MS": slow_ms, "TOKENS": tokens}
    environment = {**os.environ, **{f"HITODE_PRACTICE_{name}": str(value) for name, value in pace.items()}}
    for _ in range(3):  # somebody else may take the port between our asking for it and its use
        port = free_port()
        command = [sys.executable, "-m", "granian", "--interface", "asginl", "--no-ws", "--log-level", "error"]
        process = subprocess.Popen(
            [*command, "--port", str(port), "collection.practice.app:application"],
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            provider = Provider(f"http://127.0.0.1:{port}")
            if _is_up(provider, process):
                yield provider
                return
        finally:
            process.terminate()
            process.wait(timeout=10)
    raise RuntimeError(
        "The practice provider does not start; run `granian --interface asginl collection.practice.app:application`."
    )


def _is_up(provider: Provider, process: "subprocess.Popen[bytes]") -> bool:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            return bool(provider.get("/healthz")["model"] == "practice")
        except (OSError, KeyError, ValueError):
            time.sleep(0.05)
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def practice_provider() -> Iterator[Provider]:
    """One practice provider for the whole run, quick of speech."""
    with provider_run() as provider:
        yield provider


@pytest.fixture
def provider(practice_provider: Provider, settings: Settings) -> Provider:
    """The practice provider, with the settings pointing at it."""
    settings.OPENAI_BASE_URL = practice_provider.base_url
    settings.OPENAI_API_KEY = ""
    settings.IS_PRACTICE = True
    return practice_provider


@dataclass
class RawServer:
    """Says the given segments to everybody who asks, each in a TCP segment of its own, and then closes."""

    segments: Sequence[bytes]
    base_url: str = ""
    heard: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            self.heard.append(head + await reader.readexactly(length))
            for segment in self.segments:
                writer.write(segment)
                await writer.drain()
                await asyncio.sleep(0)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


EVENT_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\nx-request-id: req_raw\r\n\r\n"
)


@asynccontextmanager
async def raw_server(*segments: bytes, head: bytes = EVENT_STREAM_HEAD) -> AsyncIterator[RawServer]:
    """A server that answers with exactly these bytes, for what a well-behaved program never sends."""
    raw = RawServer([head, *segments])
    server = await asyncio.start_server(raw.serve, "127.0.0.1", 0)
    raw.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server:
        yield raw
