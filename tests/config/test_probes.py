"""What machines ask: whoever is allowed to, at the process's own address, whatever else is away."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from config import probes


@pytest.fixture
def production(settings: Settings) -> Settings:
    """Another host and HTTPS alone, as in an installation behind a proxy."""
    settings.ALLOWED_HOSTS = ["hitode.example.org"]
    settings.SECURE_SSL_REDIRECT = True
    settings.TRUSTED_PROXIES = 1
    return settings


@pytest.fixture
def asked_anew() -> Iterator[None]:
    probes._applied.clear()
    yield
    probes._applied.clear()


def parts(client: Client) -> tuple[int, dict[str, str]]:
    response = client.get("/readyz")
    return response.status_code, json.loads(response.content)["parts"]


def test_health_asks_nobody_and_is_answered_at_the_address_of_the_process(production: Settings) -> None:
    response = Client().get("/healthz", headers={"host": "127.0.0.1:8000"})  # no database in this test
    assert (response.status_code, response.content) == (200, b"ok")
    assert Client().get("/", headers={"host": "127.0.0.1:8000"}, secure=True).status_code == 400


@pytest.mark.django_db
def test_a_process_with_all_it_needs_is_ready(production: Settings) -> None:
    everything = {"database": "ok", "migrations": "ok", "redis": "ok"}
    assert parts(Client(headers={"host": "10.0.0.7:8000"})) == (200, everything)


@pytest.mark.django_db
def test_without_redis_it_is_not_ready_and_says_so(settings: Settings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9/0"}}
    status, said = parts(Client())
    assert (status, said["redis"], said["database"]) == (503, "away", "ok")


@pytest.mark.django_db
def test_a_database_that_is_behind_the_code_is_not_ready(asked_anew: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'vendors'")
    status, said = parts(Client())
    assert (status, said["migrations"]) == (503, "behind")


@pytest.mark.django_db
def test_without_a_token_only_this_machine_reads_the_figures(settings: Settings) -> None:
    assert b"hitode_queue_length" in Client().get("/metrics").content
    assert Client(REMOTE_ADDR="10.0.0.9").get("/metrics").status_code == 404
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        assert Client().get("/metrics", headers={header: "127.0.0.1"}).status_code == 404
    settings.TRUSTED_PROXIES = 1
    assert Client().get("/metrics").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("authorization", "status"),
    [("Bearer s3cret-token", 200), ("Bearer s3cret", 404), ("Basic s3cret-token", 404), ("", 404), ("Bearer é", 404)],
)
def test_a_token_opens_the_figures_from_anywhere(production: Settings, authorization: str, status: int) -> None:
    production.METRICS_TOKEN = "s3cret-token"
    asked: Any = Client(REMOTE_ADDR="10.0.0.9").get(
        "/metrics", headers={"authorization": authorization, "x-forwarded-for": "203.0.113.5"}
    )
    assert asked.status_code == status


@pytest.mark.django_db
def test_figures_that_cannot_be_read_are_counted_and_the_others_told(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    cache.clear()
    told = Client().get("/metrics").content.decode()
    assert "hitode_unread 1.0" in told
    assert 'hitode_queue_length{queue="review"} 0.0' in told
    assert 'queue="jobs"' not in told
