"""How signing in behaves here: nobody signs up without an invitation, and everybody lands in their own room."""

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.addresses import client_address
from vendors.doors import landing_url
from vendors.models import User
from vendors.selectors import seat_get_for, signed_in_get

# Of a request whose address is not known, such as one over a socket.
UNKNOWN_ADDRESS = "0.0.0.0"


class HouseBackend(AuthenticationBackend):
    """Signing in by e-mail address; the person of a session comes with seat and signature."""

    def get_user(self, user_id: int) -> User | None:
        """The person of a session; None for who may not be signed in."""
        user = signed_in_get(int(user_id))
        return user if user is not None and self.user_can_authenticate(user) else None


class AccountAdapter(DefaultAccountAdapter):
    """The adapter that ACCOUNT_ADAPTER names."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: accounts are made by following an invitation."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Where a sign-in comes from, for the limits on attempts and the list of sessions; a made-up header counts for nothing."""
        return client_address(request) or UNKNOWN_ADDRESS

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where somebody goes after signing in, unless they were on their way somewhere."""
        return landing_url(seat_get_for(request.user))

    def post_login(self, request: HttpRequest, user: Any, **details: Any) -> HttpResponse:
        """Speak the person's own language, unless this browser has chosen one."""
        response: HttpResponse = super().post_login(request, user, **details)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and user.language in dict(settings.LANGUAGES):
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                user.language,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                path=settings.LANGUAGE_COOKIE_PATH,
                domain=settings.LANGUAGE_COOKIE_DOMAIN,
                secure=settings.LANGUAGE_COOKIE_SECURE,
                httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
                samesite=cast(Any, settings.LANGUAGE_COOKIE_SAMESITE),
            )
        return response
