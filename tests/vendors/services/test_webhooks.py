"""Webhooks: signed, tried again, kept with what happened, and never a way into our own network."""

import base64
import hashlib
import hmac
import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from annotation.services.reviews import review_accept, review_claim, review_return
from config.errors import BadInput
from config.sealing import unseal
from tests.cast import Cast
from tests.factories.records import make_reason, make_submission, make_task
from tests.factories.vendors import make_work_order
from tests.races import at_once
from vendors.gateway import Unreachable, is_public, place_of, post
from vendors.models import Delivery, Event, Webhook
from vendors.services import work_order_issue
from vendors.services.webhooks import (
    IN_HAND,
    PAUSES,
    AddressRefused,
    deliveries_due,
    deliveries_purge,
    delivery_resend,
    delivery_send,
    event_tell,
    signature_of,
    webhook_create,
    webhook_end,
)

pytestmark = pytest.mark.usefixtures("supply")


class BrokenOff(Exception):
    pass


class Ear:
    """Somebody's server: what it was told, and what it answers."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], str]] = []
        self.status = 204
        self.meanwhile: Callable[[], object] = lambda: None  # done before it answers
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name is http.server's
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                ear.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
                ear.meanwhile()
                self.send_response(ear.status)
                if ear.status in (301, 307):
                    self.send_header("Location", f"{ear.url}/elsewhere")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_port}"


@pytest.fixture
def ear(settings: Settings) -> Iterator[Ear]:
    """A server in a network that the installation allows."""
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8", "::1/128"]
    heard = Ear()
    thread = Thread(target=heard.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield heard
    heard.server.shutdown()
    thread.join()
    heard.server.server_close()


def told(people: Cast, ear: Ear) -> tuple[Delivery, str]:
    """A delivery that waits, and the secret of its webhook."""
    _webhook, secret = webhook_create(by=people.luna, url=f"{ear.url}/hooks?of=kaede", events=[Event.ORDER_ISSUED])
    event_tell(Event.ORDER_ISSUED, vendor=people.kaede, order={"number": "2026-0001"})
    return Delivery.objects.get(), secret


def test_it_is_signed_so_that_anybody_with_the_secret_can_check_it(people: Cast, ear: Ear) -> None:
    delivery, secret = told(people, ear)
    assert delivery_send(delivery_id=delivery.pk)
    ((headers, body),) = ear.heard
    assert json.loads(body)["data"] == {"order": {"number": "2026-0001"}}
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) - timezone.now().timestamp()) < 5
    assert headers["host"] == ear.url.removeprefix("http://")
    assert not delivery_send(delivery_id=delivery.pk) and len(ear.heard) == 1  # it arrived: nothing is due


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the Standard Webhooks specification's libraries."""
    signed = signature_of(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body='{"test": 2432232314}'
    )  # fmt: skip
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_it_is_tried_again_with_longer_pauses_until_it_is_given_up(people: Cast, ear: Ear) -> None:
    delivery, _secret = told(people, ear)
    ear.status = 503
    pauses = []
    for _ in range(len(PAUSES) + 1):
        Delivery.objects.update(next_at=timezone.now())
        assert deliveries_due() == [delivery.pk]
        assert not delivery_send(delivery_id=delivery.pk)
        delivery.refresh_from_db()
        assert delivery.last_status == 503
        pauses.append(delivery.next_at and round((delivery.next_at - timezone.now()).total_seconds()))
    assert pauses == [*(round(pause.total_seconds()) for pause in PAUSES), None]
    assert (
        len({body for _headers, body in ear.heard}) == len({headers["webhook-id"] for headers, _body in ear.heard}) == 1
    )
    ear.status = 200
    delivery_resend(delivery=delivery, by=people.luna)
    assert delivery_send(delivery_id=delivery.pk)


def test_an_attempt_whose_process_died_counts_and_is_made_again_the_last_one_too(people: Cast, ear: Ear) -> None:
    delivery, _secret = told(people, ear)
    died = {"last_at": timezone.now() - IN_HAND, "next_at": timezone.now(), "attempts": len(PAUSES) + 1}
    Delivery.objects.update(**died)
    ear.status = 503
    assert not delivery_send(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.attempts, delivery.last_status, delivery.next_at) == (len(PAUSES) + 2, 503, None)
    assert len(ear.heard) == 1 and not deliveries_due()


