"""Faults while an answer is under way, on the real programs: what was typed is kept, the person is told, the ledger balances."""

import json
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from django.db import connection, connections

from collection.models import Cap, Instruction, LedgerEntry, Participant, Reference
from collection.services.budget import cap_limit_set
from tests.factories.collection import ask_of, make_participant
from tests.live import Live, await_quiet, live_stack
from tests.races import until

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

QUESTION = "空はなぜ青いのですか。"
PRICES = {
    "HITODE_PROMPT_PRICE_MICROUSD_PER_MILLION": "0",
    "HITODE_COMPLETION_PRICE_MICROUSD_PER_MILLION": "1000000",
    "HITODE_MAX_COMPLETION_TOKENS": "1000",
    "HITODE_PROVIDER_IDLE_SECONDS": "2",  # the first answer of a site that has just started takes more than one
    "HITODE_PROVIDER_RETRIES": "1",
}


@pytest.fixture(scope="module")
def _site(django_db_setup: None) -> Iterator[Live]:
    database = str(connection.settings_dict["NAME"])
    with live_stack(database=database, name=f"{database}-faults", workers=2, with_jobs=False, **PRICES) as site:
        yield site


@pytest.fixture
def site(_site: Live, transactional_db: None) -> Iterator[Live]:
    from django.core.cache import cache

    cache.clear()
    yield _site
    await_quiet(with_jobs=False)


def opened(site: Live, participant: Participant, text: str, language: str = "ja") -> Any:
    """The response to a question, as its stream begins."""
    return urllib.request.urlopen(ask_of(site.url, participant, text, language), timeout=60)


def ask(site: Live, participant: Participant, text: str, language: str = "ja") -> list[tuple[str, Any]]:
    """All events of an answer; of a refusal, its status and its problem."""
    try:
        with opened(site, participant, text, language) as response:
            return events_of(response.read())
    except urllib.error.HTTPError as error:
        with error:
            return [(str(error.code), json.load(error))]


def events_of(body: bytes) -> list[tuple[str, Any]]:
    blocks = [block.split("\n", 1) for block in body.decode().split("\n\n") if block.strip()]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def books_balance() -> bool:
    """Whether the caps hold exactly what the ledger says: open reservations, and what was settled."""
    settled = {entry.reference_id: entry for entry in LedgerEntry.objects.filter(kind="settled")}
    reserved = list(LedgerEntry.objects.filter(kind="reserved"))
    still_open = sum(entry.amount_microusd for entry in reserved if entry.reference_id not in settled)
    spent = sum(entry.amount_microusd for entry in settled.values())
    return all(
        (sum(cap.reserved_microusd for cap in caps), sum(cap.spent_microusd for cap in caps)) == (still_open, spent)
        for scope in ("total", "day", "participant_day")
        for caps in [Cap.objects.filter(scope=scope)]
    )


@pytest.mark.parametrize(
    ("fault", "code", "attempts", "has_text", "is_open"),
    [
        ("429", "rate_limited", 2, False, False),
        ("500", "provider_unavailable", 2, False, False),
        ("401", "provider_refused", 1, False, False),
        ("slow", "timeout_first_token", 2, False, True),
        ("cut", "cut", 1, True, False),
        ("malformed", "malformed", 1, True, False),
        ("hang", "timeout_idle", 1, True, False),
    ],
)
def test_a_fault_of_the_provider_is_told_in_the_readers_language_and_booked(
    site: Live, fault: str, code: str, attempts: int, has_text: bool, is_open: bool
) -> None:
    for language in ("ja", "en"):
        events = ask(site, make_participant(), f"practice: {fault}\n{QUESTION}", language)
        said = dict(events)["error"]
        assert said["code"] == code
        assert ("。" in said["message"]) is (language == "ja")
        assert "Canary" not in json.dumps(events)
        assert any(name == "delta" for name, _data in events) is has_text
    assert Instruction.objects.filter(instruction__contains=QUESTION).count() == 2
    assert Reference.objects.count() == LedgerEntry.objects.filter(kind="reserved").count() == 2 * attempts
    assert bool(Cap.objects.get(scope="total").reserved_microusd) is is_open
    assert books_balance()


