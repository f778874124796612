"""A browser in which somebody is signed in already, and what a visit costs."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from vendors.models import User


def client_for(user: User, language: str = "en") -> Client:
    """Somebody signed in, whose browser asks for `language`."""
    client = Client(headers={"accept-language": language})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def queries_of(visit: Callable[[], Any]) -> int:
    """The queries of a visit that succeeds and is not the first, which fills what is kept."""
    visit()
    with CaptureQueriesContext(connection) as seen:
        assert visit().status_code == 200
    return len(seen)
