"""The operator's people must use a second step at sign-in: who has none is sent to set one up. Not in a demonstration."""

from collections.abc import Awaitable
from typing import Any, cast

from allauth.mfa.utils import is_mfa_enabled
from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import sync_and_async_middleware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.error_pages import error_response, wants_json
from config.errors import NotAllowed
from config.middleware import GetResponse
from vendors.selectors import seat_get_for

# What stays open: setting the second step up and signing out, the language, files.
OPEN = ("/accounts/", "/language/", settings.STATIC_URL)


class SecondStepMissing(NotAllowed):
    code = "second_step_missing"
    message = gettext_lazy("Set up a second step for your sign-in first: an authenticator app or a passkey.")


@sync_and_async_middleware
class second_step_required:  # noqa: N801 - used as a function, as Django's own function middleware is
    """Let nobody of the operator past without a second step. The public costs nothing: no session, no question."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if settings.DEMONSTRATION or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return self.get_response(request)
        if request.path.startswith(OPEN):
            return self.get_response(request)
        return self._checked_async(request) if self.is_async else self._checked(request)

    def _checked(self, request: HttpRequest) -> HttpResponseBase:
        return _refusal(request) or cast(HttpResponseBase, self.get_response(request))

    async def _checked_async(self, request: HttpRequest) -> HttpResponseBase:
        refused = await sync_to_async(_refusal)(request)
        return refused or await cast(Awaitable[HttpResponseBase], self.get_response(request))


def _refusal(request: HttpRequest) -> HttpResponseBase | None:
    """What to answer instead, or None when the person may pass."""
    user = request.user
    if not user.is_authenticated:
        return None
    seat = seat_get_for(user)
    is_operator = user.is_staff or (seat is not None and seat.is_operator)
    if not is_operator or is_mfa_enabled(user):
        return None
    if wants_json(request):
        return error_response(request, SecondStepMissing())
    where = reverse("mfa_index")
    if getattr(request, "htmx", None):
        response = HttpResponse(status=403)
        response["HX-Redirect"] = where
        return response
    # Once, however many redirects it takes: reading the waiting messages marks them as read, so they are added again.
    waiting: Any = messages.get_messages(request)
    said = [str(message) for message in waiting]
    waiting.used = False
    text = _("People of the operator sign in with a second step. Set up an authenticator app or a passkey to go on.")
    if text not in said:
        messages.info(request, text)
    return HttpResponseRedirect(where)
