"""A real report to a real listener: where it broke is in it, with what is not."""

import gzip
import json
import logging
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
import sentry_sdk
from django.core.checks import run_checks
from django.db import DataError, connection
from django.test import Client
from pytest_django.fixtures import Settings

from config import checks, reporting
from config.observing import Passage, _passage

CANARY = "canary-7f3a"


@pytest.fixture
def heard(settings: Settings) -> Iterator[list[bytes]]:
    """What the listener was sent, unpacked."""
    bodies: list[bytes] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        settings.SENTRY_DSN = f"http://key@127.0.0.1:{server.server_port}/1"
        reporting.begin()
        yield bodies
        sentry_sdk.get_client().close(timeout=1)
        sentry_sdk.get_global_scope().set_client(None)
        server.shutdown()


def events(bodies: list[bytes]) -> list[dict[str, Any]]:
    sentry_sdk.flush(timeout=5)
    lines = [json.loads(line) for body in bodies for line in body.splitlines() if line.startswith(b"{")]
    return [line for line in lines if "level" in line]


@pytest.mark.django_db
def test_a_report_says_where_it_broke_and_nothing_of_any_text_or_person(heard: list[bytes]) -> None:
    token = _passage.set(Passage("the-request-id", job="annotation.jobs.output_moderate"))
    text = f"{CANARY}という指示"  # a variable of the frame, an argument of the line, a value in the exception
    logging.getLogger("annotation.services").warning("Before it: %s", text)  # a breadcrumb elsewhere
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::integer", [text])
    except DataError:
        logging.getLogger("annotation.services").exception("Text %s could not be kept.", text, extra={"text": text})
    finally:
        _passage.reset(token)
    logging.getLogger("somebody.elses").error(f"Broken: {text}")  # noqa: G004 - as another library might
    first, second = events(heard)
    assert first["logentry"] == {"message": "Text %s could not be kept."}
    assert first["exception"]["values"][-1]["type"] == "DataError"
    assert any(
        "test_reporting" in str(frame["filename"]) for frame in first["exception"]["values"][-1]["stacktrace"]["frames"]
    )
    assert first["tags"] == {"request_id": "the-request-id", "job": "annotation.jobs.output_moderate", "route": ""}
    assert second["logentry"] == {"message": "An error told by somebody.elses."}
    assert CANARY[-4:] not in b"".join(heard).decode()


@pytest.mark.urls("tests.config.odd_urls")
def test_a_page_that_fails_is_reported_without_its_request(heard: list[bytes]) -> None:
    client = Client(raise_request_exception=False, headers={"authorization": f"Bearer {CANARY}"})
    client.cookies["sessionid"] = CANARY
    response = client.post(f"/broken?q={CANARY}", {"instruction": CANARY})
    assert response.status_code == 500
    (event,) = events(heard)
    assert event["logentry"] == {"message": "%s: %s"}
    assert CANARY[-4:] not in b"".join(heard).decode()
    assert not {"request", "user", "breadcrumbs", "extra", "contexts", "modules"} & event.keys()


def test_an_address_for_reports_without_the_package_is_refused(settings: Settings, monkeypatch: Any) -> None:
    settings.SENTRY_DSN = "https://key@errors.example.org/1"
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    assert "hitode.E021" in [error.id for error in run_checks(tags=[checks.TAG])]
