"""The review desk with 52,000 tasks behind it: the page of a text, and a verdict that brings the next. One reviewer, no network.

What is due is entered between the requests, as the worker does it, and shown for itself.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.bench.report import Figure

REFERENCES = 2_000
WAITING = 400
WARM, JUDGED = 20, 150
SENT = {"verdict": "accept", "seconds": "20"}
# Milliseconds at the median and at p95; None is not asked for.
TARGETS = {"page": (120, 300), "verdict": (80, None), "entered": (None, None), "queue": (None, None)}
NAMES = {
    "page": "page of the desk",
    "verdict": "verdict and next",
    "entered": "a verdict entered by the worker",
    "queue": "page of the queue",
}


def measure(rounds: int) -> Iterator[Figure]:
    """Yield the times of the desk's requests, and what they cost the processor of the site."""
    from django.core.management import call_command

    from annotation.services.figures import figures_refresh
    from tests.bench import stock

    call_command("collectstatic", interactive=False, verbosity=0)  # the page names its files by their hashes
    done = []
    for _ in range(rounds):
        stock.stock_take(references=REFERENCES, is_accepted=True, times=stock.TIMES)
        _texts_wait()
        figures_refresh(everything=True)  # the desk tells of the writer what the dashboard's job has counted
        done.append(_judge())
    for step, limits in TARGETS.items():
        name = f"desk, {stock.TASKS * stock.TIMES:,} tasks: {NAMES[step]}"
        for percentile, limit in zip((50, 95), limits, strict=True):
            times = [float(np.percentile(one[step], percentile)) for one in done]
            yield Figure(f"{name} p{percentile}", times, "ms", at_most=limit)
        yield Figure(f"{name}, processor time", [float(np.mean(one[f"{step} processor"])) for one in done], "ms")


def _texts_wait() -> None:
    """Put the last texts back before their verdicts, each in words of its own, and index what was accepted."""
    from django.db import connection, transaction

    from annotation.models import Submission, Task
    from annotation.services.drafts import text_sha256
    from annotation.services.likenesses import likenesses_mend
    from tests.bench.bench_cleanroom import Author
    from tests.bench.stock import TIMES

    author = Author(9)
    waiting = list(Task.objects.order_by("-pk").values_list("pk", flat=True)[:WAITING])
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM annotation_review WHERE submission_id = ANY(%s)", [waiting])
        cursor.execute("DELETE FROM annotation_recordsalt WHERE task_id = ANY(%s)", [waiting])
        cursor.execute(
            "UPDATE annotation_task SET status = 'submitted', decided_at = NULL WHERE id = ANY(%s)", [waiting]
        )
        for pk in waiting:
            text = author.write()
            facts = {"text": text, "text_sha256": text_sha256(text), "character_count": len(text)}
            Submission.objects.filter(pk=pk).update(**facts)
        cursor.execute("SET session_replication_role = origin")
    if TIMES == 1:
        with transaction.atomic():  # one wait for the disk, not one for each text
            likenesses_mend()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _judge() -> dict[str, list[float]]:
    """Milliseconds of each request, by step: waited for, and spent by the processor in this process."""
    from allauth.mfa.models import Authenticator
    from django.test import Client

    from annotation.services.verdicts import verdicts_enter
    from vendors.models import User

    reviewer = User.objects.get(email="reviewer@example.org")
    Authenticator.objects.get_or_create(user=reviewer, type="totp", defaults={"data": {"secret": ""}})
    client = Client(headers={"host": "localhost"})
    client.force_login(reviewer)
    times: dict[str, list[float]] = {f"{step}{kind}": [] for step in TARGETS for kind in ("", " processor")}

    def timed(step: str, ask: Callable[[], Any]) -> Any:
        began, spent = time.perf_counter(), time.process_time()
        answer = ask()
        if answer:
            times[f"{step} processor"].append(1000 * (time.process_time() - spent))
            times[step].append(1000 * (time.perf_counter() - began))
        return answer

    def asked(step: str, ask: Callable[[], Any], status: int) -> Any:
        answer = timed(step, ask)
        assert answer.status_code == status, (step, answer.status_code)
        return answer

    at = client.post("/review/next/")["Location"]
    for number in range(WARM + JUDGED):
        if number == WARM:
            for kept in times.values():
                kept.clear()
        here = at
        asked("page", lambda here=here: client.get(here), 200)
        at = asked("verdict", lambda here=here: client.post(f"{here}verdict/", SENT), 302)["Location"]
        if number % 10 == 0:
            asked("queue", lambda: client.get("/review/"), 200)
        timed("entered", verdicts_enter)
    return times
