"""The editor under load: sixteen writers open the page, save and send over HTTP; and a claim from a short and a long queue."""

import time
from collections.abc import Iterator

import numpy as np

from tests.bench.bench_queue import SECONDS, WARM_SECONDS, processor_seconds, run_writers, sign_in, web
from tests.bench.multiplied import copied
from tests.bench.report import Figure

TEXTS = 1000
REFERENCES = 2_000
STEPS = ["page", "draft", "submit"]
PAUSE_SECONDS = 0.5  # of each writer after each answer: four times as busy as somebody who writes
# Milliseconds at the median and at p95; None is not asked for.
TARGETS = {"page": (100, 250), "draft": (20, None), "submit": (60, None)}
NAMES = {"page": "page of the editor", "draft": "autosave", "submit": "submit and next"}
QUEUES = (5_000, 500_000)
CLAIMS = 200
TARGET_RATIO = 1.5


def measure(rounds: int) -> Iterator[Figure]:
    """Yield the times of the editor's requests, then those of a claim at both lengths of the queue."""
    from django.core.management import call_command

    from tests.bench import stock
    from tests.bench.bench_cleanroom import Author

    call_command("collectstatic", interactive=False, verbosity=0)  # the page names its files by their hashes
    author = Author(5)
    texts = [author.write() for _ in range(TEXTS)]
    done, processor = [], []
    for _ in range(rounds):
        stock.stock_take(references=REFERENCES)
        plan = {"texts": texts, "writers": sign_in(), "is_joined": True, "steps": STEPS, "pause_seconds": PAUSE_SECONDS}
        with web() as live:
            plan["url"] = live.url
            run_writers({**plan, "seconds": WARM_SECONDS})
            before = processor_seconds(live)
            done.append(run_writers({**plan, "seconds": SECONDS})["milliseconds"])
            spent = sum(seconds - before[name] for name, seconds in processor_seconds(live).items())
            processor.append(1000 * spent / len(done[-1]["submit"]))
    yield Figure("editor: processor time of a page, an autosave and a submission", processor, "ms")
    for step, limits in TARGETS.items():
        for percentile, limit in zip((50, 95), limits, strict=True):
            times = [float(np.percentile(one[step], percentile)) for one in done]
            yield Figure(f"editor, 52,000 tasks, 16 writers: {NAMES[step]} p{percentile}", times, "ms", at_most=limit)
    yield from claims(rounds)


def claims(rounds: int) -> Iterator[Figure]:
    """Yield the median time of a claim at each length of the queue, and how they compare."""
    from tests.bench import stock

    medians: dict[int, list[float]] = {}
    for length in QUEUES:
        stock.stock_take(references=REFERENCES)
        queue_fit(length)
        medians[length] = [float(np.median(claim_times())) for _ in range(rounds)]
        yield Figure(f"claim, {length} queued: p50", medians[length], "ms")
    ratios = [long / short for short, long in zip(*medians.values(), strict=True)]
    yield Figure("claim, 500000 queued against 5000", ratios, "x", at_most=TARGET_RATIO)


def queue_fit(length: int) -> None:
    """Make the queue as long as that: what is too much is closed, what lacks is copied, with instructions of its own."""
    from django.db import connection

    from annotation.models import Task
    from collection.models import Instruction

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE annotation_task SET is_open = false WHERE id IN (SELECT id FROM annotation_task ORDER BY id OFFSET %s)",
            [length],
        )
        lacking = length - Task.objects.filter(is_open=True).count()
        if lacking > 0:
            copies = copied(Instruction, "i", public_id="gen_random_uuid()", id="i.id + n.n * 10000000")
            cursor.execute(
                f"INSERT INTO collection_instruction {copies} FROM generate_series(1, 10) n (n), collection_instruction i"
                " JOIN annotation_task t ON t.instruction_id = i.id"
            )
            copies = copied(
                Task, "t", public_id="gen_random_uuid()", id="t.id + n.n * 10000000",
                instruction_id="t.instruction_id + n.n * 10000000",
            )  # fmt: skip
            cursor.execute(
                f"INSERT INTO annotation_task {copies} FROM generate_series(1, 10) n (n), annotation_task t"
                " WHERE t.id < 10000000 LIMIT %s",
                [lacking],
            )
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE annotation_task")
        cursor.execute("VACUUM ANALYZE collection_instruction")


def claim_times() -> list[float]:
    """Milliseconds of each of many claims, by every writer in turn; each task is put back, uncounted."""
    from annotation.services.queue import task_claim, task_release
    from vendors.models import User

    writers = list(User.objects.filter(email__startswith="writer").order_by("pk"))
    times = []
    for number in range(CLAIMS):
        writer = writers[number % len(writers)]
        began = time.perf_counter()
        task = task_claim(writer=writer)
        times.append(1000 * (time.perf_counter() - began))
        assert task is not None
        task_release(writer=writer, task=task)
    return times
