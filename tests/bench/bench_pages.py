"""The operator's pages over 52,000 accepted records: the dashboard, what is not clean, and searches for words, one after another."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any, NamedTuple

from tests.bench import place
from tests.bench.report import Figure
from tests.bench.stock import TASKS, TIMES, stock_take

REFERENCES = 2_000
SEARCHES, VISITS = 120, 20
DASHBOARD_MS, SEARCH_MS = 300, 200
# What nearly every text has, beside words that are drawn from the texts themselves.
COMMON = ("です", "その", "こと", "ている", "（51")


class Request(NamedTuple):
    """An address and what it is asked with."""

    path: str
    query: dict[str, str]


@dataclass(frozen=True)
class Taken:
    """Milliseconds of each request, and of the processor for one of them on average."""

    times: list[float]
    python: float
    engines: float


def measure(rounds: int) -> Iterator[Figure]:
    """Yield the times of a visit to the dashboard and of a search, and what they cost the processor."""
    stock_take(references=REFERENCES, is_accepted=True, times=TIMES)
    from django.core.management import call_command
    from django.utils import timezone

    from annotation.models import FiguresState
    from annotation.services.figures import figures_refresh
    from annotation.services.search_index import waiting_sort_in

    call_command("collectstatic", interactive=False, verbosity=0)  # the pages name their files by their hashes
    client = manager_client()
    started = time.perf_counter()
    figures_refresh(everything=True)
    yield Figure("the dashboard's summaries made anew", [1000 * (time.perf_counter() - started)], "ms")
    started = time.perf_counter()
    figures_refresh()
    yield Figure("the dashboard's summaries brought up to now", [1000 * (time.perf_counter() - started)], "ms")
    waiting_sort_in()
    words = _words()
    dashboard = [Request("/ops/", {})] * VISITS
    searches = [Request("/ops/search/", {"q": word}) for word in words]
    # Nothing was ever cleared, so that all records are in this list.
    not_clean = [Request("/ops/not-clean/", {"page": str(page)}) for page in range(1, VISITS + 1)]
    asked = {
        "dashboard": (dashboard, DASHBOARD_MS),
        "what is not clean": (not_clean, DASHBOARD_MS),
        f"search for {len(words)} words": (searches, SEARCH_MS),
    }
    # The job runs each half minute, and here only once.
    FiguresState.objects.update(made_at=timezone.now(), clean_at=timezone.now())
    done = [{name: _ask(client, requests) for name, (requests, _limit) in asked.items()} for _round in range(rounds)]
    for name, (_requests, limit) in asked.items():
        of_all = f"{name}, {TASKS * TIMES:,} records"
        yield Figure(f"{of_all}, p50", [median(one[name].times) for one in done], "ms")
        yield Figure(f"{of_all}, p95", [quantiles(one[name].times, n=20)[-1] for one in done], "ms", at_most=limit)
        yield Figure(f"{of_all}, processor time of Python", [one[name].python for one in done], "ms")
        yield Figure(f"{of_all}, processor time of the database", [one[name].engines for one in done], "ms")


def manager_client() -> Any:
    """A browser in which the manager is signed in."""
    from allauth.mfa.models import Authenticator
    from django.test import Client

    from vendors.models import User

    manager = User.objects.get(email="manager@example.org")
    # Whoever runs the operation in production has a second step.
    Authenticator.objects.get_or_create(user=manager, type="totp", defaults={"data": {"secret": ""}})
    client = Client(headers={"host": "localhost", "x-forwarded-proto": "https"})
    client.force_login(manager)
    return client


def _words() -> list[str]:
    """Words of two, three and six characters out of texts that are there, and those that are everywhere."""
    from annotation.models import Submission

    chance = random.Random(7)
    texts = list(Submission.objects.filter(pk__lte=2000).values_list("text", flat=True)[: SEARCHES // 3])
    drawn = [_piece(chance, text, length) for text in texts for length in (2, 3, 6)]
    return [*COMMON, *drawn]


def _piece(chance: random.Random, text: str, length: int) -> str:
    start = chance.randrange(max(1, len(text) - length))
    return text[start : start + length]


def _ask(client: Any, requests: list[Request]) -> Taken:
    """Ask one after another, after a first that is not counted."""
    client.get(*requests[0], secure=True)
    times, spent, engines = [], time.process_time(), place.engine_seconds()
    for request in requests:
        started = time.perf_counter()
        response = client.get(*request, secure=True)
        times.append(1000 * (time.perf_counter() - started))
        if response.status_code != 200:
            raise AssertionError(f"{request} answered {response.status_code}.")
    python, engines = time.process_time() - spent, place.engine_seconds() - engines
    return Taken(times, 1000 * python / len(requests), 1000 * engines / len(requests))
