"""The automatic checks of an output: what could not be asked is held, and asked again."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pgtrigger
import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from annotation.models import OutputCheck, Submission
from annotation.services.outputs import UNAVAILABLE, output_moderate, outputs_moderate_waiting
from tests.cast import cast
from tests.factories.annotation import make_open_order, make_submission
from tests.provider import Provider, free_port

pytestmark = pytest.mark.django_db


def moderations() -> list[tuple[str, list[dict[str, str]]]]:
    return list(OutputCheck.objects.filter(check_id="moderation").order_by("id").values_list("outcome", "findings"))


def made_earlier(submission: Submission, **ago: float) -> None:
    with pgtrigger.ignore("annotation.Submission:append_only", "annotation.OutputCheck:append_only"):
        Submission.objects.filter(pk=submission.pk).update(at=timezone.now() - timedelta(**ago))
        OutputCheck.objects.filter(submission=submission).update(at=timezone.now() - timedelta(**ago))


def test_without_an_answer_the_text_is_held_and_asked_about_again(settings: Settings) -> None:
    settings.OPENAI_BASE_URL = f"http://127.0.0.1:{free_port()}/v1"
    people = cast()
    make_open_order(people)
    sent = make_submission(people.wataru)
    output_moderate(submission_id=sent.pk)
    assert moderations() == [("hold", UNAVAILABLE)]
    assert outputs_moderate_waiting() == 0
    assert len(moderations()) == 1  # not again at once
    made_earlier(sent, minutes=11)
    outputs_moderate_waiting(newest=1)
    assert len(moderations()) == 1  # by the sweep that seldom comes
    outputs_moderate_waiting()
    assert moderations() == [("hold", UNAVAILABLE)] * 2


def test_an_answer_is_final_and_asked_for_once(provider: Provider) -> None:
    people = cast()
    make_open_order(people)
    sent = make_submission(people.wataru)
    output_moderate(submission_id=sent.pk)
    assert moderations() == [("pass", [])]
    assert output_moderate(submission_id=sent.pk) is None


def test_what_was_never_queued_is_found_by_the_sweep(provider: Provider) -> None:
    people = cast()
    make_open_order(people)
    sent = make_submission(people.wataru)
    assert outputs_moderate_waiting() == 0
    made_earlier(sent, seconds=11)
    assert outputs_moderate_waiting(newest=0) == 0
    assert outputs_moderate_waiting(newest=1) == 1
    assert moderations() == [("pass", [])]


def test_a_flagged_text_fails_and_says_in_which_category(provider: Provider) -> None:
    people = cast()
    make_open_order(people)
    output_moderate(submission_id=make_submission(people.wataru, text="この文は moderation:violence を含みます。").pk)
    assert moderations() == [("fail", [{"category": "violence"}])]


class Late:
    """A provider that keeps the first who asks waiting until it is told, and then has no answer; all others get theirs."""

    def __init__(self) -> None:
        self.was_asked, self.may_go_on = Event(), Event()

    def answer(self) -> tuple[int, dict[str, Any]]:
        if self.was_asked.is_set():
            return 200, {"results": [{"flagged": False, "categories": {}}]}
        self.was_asked.set()
        self.may_go_on.wait(20)
        return 500, {"error": {"message": "late"}}


@pytest.fixture
def late(settings: Settings) -> Iterator[Late]:
    """Such a provider, with the settings pointing at it."""
    late = Late()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, said = late.answer()
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        settings.OPENAI_BASE_URL = f"http://127.0.0.1:{server.server_port}/v1"
        yield late
        server.shutdown()


@pytest.mark.django_db(transaction=True)
def test_a_job_that_got_no_answer_does_not_hold_what_another_asked_about_meanwhile(late: Late) -> None:
    people = cast()
    make_open_order(people)
    sent = make_submission(people.wataru)

    def ask() -> OutputCheck | None:
        try:
            return output_moderate(submission_id=sent.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask)
        assert late.was_asked.wait(20)
        output_moderate(submission_id=sent.pk)
        late.may_go_on.set()
        assert first.result() is None
    assert moderations() == [("pass", [])]
