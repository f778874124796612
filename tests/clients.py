"""A browser in which somebody is signed in already, and what a visit costs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import KEY_PREFIX, SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.crypto import get_random_string

from vendors.models import User

# Django's own, which `tests/conftest.py` replaces.
_force_login = Client.force_login


def sign_in_quickly(client: Client, user: User, backend: str | None = None) -> None:
    """Django's `force_login` by one row: its own makes two sessions, takes one away, and asks fourteen times for it."""
    if settings.SESSION_COOKIE_NAME in client.cookies:
        _force_login(client, user, backend)
        return
    signed_in = {
        SESSION_KEY: user._meta.pk.value_to_string(user),
        BACKEND_SESSION_KEY: backend or settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    key = get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789")
    Session.objects.create(
        session_key=key,
        session_data=SessionStore().encode(signed_in),
        expire_date=timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE),
    )
    caches[settings.SESSION_CACHE_ALIAS].set(KEY_PREFIX + key, signed_in, settings.SESSION_COOKIE_AGE)
    client.cookies[settings.SESSION_COOKIE_NAME] = key


def client_for(user: User, language: str = "en") -> Client:
    """Somebody signed in, whose browser asks for `language`."""
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def queries_of(visit: Callable[[], Any]) -> int:
    """The queries of a visit that succeeds and is not the first, which fills what is kept."""
    visit()
    with CaptureQueriesContext(connection) as seen:
        assert visit().status_code == 200
    return len(seen)
