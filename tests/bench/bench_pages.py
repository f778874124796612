"""The operator's pages over 52,000 accepted records: the dashboard, and searches for words, asked for by a manager one by one."""

import random
import time
from collections.abc import Iterator
from statistics import quantiles
from typing import Any

from tests.bench.report import Figure
from tests.bench.stock import TASKS, stock_take

REFERENCES = 200
SEARCHES, VISITS = 120, 20
DASHBOARD_MS, SEARCH_MS = 300, 200
# What nearly every text has, beside words that are drawn from the texts themselves.
COMMON = ("です", "その", "こと", "ている", "（51")


def measure(rounds: int) -> Iterator[Figure]:
    """Yield the 95th percentiles of a visit to the dashboard and of a search, in milliseconds."""
    stock_take(references=REFERENCES, is_accepted=True)
    from django.core.management import call_command

    from annotation.services.figures import figures_refresh
    from annotation.services.search_index import waiting_sort_in

    call_command("collectstatic", interactive=False, verbosity=0)  # the pages name their files by their hashes
    client = manager_client()
    started = time.perf_counter()
    figures_refresh(everything=True)
    yield Figure("the dashboard's summaries made anew", [1000 * (time.perf_counter() - started)], "ms")
    waiting_sort_in()
    words = _words()
    visits, searches = [], []
    for _round in range(rounds):
        visits.append(_p95([_milliseconds(client, "/ops/") for _visit in range(VISITS)]))
        searches.append(_p95([_milliseconds(client, "/ops/search/", {"q": word}) for word in words]))
    yield Figure(f"dashboard, {TASKS} records, p95", visits, "ms", at_most=DASHBOARD_MS)
    yield Figure(f"search, {TASKS} records, p95 of {len(words)} words", searches, "ms", at_most=SEARCH_MS)


def manager_client() -> Any:
    """A browser in which the manager is signed in."""
    from allauth.mfa.models import Authenticator
    from django.test import Client

    from vendors.models import User

    manager = User.objects.get(email="manager@example.org")
    # Whoever runs the operation in production has a second step.
    Authenticator.objects.get_or_create(user=manager, type="totp", defaults={"data": {"secret": ""}})
    client = Client(headers={"host": "localhost", "x-forwarded-proto": "https"})
    client.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
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


def _milliseconds(client: Any, path: str, query: dict[str, str] | None = None) -> float:
    started = time.perf_counter()
    response = client.get(path, query, secure=True)
    taken = 1000 * (time.perf_counter() - started)
    if response.status_code != 200:
        raise AssertionError(f"{path} answered {response.status_code}.")
    return taken


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]
