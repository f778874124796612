"""The SDK's clients, one for each event loop, and what their errors mean in ours. Alone in the project in importing `openai`.

The SDK takes more than a second to import, so that happens at the first use, not with every command; a web worker calls
`warm_up()` when it starts, or its first visitor would wait.
"""

import asyncio
import logging
import math
import os
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import orjson
from django.conf import settings

from collection.gateway.errors import (
    FirstTokenTimeout,
    MalformedAnswer,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    RateLimited,
    StreamCut,
    Unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from httpx2 import Response, Timeout
    from openai import APIStatusError, AsyncOpenAI, OpenAI

log = logging.getLogger(__name__)

PRACTICE_MODEL = "practice"
OPENAI_URL = "https://api.openai.com/v1"

UNREAD = {
    "Content-Type": "application/json",
    "X-Stainless-Raw-Response": "stream",  # how the SDK's own `with_streaming_response` asks for an unread body
    "Accept-Encoding": "identity",  # small pieces do not get smaller by compression, only later
}
# Streams under way at once from one process; a further one waits for a place until its first-token limit.
MAX_CONNECTIONS = 1000


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go, and with what: a client is made for exactly one."""

    base_url: str
    api_key: str
    connect_seconds: float
    idle_seconds: float
    is_direct: bool  # not through the proxy of HTTP_PROXY, behind which loopback is not


_async_clients: "dict[tuple[asyncio.AbstractEventLoop, Target], AsyncOpenAI]" = {}
_sync_clients: "dict[tuple[int, Target], OpenAI]" = {}
_sync_lock = threading.Lock()


def is_practice() -> bool:
    """Whether answers come from the practice provider: nothing of them may leave a demonstration."""
    return bool(settings.IS_PRACTICE)


def provider_name() -> Literal["practice", "openai", "compatible"]:
    if is_practice():
        return "practice"
    host = urlsplit(settings.OPENAI_BASE_URL or OPENAI_URL).hostname or ""
    return "openai" if host == "api.openai.com" or host.endswith(".api.openai.com") else "compatible"


def warm_up() -> None:
    """Pay for the SDK's import now."""
    import openai  # noqa: F401


def async_client() -> "AsyncOpenAI":
    """The running loop's client. It never retries: that is for the caller, who knows whether anybody still waits."""
    key = (asyncio.get_running_loop(), _target())
    client = _async_clients.get(key)
    if client is None:
        for loop, target in list(_async_clients):
            if loop.is_closed():
                del _async_clients[loop, target]
        client = _async_clients[key] = _async_client_make(key[1])
    return client


async def completion_begin(question: dict[str, Any]) -> "Response":
    """Ask for a chat completion; the response's body is still unread, and is the caller's to close.

    Through the SDK's own door for requests it has no types for: building its typed request takes twice as long as all the
    rest of asking.
    """
    from httpx2 import Response

    return await async_client().post(
        "/chat/completions", cast_to=Response, content=orjson.dumps(question), options={"headers": UNREAD}
    )


def sync_client(target: Target | None = None) -> "OpenAI":
    """This process's client for jobs, by default that of the provider in the settings; a forked worker makes its own, never
    sharing the parent's sockets.
    """
    key = (os.getpid(), target or _target())
    with _sync_lock:
        client = _sync_clients.get(key)
        if client is None:
            client = _sync_clients[key] = _sync_client_make(key[1])
    return client


async def clients_close() -> None:
    """Close the running loop's connections: when a server stops, or a test ends."""
    running = asyncio.get_running_loop()
    for loop, target in list(_async_clients):
        if loop is running:
            await _async_clients.pop((loop, target)).close()


def provider_exceptions() -> tuple[type[Exception], ...]:
    """What the SDK and its transport raise: for an `except`, which asks only once something was raised."""
    from aiohttp import ClientError
    from httpx2 import HTTPError
    from openai import OpenAIError

    return OpenAIError, HTTPError, ClientError


def error_of(raised: Exception, *, has_begun: bool = False, request_id: str | None = None) -> ProviderError:
    """Our error for one of `provider_exceptions`. The provider's own message stays behind: it may name our account."""
    from aiohttp import ClientError
    from httpx2 import HTTPError, ReadTimeout
    from openai import APIConnectionError, APIStatusError

    if isinstance(raised, APIStatusError):
        return _error_of_status(raised)
    if isinstance(raised, APIConnectionError):
        kind = FirstTokenTimeout if isinstance(raised.__cause__, ReadTimeout) else Unreachable
        return kind(has_begun=has_begun, request_id=request_id)
    if isinstance(raised, HTTPError):
        return StreamCut(has_begun=has_begun, request_id=request_id)
    if isinstance(raised, ClientError):
        return MalformedAnswer(request_id=request_id)  # not HTTP; the adapter has no name for it
    return ProviderRefused(request_id=request_id)  # the SDK itself would not send the request


def error_log(error: ProviderError) -> ProviderError:
    """Note the code and the request's number, which the provider's support asks for; nothing else is safe to keep."""
    log.warning("The provider gave no whole answer: %s (request %s)", error.code, error.request_id or "unknown")
    return error


def _target() -> Target:
    practising = is_practice()
    return Target(
        base_url=settings.OPENAI_BASE_URL or OPENAI_URL,
        # A real key has no business with the practice provider. The SDK insists on one, a compatible server may not.
        api_key=PRACTICE_MODEL if practising else settings.OPENAI_API_KEY or "unset",
        connect_seconds=settings.PROVIDER_CONNECT_SECONDS,
        idle_seconds=settings.PROVIDER_IDLE_SECONDS,
        is_direct=practising,
    )


def _async_client_make(target: Target) -> "AsyncOpenAI":
    from httpx2 import Limits
    from openai import AsyncOpenAI, DefaultAioHttpClient

    # Reading is timed in `answer.py`, which can tell a comment from a word.
    timeout = _timeout(target, read_seconds=None)
    transport = DefaultAioHttpClient(
        timeout=timeout,
        limits=Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=15),
        follow_redirects=False,  # the key goes to the address in the settings and to no other
        trust_env=not target.is_direct,
    )
    return AsyncOpenAI(
        base_url=target.base_url, api_key=target.api_key, timeout=timeout, max_retries=0, http_client=transport
    )


