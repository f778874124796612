"""The navigation: each app's `doors` module says which doors a seat sees; here they are gathered for one request."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from config.access import Seat, seat_of

# In this order; each is `doors_for(seat: Seat | None) -> list[Door]`, where None is the public.
DOORS = ["annotation.doors.doors_for", "collection.doors.doors_for", "vendors.doors.doors_for"]

# Each is `footer_doors() -> list[Door]`: what stands at the foot of every public page.
FOOTERS = ["collection.doors.footer_doors"]

# Each is `security_doors_for(seat: Seat) -> list[Door]`: the tabs beside those of signing in.
SECURITY = ["vendors.doors.security_doors_for"]


@dataclass(frozen=True, slots=True)
class Door:
    """A way into a room; `count` is what waits there, and 0 or None shows nothing."""

    url_name: str
    label: str | Promise
    count: int | None = None


def doors_of(request: HttpRequest) -> list[dict[str, Any]]:
    """The doors of the person who asks, with the innermost one that leads to this page marked."""
    seat = seat_of(request) if hasattr(request, "user") else None
    present = [name for name in DOORS if find_spec(name.rpartition(".")[0])]
    getters = [cast(Callable[[Seat | None], list[Door]], import_string(name)) for name in present]
    doors = [door for getter in getters for door in getter(seat)]
    items = [{"url": reverse(door.url_name), "label": door.label, "count": door.count} for door in doors]
    around = [str(item["url"]) for item in items if request.path.startswith(str(item["url"]))]
    nearest = max(around, key=len, default="")
    for item in items:
        item["is_current"] = item["url"] == nearest and (nearest != "/" or request.path == "/")
    return items


def footer_links() -> list[dict[str, Any]]:
    """The links at the foot of a public page."""
    present = [name for name in FOOTERS if find_spec(name.rpartition(".")[0])]
    getters = [cast(Callable[[], list[Door]], import_string(name)) for name in present]
    return [{"url": reverse(door.url_name), "label": door.label} for getter in getters for door in getter()]


def security_links(request: HttpRequest) -> list[dict[str, Any]]:
    """The tabs of sign-in and security that a person's roles give them."""
    seat = seat_of(request) if hasattr(request, "user") else None
    if seat is None:
        return []
    present = [name for name in SECURITY if find_spec(name.rpartition(".")[0])]
    getters = [cast(Callable[[Seat], list[Door]], import_string(name)) for name in present]
    items = [{"url": reverse(door.url_name), "label": door.label} for getter in getters for door in getter(seat)]
    return [item | {"is_current": request.path.startswith(str(item["url"]))} for item in items]
