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
from functools import cache
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

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
    from ssl import SSLContext

    from aiohttp import ClientResponse, ClientSession
    from openai import OpenAI
    from yarl import URL

log = logging.getLogger(__name__)

PRACTICE_MODEL = "practice"
OPENAI_URL = "https://api.openai.com/v1"

OF_A_STREAM = {
    "Accept": "text/event-stream",
    "Accept-Encoding": "identity",  # small pieces do not get smaller by compression, only later
    "Content-Type": "application/json",
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


@dataclass(frozen=True, slots=True)
class Line:
    """The connections to the provider, and what is the same in every request for a stream."""

    connections: "ClientSession"
    completions_url: "URL"
    options: dict[str, Any]


_lines: "dict[tuple[asyncio.AbstractEventLoop, Target], Line]" = {}
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


def line_of_loop() -> Line:
    """The running loop's. It never retries: that is for the caller, who knows whether anybody still waits."""
    key = (asyncio.get_running_loop(), _target())
    line = _lines.get(key)
    if line is None:
        for loop, target in list(_lines):
            if loop.is_closed():
                del _lines[loop, target]
        line = _lines[key] = _line_make(key[1])
    return line


async def completion_begin(question: dict[str, Any]) -> "ClientResponse":
    """Ask for a chat completion; the response's body is still unread, and is the caller's to close. Raises ProviderError.

    The SDK says where to ask and as whom; asked is through aiohttp, which its own quick client stands on. To have the SDK
    build and send each request takes seven times as long.
    """
    line = line_of_loop()
    try:
        response = await line.connections.post(line.completions_url, data=orjson.dumps(question), **line.options)
        if 200 <= response.status < 300:
            return response
        async with response:
            code = _code_in(await response.read())
        fault = _error_of_status(response.status, code, response.headers)
    except transport_exceptions() as raised:
        fault = _error_of_asking(raised)
    # Out here, so that what the provider said is not carried along as the context of ours.
    raise fault


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
    for loop, target in list(_lines):
        if loop is running:
            await _lines.pop((loop, target)).connections.close()


def transport_exceptions() -> tuple[type[Exception], ...]:
    """What asking for a stream and reading it raise: for an `except`, which asks only once something was raised."""
    from aiohttp import ClientError

    return (ClientError,)


def provider_exceptions() -> tuple[type[Exception], ...]:
    """What the SDK and its transport raise, likewise."""
    from httpx2 import HTTPError
    from openai import OpenAIError

    return OpenAIError, HTTPError


def error_of(raised: Exception) -> ProviderError:
    """Our error for one of `provider_exceptions`. The provider's own message stays behind: it may name our account."""
    from httpx2 import HTTPError, ReadTimeout
    from openai import APIConnectionError, APIStatusError

    if isinstance(raised, APIStatusError):
        return _error_of_status(raised.status_code, raised.code, raised.response.headers)
    if isinstance(raised, APIConnectionError):
        return FirstTokenTimeout() if isinstance(raised.__cause__, ReadTimeout) else Unreachable()
    return StreamCut() if isinstance(raised, HTTPError) else ProviderRefused()  # the SDK itself would not send it


def error_of_reading(raised: Exception, *, has_begun: bool, request_id: str | None) -> ProviderError:
    """Our error for one of `transport_exceptions`, once there is a response."""
    from aiohttp import ClientResponseError

    if isinstance(raised, ClientResponseError):
        return MalformedAnswer(request_id=request_id)  # not HTTP
    return StreamCut(has_begun=has_begun, request_id=request_id)


def _error_of_asking(raised: Exception) -> ProviderError:
    from aiohttp import ClientHttpProxyError, ClientResponseError

    is_not_http = isinstance(raised, ClientResponseError) and not isinstance(raised, ClientHttpProxyError)
    return MalformedAnswer() if is_not_http else Unreachable()


def _code_in(body: bytes) -> object:
    """The code of an error, where there is one that can be read."""
    try:
        return orjson.loads(body)["error"]["code"]
    except (ValueError, LookupError, TypeError):
        return None


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


def _line_make(target: Target) -> Line:
    from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
    from openai import AsyncOpenAI, DefaultAioHttpClient
    from yarl import URL

    # Its own connections are made at their first use, which never comes.
    unused = DefaultAioHttpClient(verify=_trust(), trust_env=False)
    client = AsyncOpenAI(base_url=target.base_url, api_key=target.api_key, http_client=unused)
    said = {name: value for name, value in client.default_headers.items() if isinstance(value, str)}
    url = URL(f"{client.base_url}chat/completions")
    connector = TCPConnector(limit=MAX_CONNECTIONS, keepalive_timeout=15, ssl=_trust())
    return Line(
        ClientSession(connector=connector, cookie_jar=DummyCookieJar()),
        url,
        {
            "headers": said | client.auth_headers | OF_A_STREAM,
            "allow_redirects": False,  # the key goes to the address in the settings and to no other
            "proxy": None if target.is_direct else _proxy_for(url.scheme, url.host or ""),
            # Reading is timed in `answer.py`, which can tell a comment from a word.
            "timeout": ClientTimeout(sock_connect=target.connect_seconds),
        },
    )


@cache
def _trust() -> "SSLContext":
    """Whose certificates are good, as the SDK has it."""
    from httpx2 import create_ssl_context

    return create_ssl_context()


def _proxy_for(scheme: str, host: str) -> str | None:
    """As the environment says it."""
    proxies = getproxies()
    return None if proxy_bypass(host) else proxies.get(scheme) or proxies.get("all")


def _sync_client_make(target: Target) -> "OpenAI":
    from httpx2 import Timeout
    from openai import DefaultHttpxClient, OpenAI

    seconds = target.idle_seconds
    timeout = Timeout(connect=target.connect_seconds, read=seconds, write=seconds, pool=None)
    transport = DefaultHttpxClient(timeout=timeout, follow_redirects=False, trust_env=not target.is_direct)
    return OpenAI(
        base_url=target.base_url, api_key=target.api_key, timeout=timeout, max_retries=0, http_client=transport
    )


def _error_of_status(status: int, code: object, headers: "Mapping[str, str]") -> ProviderError:
    retry_after_seconds = _retry_after(headers)
    request_id = headers.get("x-request-id")
    if status == 429 and code != "insufficient_quota":
        return RateLimited(retry_after_seconds=retry_after_seconds, request_id=request_id)
    if status in (408, 409) or status >= 500:
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
