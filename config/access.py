"""Who stands at the door of a view: the seat of the person who signed in, and the roles a view asks for.

The seat itself is kept by the app that keeps people; SEAT_GETTER names the function, so that no app imports another.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, cast
from urllib.parse import urlsplit, urlunsplit

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from config.error_pages import render_error, wants_json
from config.errors import NotAllowed

OPERATOR_ROLES = ("owner", "manager", "reviewer", "finance")


class Seat(Protocol):
    """What a view may ask of a seat."""

    @property
    def user(self) -> Any: ...

    @property
    def roles(self) -> frozenset[str]: ...

    @property
    def is_operator(self) -> bool: ...

    @property
    def role_label(self) -> str: ...

    def has_role(self, *roles: str) -> bool: ...


class RoleMissing(NotAllowed):
    """Signed in, but not with a role that may enter."""

    code = "role_missing"
    message = _("This page is not part of your role. If you need it, ask the person who invited you.")


def seat_of(request: HttpRequest) -> Seat | None:
    """The seat of the person who signed in; None for the public and for people who no longer belong anywhere."""
    return seat_for(request.user)


def seat_for(user: Any) -> Seat | None:
    """The seat of a user. The getter caches it on the user, so asking twice costs one query."""
    if not user.is_authenticated:
        return None
    getter = cast(Callable[[Any], Seat | None], import_string(settings.SEAT_GETTER))
    return getter(user)


def _refusal(request: HttpRequest, roles: tuple[str, ...]) -> HttpResponseBase | None:
    """What to answer instead of the view: sign in first, or nothing when the person may pass.

    Raises `RoleMissing` for a person without any of `roles`; no roles at all means that any seat will do.
    """
    if not request.user.is_authenticated:
        return _sign_in_first(request)
    seat = seat_of(request)
    if seat is None or (roles and not seat.has_role(*roles)):
        raise RoleMissing()
    request.user = seat.user  # no longer Django's lazy stand-in, at every touch of which it asks whether there is one
    return None


def _path_of(address: str) -> str:
    """The path and query of an address on this site; the caller's word for the host is not taken."""
    parts = urlsplit(address)
    return urlunsplit(("", "", "/" + parts.path.lstrip("/"), parts.query, ""))


def _sign_in_first(request: HttpRequest) -> HttpResponseBase:
    """A redirect for a person, 401 for a program, and for htmx a whole-page redirect."""
    message = str(_("Please sign in first. What you wrote is kept in this browser."))
    if getattr(request, "htmx", None):
        response = HttpResponse(status=401)
        response["HX-Redirect"] = redirect_to_login(_path_of(request.headers.get("HX-Current-URL", "")))["Location"]
        return response
    if wants_json(request):
        return render_error(request, 401, "not_signed_in", message)
    here = (
        request.get_full_path() if request.method in {"GET", "HEAD"} else _path_of(request.headers.get("Referer", ""))
    )
    return redirect_to_login(here)


def role_required(*roles: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a view, sync or async, be entered only from a seat with one of `roles`; any seat when none is named."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        if iscoroutinefunction(view):

            @wraps(view)
            async def guarded_async(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
                refused = await sync_to_async(_refusal)(request, roles)
                return refused if refused is not None else await view(request, *args, **kwargs)

            return guarded_async

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            refused = _refusal(request, roles)
            return refused if refused is not None else view(request, *args, **kwargs)

        return guarded

    return decorate
