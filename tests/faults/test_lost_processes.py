"""A process is killed with an answer or a webhook in hand: within half a minute somebody else has seen to it, and whoever only
seems to be dead keeps what is his.
"""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone

from collection.models import Instruction, LedgerEntry, Participant, Reference
from config import supervisor
from config.celery import app
from config.presence import PRESENCE_LOCK
from tests.cast import cast
from tests.factories.collection import make_participant
from tests.faults.test_stream_faults import QUESTION, books_balance, children_of, events_of, opened
from tests.live import Live, await_quiet, live_stack
from tests.races import until
from vendors.models import Delivery, Event
from vendors.services.webhooks import PAUSES, webhook_create

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

# An answer takes as long as a fault and its recovery together.
SLOW = {
    "HITODE_PROMPT_PRICE_MICROUSD_PER_MILLION": "0",
    "HITODE_COMPLETION_PRICE_MICROUSD_PER_MILLION": "1000000",
    "HITODE_PROVIDER_IDLE_SECONDS": "100",
    "HITODE_PRACTICE_TOKENS": "350",
    "HITODE_PRACTICE_TOKEN_MS": "100",
    "HITODE_WEBHOOK_NETWORKS": "127.0.0.0/8",
}
# As old is an answer when whoever seems to be dead would long have been taken for it.
LONG = timedelta(seconds=30)
OTHERS_CUT = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
PRESENT = (
    "SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database WHERE datname = current_database()"
    f" AND locktype = 'advisory' AND classid::bigint = {PRESENCE_LOCK} AND granted"
)


@pytest.fixture(scope="module")
def _site(django_db_setup: None) -> Iterator[Live]:
    database = str(connection.settings_dict["NAME"])
    with live_stack(database=database, name=f"{database}-lost", workers=2, job_workers=2, **SLOW) as site:
        site.start(supervisor.beat_program())
        yield site


@pytest.fixture
def site(_site: Live, transactional_db: None) -> Iterator[Live]:
    yield _site
    await_quiet()


def numbers(sql: str) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {int(row[0]) for row in cursor.fetchall()}


def test_a_killed_process_loses_its_answers_and_a_stopped_one_keeps_its_own(site: Live) -> None:
    """Also where Redis has lost its memory and PostgreSQL every connection a moment before."""
    streams: dict[int, Any] = {}
    while Reference.objects.values("process").distinct().count() < 2:
        assert len(streams) < 40, "one process answers everybody"
        participant = make_participant()
        streams[participant.pk] = opened(site, participant, QUESTION)
    until(lambda: not Reference.objects.filter(status="pending").exists())
    assert None not in Reference.objects.values_list("process", flat=True)
    with redis.Redis.from_url(settings.REDIS_URL) as memory:
        memory.flushdb()
    before = numbers(PRESENT)
    numbers(OTHERS_CUT)
    until(lambda: len(numbers(PRESENT) - before) == 2)

    stopped, killed = children_of(site.processes["web"].pid)
    os.kill(stopped, signal.SIGSTOP)
    os.kill(killed, signal.SIGKILL)
    try:
        until(lambda: Reference.objects.filter(error_code="process_lost").exists())
        # As long again, for who is stopped to be taken for dead.
        until(lambda: Reference.objects.filter(status="streaming", created_at__lt=timezone.now() - LONG).exists())
    finally:
        os.kill(stopped, signal.SIGCONT)
    lost = Reference.objects.filter(error_code="process_lost")
    ended_at = {one.pk: one.finished_at for one in lost}
    for one in Reference.objects.exclude(pk__in=ended_at).select_related("instruction"):
        events = events_of(streams[one.instruction.participant_id].read())
        assert dict(events)["done"]["status"] == "complete"
    assert {one.finished_at for one in lost.all()} == set(ended_at.values())
    assert {(one.status, one.text) for one in lost} == {("interrupted", "")}
    assert len({one.process for one in lost}) == 1
    kept = Reference.objects.filter(status="complete")
    assert len({one.process for one in kept}) == 1 and all(one.text for one in kept)
    # What was asked is there; what it cost nobody knows.
    assert Instruction.objects.filter(instruction=QUESTION).count() == len(streams)
    settled = set(LedgerEntry.objects.filter(kind="settled").values_list("reference", flat=True))
    assert settled == {one.pk for one in kept}
    assert books_balance()
    # And whoever lost an answer may ask again.
    somebody = Participant.objects.get(pk=lost.select_related("instruction")[0].instruction.participant_id)
    with opened(site, somebody, f"{QUESTION}　もう一度。") as response:
        assert response.status == 200


class Ear:
    """Somebody's server, which does not answer before it is let."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.answers = Signal()
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name is http.server's
                self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.append(self.headers["webhook-id"])
                ear.answers.wait(60)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def ear() -> Iterator[Ear]:
    heard = Ear()
    thread = Thread(target=heard.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield heard
    heard.answers.set()
    heard.server.shutdown()
    thread.join()
    heard.server.server_close()


def test_a_webhook_in_the_hand_of_a_killed_worker_goes_again_the_last_attempt_too(
    site: Live, ear: Ear, settings: Any
) -> None:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    webhook, _secret = webhook_create(
        by=cast().luna, url=f"http://127.0.0.1:{ear.server.server_port}/", events=[Event.ORDER_ISSUED]
    )
    waiting = {"webhook": webhook, "event": Event.ORDER_ISSUED, "body": "{}", "next_at": timezone.now()}
    first, last = (Delivery.objects.create(**waiting, attempts=before) for before in (0, len(PAUSES)))
    for one in (first, last):
        app.send_task("vendors.jobs.webhook_send", [one.pk])
    both = {str(one.public_id) for one in (first, last)}
    until(lambda: set(ear.heard) == both)
    for process in children_of(site.processes["worker"].pid):
        os.kill(process, signal.SIGKILL)
    ear.answers.set()
    until(lambda: Delivery.objects.filter(delivered_at__isnull=False).count() == 2)
    assert sorted(ear.heard) == sorted([*both, *both])
    for one, before in ((first, 0), (last, len(PAUSES))):
        one.refresh_from_db()
        assert (one.attempts, one.last_status, one.next_at) == (before + 2, 204, None)
