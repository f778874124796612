"""How a request reaches its view: straight to a thread where the view is an ordinary function.

Django's own ASGI handler runs the middleware in the event loop and hops into a new thread for every part that is not
asynchronous, some twenty times for each request, at three times the cost of the same page under WSGI. Here a request for
an ordinary view goes through the whole chain in one thread of a small pool; only asynchronous views, such as streamed
answers, take Django's way.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache, partial
from typing import IO, Any, cast

import orjson
from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core.exceptions import RequestAborted, RequestDataTooBig
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.core.signals import request_started
from django.db import close_old_connections
from django.http import HttpResponseBase
from django.urls import Resolver404, URLResolver, get_resolver, resolve, set_script_prefix
from django.urls.resolvers import RoutePattern

from config.error_pages import error_body
from config.observing import request_note

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Handler(ASGIHandler):
    """Django's ASGI handler with a shorter way for views that are not asynchronous."""

    def __init__(self) -> None:
        super().__init__()
        self._chain = BaseHandler()
        self._chain.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(settings.WEB_THREADS, thread_name_prefix="web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        """Answer one request."""
        if scope["type"] != "http" or _is_asynchronous(scope["path"]):
            try:
                await super().__call__(scope, receive, send)  # type: ignore[arg-type]
            except RequestDataTooBig:
                await self._refuse(send)
            return
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        except RequestDataTooBig:
            await self._refuse(send)
            return
        loop = asyncio.get_running_loop()
        # The context keeps what one request sets, such as its language, out of the next one in the same thread.
        answer = partial(copy_context().run, self._respond, scope, body)
        working = loop.run_in_executor(self._threads, answer)
        try:
            response = await asyncio.shield(working)
        except asyncio.CancelledError:
            # The server dropped the request; its view goes on in the thread, and what it made is to be closed.
            response = await working
            await loop.run_in_executor(self._threads, response.close)
            raise
        try:
            if response.streaming:
                await self._stream(response, receive, send)
            else:
                await self.send_response(response, send)  # type: ignore[arg-type]
        finally:
            if not response.closed:
                await loop.run_in_executor(self._threads, response.close)

    def create_request(self, scope: Mapping[str, Any], body_file: IO[bytes]) -> Any:
        """The request, of which whoever observes it learns the route."""
        request, error_response = super().create_request(scope, body_file)
        request_note(request)
        return request, error_response

    async def read_body(self, receive: Receive) -> IO[bytes]:  # type: ignore[override]
        """The body of a request. Raises `RequestDataTooBig` for one that goes on too long, which is not read to its end."""
        most = settings.REQUEST_MAX_BYTES

        async def measured() -> dict[str, Any]:
            nonlocal most
            message = await receive()
            most -= len(message.get("body", b""))
            if most < 0:
                raise RequestDataTooBig
            return message

        return await super().read_body(measured)

    async def _refuse(self, send: Send) -> None:
        """Answer a request that is too large, in the form of the API, and hang up."""
        body = orjson.dumps(error_body(413, "body_too_large", "The request is too large. Send it in smaller parts."))
        headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _stream(self, response: HttpResponseBase, receive: Receive, send: Send) -> None:
        """Send a response that comes by and by, and stop as soon as nobody listens any more."""
        sending = asyncio.ensure_future(self.send_response(response, send))  # type: ignore[arg-type]
        leaving = asyncio.ensure_future(receive())
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not sending.done():
                sending.cancel()
            # Of a reader who left, also an error in sending is of no interest; any other is the server's to tell.
            failed = (await asyncio.gather(sending, return_exceptions=True))[0]
        if isinstance(failed, Exception) and not leaving.done():
            raise failed

    def _respond(self, scope: Scope, body: IO[bytes]) -> HttpResponseBase:
        """The response to a request; one that is complete is also closed, which gives its connection back."""
        set_script_prefix(get_script_prefix(scope))
        request_started.send(sender=type(self), scope=scope)
        request, error_response = self.create_request(scope, body)
        response = cast(HttpResponseBase, error_response if request is None else self._chain.get_response(request))
        if response.streaming:
            close_old_connections()  # a stream may take minutes, and holds none meanwhile
        else:
            response.close()
        body.close()
        return response


def _is_asynchronous(path: str) -> bool:
    """Whether an asynchronous view has this address. Django resolves it once more: of most, their beginning tells us."""
    if not path.startswith(_asynchronous_starts(get_resolver())):
        return False
    try:
        return iscoroutinefunction(resolve(path).func)
    except Resolver404:
        return False


@cache
def _asynchronous_starts(resolver: URLResolver) -> tuple[str, ...]:
    """What the addresses of asynchronous views begin with, as far as it is the same in every address of a view."""
    return tuple(f"/{start}" for start in _starts_in(resolver, ""))


def _starts_in(resolver: URLResolver, before: str) -> list[str]:
    starts = []
    for pattern in resolver.url_patterns:
        route = str(pattern.pattern) if isinstance(pattern.pattern, RoutePattern) else "<"
        fixed, changes, _rest = route.partition("<")
        start = before + fixed
        if isinstance(pattern, URLResolver):
            inside = _starts_in(pattern, start)
            starts += [start] if changes and inside else inside
        elif iscoroutinefunction(pattern.callback):
            starts.append(start)
    return starts