@pytest.mark.django_db(transaction=True)
def test_who_still_sends_is_left_to_it_however_long_that_takes(people: Cast, ear: Ear) -> None:
    delivery, _secret = told(people, ear)

    def again() -> bool:
        Delivery.objects.update(next_at=timezone.now() - IN_HAND)
        return delivery_send(delivery_id=delivery.pk)

    tried: list[object] = []
    ear.meanwhile = lambda: tried.extend(at_once(again))
    assert delivery_send(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert (tried, len(ear.heard), delivery.attempts, delivery.next_at) == ([False], 1, 1, None)


def test_an_attempt_that_is_broken_off_is_over(people: Cast, ear: Ear) -> None:
    """As by a job's time limit, which comes as a signal; the next attempt follows after its pause."""
    delivery, _secret = told(people, ear)

    def break_off(*_args: Any) -> None:
        raise BrokenOff

    before = signal.signal(signal.SIGALRM, break_off)
    is_over = Flag()
    ear.meanwhile = lambda: (os.kill(os.getpid(), signal.SIGALRM), is_over.wait(10))
    try:
        with pytest.raises(BrokenOff):
            delivery_send(delivery_id=delivery.pk)
    finally:
        is_over.set()
        signal.signal(signal.SIGALRM, before)
    delivery.refresh_from_db()
    assert (delivery.attempts, delivery.last_error) == (1, "broken_off")
    assert delivery.next_at is not None and delivery.next_at > timezone.now() + PAUSES[0] / 2


@pytest.mark.django_db(transaction=True)
def test_a_webhook_that_is_ended_while_it_is_told_is_told_nothing_more(people: Cast, ear: Ear) -> None:
    delivery, _secret = told(people, ear)
    ear.status = 503
    ear.meanwhile = lambda: at_once(lambda: webhook_end(webhook=delivery.webhook, by=people.luna))
    assert not delivery_send(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.attempts, delivery.last_status, delivery.next_at) == (1, 503, None)


def test_a_redirect_is_not_followed(people: Cast, ear: Ear) -> None:
    delivery, _secret = told(people, ear)
    ear.status = 307
    assert not delivery_send(delivery_id=delivery.pk)
    assert len(ear.heard) == 1
    delivery.refresh_from_db()
    assert delivery.last_status == 307 and delivery.next_at is not None


def test_a_server_that_is_away_is_told_as_such(people: Cast, ear: Ear, settings: Settings) -> None:
    delivery, _secret = told(people, ear)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        Webhook.objects.update(url=f"http://127.0.0.1:{free.getsockname()[1]}/")
    assert not delivery_send(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.last_status, delivery.last_error, delivery.attempts) == (None, "no_answer", 1)
    settings.WEBHOOK_NETWORKS = []
    Delivery.objects.update(next_at=timezone.now())
    assert not delivery_send(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert delivery.last_error == "not_public"  # also an address that was good when it was entered


def test_an_event_is_kept_with_what_happened_or_not_at_all(people: Cast, ear: Ear) -> None:
    webhook_create(by=people.luna, url=ear.url, events=[Event.ORDER_ISSUED])
    with transaction.atomic():
        work_order_issue(order=make_work_order(by=people.minato, vendor=people.kaede), by=people.minato)
        assert Delivery.objects.count() == 1
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()


def test_everybody_hears_of_their_own_alone(people: Cast, ear: Ear) -> None:
    for person in (people.luna, people.riku, people.minato):
        webhook_create(by=person, url=f"{ear.url}/{person.name}", events=Event.values)
    make_reason()
    submission = make_submission(make_task(people), people.wataru)
    assert review_claim(reviewer=people.ren) == submission.task
    why = "もう少しくわしく。"
    review_return(reviewer=people.ren, task=submission.task, reasons=["instruction_missed"], comment=why)
    submission.task.refresh_from_db()
    make_submission(submission.task, people.wataru)
    review_claim(reviewer=people.ren)
    review_accept(reviewer=people.ren, task=submission.task)
    event_tell(Event.RELEASE_PUBLISHED, release={"name": "一号"})
    heard = {name: list(Delivery.objects.filter(webhook__url__endswith=name).order_by("pk").values_list("event", flat=True))
             for name in ("Luna", "Riku", "Minato")}  # fmt: skip
    everything = ["order.issued", "task.returned", "task.accepted", "release.published"]
    assert heard == {"Luna": everything, "Minato": everything, "Riku": ["release.published"]}
    assert not any(why in body or submission.text in body for body in Delivery.objects.values_list("body", flat=True))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_many_workers_bring_a_delivery_once(people: Cast, ear: Ear) -> None:
    """A sweep and a job, or two workers of a broker that delivers twice."""
    delivery, _secret = told(people, ear)
    arrived = at_once(*[lambda: delivery_send(delivery_id=delivery.pk)] * 4)
    assert sorted(arrived) == [False, False, False, True]
    assert len(ear.heard) == 1


def test_an_ended_webhook_hears_nothing_more(people: Cast, ear: Ear) -> None:
    delivery, _secret = told(people, ear)
    webhook_end(webhook=delivery.webhook, by=people.luna)
    event_tell(Event.ORDER_ISSUED, vendor=people.kaede)
    assert not delivery_send(delivery_id=delivery.pk) and not ear.heard and not deliveries_due()
    Delivery.objects.update(at=timezone.now() - timedelta(days=31))
    assert deliveries_purge() == 1


def test_the_secret_is_kept_encrypted(people: Cast, ear: Ear) -> None:
    _delivery, secret = told(people, ear)
    kept = Webhook.objects.get()
    assert secret.encode() not in bytes(kept.sealed_secret)
    assert unseal(kept.sealed_secret) == secret


def test_who_may_not_or_wants_nothing_is_refused(people: Cast, ear: Ear) -> None:
    for events in ([], ["nonsense"]):
        with pytest.raises(BadInput):
            webhook_create(by=people.luna, url=ear.url, events=events)
    for person in (people.wataru, people.emi, people.ren):
        with pytest.raises(Exception, match="not part of your role"):
            webhook_create(by=person, url=ear.url, events=[Event.ORDER_ISSUED])


OURS = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
    "::1", "::", "fc00::1", "fe80::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    "2001:0:7f00:1::", "::127.0.0.1", "240.0.0.1", "192.0.2.1", "198.18.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", OURS)
def test_no_address_of_our_own_is_public(address: str) -> None:
    assert not is_public(ip_address(address))


def test_the_open_internet_is_public() -> None:
    assert all(is_public(ip_address(one)) for one in ("1.1.1.1", "203.1.113.9", "2606:4700:4700::1111"))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1/", "not_public"),
        ("https://localhost/", "not_public"),
        ("https://0x7f000001/", "not_public"),
        ("https://2130706433/", "not_public"),
        ("https://[::ffff:127.0.0.1]/", "not_public"),
        ("https://[fe80::1%25lo]/", "not_public"),
        ("http://1.1.1.1/", "not_encrypted"),
        ("https://nobody:secret@1.1.1.1/", "malformed"),
        ("ftp://1.1.1.1/", "malformed"),
        ("file:///etc/passwd", "malformed"),
        ("gopher://127.0.0.1:6379/_FLUSHALL", "malformed"),
        ("https://1.1.1.1:99999/", "malformed"),
        ("https:///path", "malformed"),
        ("https://nowhere.invalid/", "unknown_host"),
    ],
)
def test_an_address_that_leads_inside_is_refused(people: Cast, url: str, code: str) -> None:
    with pytest.raises(Unreachable) as refused:
        place_of(url)
    assert refused.value.code == code or (code == "not_public" and refused.value.code == "unknown_host")
    with pytest.raises(AddressRefused):
        webhook_create(by=people.luna, url=url, events=[Event.ORDER_ISSUED])


def test_a_name_is_asked_once_and_all_its_addresses_count(
    ear: Ear, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that means a public address to whoever looks, and one of ours to whoever connects, gets nowhere."""
    asked: list[str] = []
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    real = socket.getaddrinfo

    def resolver(host: str, port: int, *rest: Any, **more: Any) -> Any:
        if host != "rebinding.example":
            return real(host, port, *rest, **more)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answers[len(asked) - 1]]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    url = f"http://rebinding.example:{ear.server.server_port}/"
    assert post(url, b"{}", {}) == 204  # the second answer was never asked for
    assert asked == ["rebinding.example"]
    settings.WEBHOOK_NETWORKS = []
    asked.clear()
    answers[0] = ["1.1.1.1", "10.0.0.1"]
    with pytest.raises(Unreachable, match="not_public"):
        post(url.replace("http:", "https:"), b"{}", {})
