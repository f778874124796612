"""What machines ask this process: whether it lives, whether it can serve, and its figures.

They ask by the process's own address, without HTTPS: `probes_first` answers before hosts and schemes are looked at.
"""

from collections.abc import Awaitable, Callable
from secrets import compare_digest

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.decorators import sync_and_async_middleware
from prometheus_client import CONTENT_TYPE_LATEST
from redis.exceptions import RedisError

from config.addresses import client_address
from config.checks import is_loopback
from config.metrics import exposition
from config.middleware import GetResponse


def health(request: HttpRequest) -> HttpResponse:
    """Says "ok" while this process answers. It asks no engine: a restart of the web server mends none."""
    return HttpResponse("ok", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """Whether this process can serve people: 200 or 503, with what each part said. For load balancers."""
    parts = {"database": _database(), "migrations": _migrations(), "redis": _redis()}
    is_ready = all(state == "ok" for state in parts.values())
    response = JsonResponse({"is_ready": is_ready, "parts": parts}, status=200 if is_ready else 503)
    response["Cache-Control"] = "no-store"
    return response


def measurements(request: HttpRequest) -> HttpResponse:
    """The figures, to whoever has the token; without a token of the installation, to this machine alone."""
    if not _may_read(request):
        return HttpResponse("not found", content_type="text/plain", status=404)
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    # What a proxy on this machine hands on comes from here as well, and is from outside all the same.
    is_handed_on = settings.TRUSTED_PROXIES > 0 or any(
        name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-Ip")
    )
    return not is_handed_on and is_loopback(client_address(request) or "")


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "away"
    return "ok"


def _migrations() -> str:
    try:
        return "ok" if _are_migrations_applied() else "behind"
    except DatabaseError:
        return "away"


_applied: set[bool] = set()


def _are_migrations_applied() -> bool:
    """Whether the database has all that this code needs; once it has, it stays so."""
    if not _applied:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _applied.add(True)
    return True


def _redis() -> str:
    try:
        cache.get("ready")
    except (RedisError, OSError):
        return "away"
    return "ok"


PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": health,
    "/readyz": ready,
    "/metrics": measurements,
}


@sync_and_async_middleware
class probes_first:  # noqa: N801 - used as a function, as Django's own function middleware is
    """Answer the probes here: the checks of hosts and HTTPS below would turn them away."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        probe = PROBES.get(request.path) if request.method in {"GET", "HEAD"} else None
        if probe is None:
            return self.get_response(request)
        return sync_to_async(probe)(request) if self.is_async else probe(request)
