"""Addresses for the tests of the ground floor: views that fail, each in its own way, and a few that do not."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import ClassVar

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import include, path, re_path
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.errors import Conflict, NotFound
from config.urls import handler400, handler403, handler404, handler500
from config.urls import urlpatterns as real

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class Numbers(serializers.Serializer[object]):
    number = serializers.IntegerField()


def conflict(request: HttpRequest) -> HttpResponse:
    raise Conflict(revision=7)


async def conflict_async(request: HttpRequest) -> HttpResponse:
    raise Conflict(revision=7)


async def in_the_loop(request: HttpRequest, number: int) -> HttpResponse:
    asyncio.get_running_loop()  # raises anywhere else
    return HttpResponse(b"in the loop" if threading.current_thread() is threading.main_thread() else b"in a thread")


def missing(request: HttpRequest) -> HttpResponse:
    raise Http404("the internal reason")


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("the internal reason")


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("the internal reason")


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the internal reason")


@csrf_exempt
def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.body)


def streamed(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([b"one ", b"two ", b"three"]))


class Endless(StreamingHttpResponse):
    """An asynchronous stream that the server reads as it is, and that notes when it is left and when it is closed."""

    noted: ClassVar[list[str]] = []

    def __init__(self) -> None:
        self._parts = self.parts()
        super().__init__(self._parts)

    async def parts(self) -> AsyncGenerator[bytes, None]:
        try:
            while True:
                yield b"more "
        finally:
            self.noted.append("left")

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._parts

    def close(self) -> None:
        self.noted.append("closed")
        super().close()


def endless(request: HttpRequest) -> HttpResponse:
    return Endless()


def endless_slowly(request: HttpRequest) -> HttpResponse:
    time.sleep(0.2)
    return Endless()


def language_now(request: HttpRequest) -> HttpResponse:
    time.sleep(0.01)  # so that requests overlap
    return HttpResponse(get_language())


@api_view(["GET", "POST"])
@permission_classes([AllowAny])
def api(request: Request, what: str) -> Response:
    if what == "conflict":
        raise Conflict(revision=7)
    if what == "missing":
        raise Http404
    if what == "domain-missing":
        raise NotFound
    if what == "forbidden":
        raise PermissionDenied
    if what == "throttled":
        raise exceptions.Throttled(wait=3)
    if what == "invalid":
        Numbers(data={"number": "many"}).is_valid(raise_exception=True)
    raise RuntimeError("the internal reason")


urlpatterns = [
    path("conflict", conflict),
    path("conflict-async", conflict_async),
    path("numbered/<int:number>/", include([path("whole-async", in_the_loop)])),
    re_path(r"^regular-(?P<number>\d)-async$", in_the_loop),
    path("missing", missing),
    path("forbidden", forbidden),
    path("suspicious", suspicious),
    path("broken", broken),
    path("echo", echo),
    path("streamed", streamed),
    path("endless", endless),
    path("endless-slowly", endless_slowly),
    path("language-now", language_now),
    path("api/<str:what>", api),
    *real,
]