def test_readers_who_leave_at_any_moment_leave_nothing_open(site: Live) -> None:
    """From before the question is read to the first words, which come after 200 ms; several of each, one after another."""
    where = urlsplit(site.url)
    moments = [0.0, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.25, 0.3] * 3
    for seconds in moments:
        asked = ask_of(site.url, make_participant(), QUESTION)
        body = cast(bytes, asked.data)
        head = {"Host": where.netloc, "Content-Type": "application/x-www-form-urlencoded"}
        head |= {"Content-Length": str(len(body)), **dict(asked.header_items())}
        lines = [f"POST {asked.selector} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        with socket.create_connection((str(where.hostname), int(where.port or 80))) as reader:
            reader.sendall("\r\n".join([*lines, "", ""]).encode() + body)
            time.sleep(seconds)
    until(lambda: not Reference.objects.filter(status__in=["pending", "streaming"]).exists(), 5)
    assert Reference.objects.filter(status="interrupted").count() >= 12
    assert books_balance()


def test_asked_again_before_the_first_word_the_answer_comes(site: Live) -> None:
    events = ask(site, make_participant(), f"practice: 500x1\n{QUESTION}")
    assert dict(events)["done"]["status"] == "complete"
    assert "error" not in dict(events)
    answers = Reference.objects.order_by("attempt")
    assert [(one.attempt, one.status) for one in answers] == [(1, "failed"), (2, "complete")]
    assert [sorted(one.ledger.values_list("kind", flat=True)) for one in answers] == [["reserved", "settled"]] * 2
    assert books_balance()


def test_an_answer_without_usage_is_whole_and_charged_by_estimate(site: Live) -> None:
    events = ask(site, make_participant(), f"practice: no-usage\n{QUESTION}")
    assert dict(events)["done"]["status"] == "complete"
    assert LedgerEntry.objects.get(kind="settled").is_estimated
    assert books_balance()


def test_a_database_gone_in_the_middle_costs_neither_the_text_nor_the_books(site: Live) -> None:
    with opened(site, make_participant(), f"practice: hang\n{QUESTION}") as response:
        body = response.readline()
        while b"event: delta" not in body:
            body += response.readline()
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert cursor.fetchone()[0] > 0
        events = events_of(body + response.read())
    assert dict(events)["error"]["code"] == "timeout_idle"
    answer = Reference.objects.get()
    assert answer.status == "interrupted"
    assert answer.text
    assert books_balance()


def test_a_web_process_killed_in_the_middle_leaves_the_question_and_its_reservation(site: Live) -> None:
    participant = make_participant()
    with opened(site, participant, f"practice: hang\n{QUESTION}") as response:
        while b"event: delta" not in response.readline():
            pass
        for process in children_of(site.processes["web"].pid):
            os.kill(process, signal.SIGKILL)
    asked = Instruction.objects.get()
    assert asked.instruction.endswith(QUESTION)
    assert asked.references.get().status in ("pending", "streaming")
    assert Cap.objects.get(scope="total").reserved_microusd > 0
    assert books_balance()
    until(lambda: is_up(site))
    # The place of the lost answer is free again by itself; somebody else need not wait.
    assert dict(ask(site, make_participant(), QUESTION))["done"]["status"] == "complete"


def test_two_hundred_at_once_against_a_cap_of_forty_are_forty_answers(site: Live) -> None:
    cap_limit_set(scope="day", limit_microusd=40_999)
    participants = [make_participant() for _ in range(200)]
    question = f"practice: slow\n{QUESTION}"  # all of them are under way at once
    with ThreadPoolExecutor(50) as threads:
        outcomes = list(threads.map(lambda participant: opened_or_refused(site, participant, question), participants))
    assert outcomes.count("answered") == 40
    assert outcomes.count("budget_spent") == 160
    assert Instruction.objects.count() == 40
    until(lambda: not Reference.objects.filter(status="pending").exists())
    assert books_balance()


def opened_or_refused(site: Live, participant: Participant, text: str) -> str:
    """Ask, and leave once the stream has begun; its reservation stays in the books till then."""
    try:
        response = opened(site, participant, text)
    except urllib.error.HTTPError as error:
        with error:
            return str(json.load(error)["code"])
    response.readline()
    _held.append(response)
    return "answered"


_held: list[Any] = []


@pytest.fixture(autouse=True)
def _let_go() -> Iterator[None]:
    yield
    while _held:
        _held.pop().close()


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_up(site: Live) -> bool:
    try:
        with urllib.request.urlopen(f"{site.url}/healthz", timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False
