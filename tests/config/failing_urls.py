"""Addresses whose views fail, each in its own way, for the tests of how errors look."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from rest_framework import exceptions, serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.errors import Conflict, NotFound
from config.urls import handler400, handler403, handler404, handler500, urlpatterns as real

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class Numbers(serializers.Serializer[object]):
    number = serializers.IntegerField()


def conflict(request: HttpRequest) -> HttpResponse:
    raise Conflict(revision=7)


async def conflict_async(request: HttpRequest) -> HttpResponse:
    raise Conflict(revision=7)


def missing(request: HttpRequest) -> HttpResponse:
    raise Http404("the internal reason")


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("the internal reason")


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("the internal reason")


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the internal reason")


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
    path("missing", missing),
    path("forbidden", forbidden),
    path("suspicious", suspicious),
    path("broken", broken),
    path("api/<str:what>", api),
    *real,
]