def _sync_client_make(target: Target) -> "OpenAI":
    from openai import DefaultHttpxClient, OpenAI

    timeout = _timeout(target, read_seconds=target.idle_seconds)
    transport = DefaultHttpxClient(timeout=timeout, follow_redirects=False, trust_env=not target.is_direct)
    return OpenAI(
        base_url=target.base_url, api_key=target.api_key, timeout=timeout, max_retries=0, http_client=transport
    )


def _timeout(target: Target, *, read_seconds: float | None) -> "Timeout":
    from httpx2 import Timeout

    return Timeout(connect=target.connect_seconds, read=read_seconds, write=target.idle_seconds, pool=None)


def _error_of_status(raised: "APIStatusError") -> ProviderError:
    retry_after_seconds = _retry_after(raised.response.headers)
    request_id = raised.request_id
    if raised.status_code == 429 and raised.code != "insufficient_quota":
        return RateLimited(retry_after_seconds=retry_after_seconds, request_id=request_id)
    if raised.status_code in (408, 409) or raised.status_code >= 500:
        return ProviderUnavailable(retry_after_seconds=retry_after_seconds, request_id=request_id)
    return ProviderRefused(request_id=request_id)


def _retry_after(headers: "Mapping[str, str]") -> float | None:
    """Seconds to wait, from a header that may hold seconds or a date; None if it holds neither."""
    try:
        if "retry-after-ms" in headers:
            seconds = float(headers["retry-after-ms"]) / 1000
        else:
            seconds = float(headers.get("retry-after", ""))
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(headers.get("retry-after", "")) - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
