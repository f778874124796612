"""Middleware of our own: errors raised on purpose become responses, and pages say what they may load and use."""

from collections.abc import Awaitable, Callable
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from config.error_pages import error_response
from config.errors import DomainError

GetResponse = Callable[[HttpRequest], HttpResponseBase] | Callable[[HttpRequest], Awaitable[HttpResponseBase]]

# What a page of ours, or one that it shows, may ask of a browser: passkeys, and nothing else.
PERMISSIONS = ", ".join(
    [
        *(
            f"{name}=()"
            for name in ("accelerometer", "autoplay", "camera", "clipboard-read", "display-capture", "geolocation")
        ),
        *(f"{name}=()" for name in ("gyroscope", "magnetometer", "microphone", "midi", "payment", "serial", "usb")),
        "publickey-credentials-create=(self)",
        "publickey-credentials-get=(self)",
    ]
)


class ContentSecurityPolicy(CSPMiddleware):
    """django-csp's, which puts the same header together for every response; here it is made once for those that ask nothing."""

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self._policy = build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the header."""
        is_plain = not any(name.startswith("_csp_") for name in (*vars(response), *vars(request)))
        if settings.DEBUG or not is_plain:
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._policy)
        return response


@sync_and_async_middleware
def permissions_policy(get_response: GetResponse) -> GetResponse:
    """Add the header Permissions-Policy to every response."""
    if iscoroutinefunction(get_response):

        async def in_loop(request: HttpRequest) -> HttpResponseBase:
            response = await cast(Awaitable[HttpResponseBase], get_response(request))
            response["Permissions-Policy"] = PERMISSIONS
            return response

        return in_loop

    def in_thread(request: HttpRequest) -> HttpResponseBase:
        response = cast(HttpResponseBase, get_response(request))
        response["Permissions-Policy"] = PERMISSIONS
        return response

    return in_thread


@sync_and_async_middleware
class domain_errors:  # noqa: N801 - used as a function, as Django's own function middleware is
    """Answer a request whose view raised a DomainError; runs in the event loop or in a thread, without hopping."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Called by Django with what a view raised."""
        if isinstance(exception, DomainError):
            return cast(HttpResponseBase, error_response(request, exception))
        return None
