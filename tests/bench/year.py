"""`make bench-year [SCALE=500,5000] [PEOPLE=1000]`: so many instructions through every step, to a signed release that verifies itself.

People act over HTTP: 60 writers claim, open the page, save and send; reviewers open the desk and decide. With PEOPLE, so many
instructions go through their hands, import first, when all others are there: those are put in by COPY, which is not measured. Without
it all do, and above `MOST_BY_HAND` none. Each step's processor time is that of all programs and engines together. A step of which one
item costs `TARGET_RATIO` times as much at the largest scale as at the smallest grows faster than linearly: that fails. Prints the table,
writes var/bench/year.json.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import StringIO
from typing import Any

from tests.bench import place
from tests.bench.processor import seconds_of

SCALES = (5_000, 52_000, 500_000)
MOST_BY_HAND = 60_000
WRITERS, REVIEWERS = 60, 6
MOST_TEXTS = 10_000  # in the writers' program; then they come again
TARGET_RATIO = 1.5
# Of so few seconds of the processor the clock says little.
LEAST_SECONDS = 2.0
PATIENCE_SECONDS = 3600
# Of texts made by chance, a few are too close to a reference and are rejected.
CLEAN_SHARE = 0.9


@dataclass
class Step:
    """One step of one scale: seconds, processor seconds, bytes that the database grew by."""

    scale: int
    name: str
    items: int
    wall: float
    processor: float
    grown: int

    @property
    def each(self) -> float:
        """Milliseconds of the processor for one item."""
        return 1000 * self.processor / max(1, self.items)


class Year:
    """One run at one scale; `by_people` of its instructions go through people's hands."""

    def __init__(self, scale: int, by_people: int) -> None:
        self.scale = scale
        self.by_people = by_people
        self.steps: list[Step] = []

    @contextmanager
    def step(self, name: str, items: int | None = None) -> Iterator[None]:
        """Measure what happens inside."""
        size, spent, began = database_size(), processor_spent(), time.perf_counter()
        yield
        wall, processor = time.perf_counter() - began, processor_spent() - spent
        self.steps.append(Step(self.scale, name, items or self.scale, wall, processor, database_size() - size))
        print(row(self.steps[-1]), file=sys.stderr, flush=True)

    def run(self) -> None:
        """Every step, one after another."""
        database_new()
        people = everybody()
        if copied := self.scale - self.by_people:
            self.copy(copied, people)
        if self.by_people:
            self.come_in(people)
            self.write_and_review()
            self.books(people)
        self.release()

    def copy(self, count: int, people: dict[str, Any]) -> None:
        """So many instructions with their references, and the work on them, by COPY."""
        from django.db import connection

        from annotation.services.commitments import commitments_mend
        from annotation.services.likenesses import likenesses_mend
        from tests.bench.stock import _accept_all, instructions_put

        with self.step("the gate's index", count):
            instructions_put(count, count)
        commitments_mend()
        with self.step("an order for all the others: queue filled", count):
            self.ordered(people, count)
        _accept_all()
        if self.by_people:
            likenesses_mend()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")  # what the copying left to write is no part of what follows

    def come_in(self, people: dict[str, Any]) -> None:
        """The instructions for people, each with its reference, and the order for them."""
        from django.core.management import call_command

        from tests.bench.bench_cleanroom import Author

        asked, answers = Author(6), Author(7)
        file = place.VAR / "year.jsonl"
        with file.open("w") as lines:
            for number in range(self.by_people):
                line = {"instruction": f"{asked.write()[:80]}（{number}）", "language": "ja", "category": "open_qa"}
                line["reference"] = {"model": "gpt-4o", "text": answers.write()}  # type: ignore[assignment]
                lines.write(json.dumps(line, ensure_ascii=False) + "\n")
        with self.step("import, with screening and references", self.by_people):
            call_command("import_instructions", str(file), licence="CC-BY-4.0", json=True, stdout=StringIO())
            self.decide_held()
        with self.step("order: queue filled", self.by_people):
            self.ordered(people, self.by_people)

    def decide_held(self) -> None:
        """What screening held for a person: texts of one author are alike now and then."""
        from collection.models import Instruction
        from collection.services.screening import instruction_decide
        from vendors.models import User

        manager = User.objects.get(email="manager@example.org")
        for held in Instruction.objects.filter(status="held"):
            instruction_decide(instruction=held, accept=True, by=manager, why="a benchmark's")

    def ordered(self, people: dict[str, Any], quantity: int) -> None:
        """An order, issued and accepted: its queue is filled."""
        from tests.factories.vendors import make_active_order

        make_active_order(by=people["manager"], lead=people["lead"], vendor=people["vendor"], quantity=quantity)

    def write_and_review(self) -> None:
        """The people's part, with the worker beside them."""
        from tests.bench.bench_cleanroom import Author
        from tests.bench.bench_queue import run_writers, sign_in
        from tests.bench.reviewers import review_all

        author = Author(5)
        texts = [author.write() for _ in range(min(self.by_people + WRITERS, MOST_TEXTS))]
        with site() as url:
            plan = {"url": url, "texts": texts, "writers": sign_in(), "is_joined": True, "until_empty": True}
            with self.step("write: claim, page, autosave, send", self.by_people):
                run_writers({**plan, "steps": ["page", "draft", "submit"], "seconds": PATIENCE_SECONDS})
            with self.step("moderation of what was sent", self.by_people):
                await_moderation(self.scale)  # the copied have theirs
            with self.step("review: page, verdict", self.by_people):
                verdicts = review_all(url, sign_in("reviewer"))
        print(f"{self.scale}: verdicts {dict(verdicts)}", file=sys.stderr)
        if sum(verdicts.values()) < self.by_people:
            raise AssertionError(f"of {self.by_people} texts {sum(verdicts.values())} were judged")

    def books(self, people: dict[str, Any]) -> None:
        """The month's statements, from what the acceptances earned."""
        from django.utils import timezone

        from vendors.models import Earning
        from vendors.selectors import month_of_receipt
        from vendors.services.statements import statements_prepare

        with self.step("statements", Earning.objects.count()):
            statements_prepare(month=month_of_receipt(timezone.now()), by=people["finance"])

    def release(self) -> None:
        """Clear, export and verify, each in a program of its own."""
        from django.core.management import call_command

        from annotation.models import Release

        folder = place.VAR / "year-release"
        shutil.rmtree(folder, ignore_errors=True)
        with self.step("clearance and signed release"):
            call_command("export_clean", "--out", str(folder), "--json", stdout=StringIO())
        count = Release.objects.order_by("-pk")[0].record_count
        if count < CLEAN_SHARE * self.scale:
            raise AssertionError(f"of {self.scale} instructions {count} records were released")
        with self.step("the release verifies itself", count):
            subprocess.run([sys.executable, str(folder / "verify_release.py")], check=True, capture_output=True)
        with self.step("figures of the dashboard"):
            from annotation.services.figures import figures_refresh

            figures_refresh()


def everybody() -> dict[str, Any]:
    """The house, a vendor, 60 writers who signed."""
    from annotation.release.keys import key_new, keys_listed
    from annotation.services.gate_settings import gate_settings_in_force
    from tests.factories.traces import make_trace_choice
    from tests.factories.vendors import make_agreement, make_organisation, make_signature, make_user

    house = make_organisation(kind="operator", name="Hitode")
    vendor = make_organisation(name="Kaede Writing")
    people = {
        role: make_user(organisation=house, role=role, email=f"{role}@example.org") for role in ("manager", "finance")
    }
    for number in range(REVIEWERS):
        make_user(organisation=house, role="reviewer", email=f"reviewer{number or ''}@example.org")
    people["lead"] = make_user(organisation=vendor, role="lead", email="lead@example.org")
    make_agreement()
    for number in range(WRITERS):
        writer = make_user(organisation=vendor, role="writer", email=f"writer{number}@example.org")
        make_signature(writer)
        make_trace_choice(writer)
    gate_settings_in_force()
    if not keys_listed():
        key_new()
    return {**people, "vendor": vendor}


@contextmanager
def site() -> Iterator[str]:
    """The web server and a worker. The practice program stands in for the provider, under another's name."""
    from config import supervisor
    from tests.live import live_stack

    with live_stack(
        database=place.DATABASE,
        name="year",
        workers=2,
        HITODE_PRACTICE="false",
        HITODE_DEMONSTRATION="true",  # reviewers without a second step
        HITODE_REVIEW_UNDO_SECONDS="0",
        HITODE_LOG_FORMAT="lines",
        HITODE_DATABASE_POOL="16",
        HITODE_PORT=str(port := supervisor.any_free_port()),
        HITODE_BASE_URL=f"http://localhost:{port}",
        DJANGO_SETTINGS_MODULE="config.settings",
    ) as live:
        yield live.url


@contextmanager
def practice() -> Iterator[None]:
    """A provider for what this program asks itself: moderation during the import."""
    from django.conf import settings

    from config import supervisor

    port = supervisor.any_free_port()
    with subprocess.Popen(list(supervisor.practice_program(port).command), cwd=place.ROOT) as program:
        settings.OPENAI_BASE_URL = f"http://127.0.0.1:{port}/v1"
        try:
            yield
        finally:
            program.terminate()


def await_moderation(count: int) -> None:
    """Wait until the worker has had an answer about every text."""
    from django.db import connection

    question = "SELECT count(DISTINCT submission_id) FROM annotation_outputcheck WHERE check_id = 'moderation'"
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(question)
            if cursor.fetchone()[0] >= count:
                return
        time.sleep(0.5)
    raise RuntimeError("moderation did not come to its end")


def database_new() -> None:
    """An empty, migrated database."""
    from django.core.management import call_command
    from django.db import connections

    connections.close_all()
    place.database_drop(place.DATABASE)
    with place.server() as server:
        server.execute(f'CREATE DATABASE "{place.DATABASE}"')
    call_command("migrate", interactive=False, verbosity=0)
    call_command("ensure_export_role", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def database_size() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def processor_spent() -> float:
    """Of this program, all it started, and the engines."""
    return seconds_of(os.getpid()) + place.engine_seconds()


def row(step: Step) -> str:
    grown = step.grown / 1024 / max(1, step.items)
    return (
        f"{step.scale:>7} {step.name:<40} {step.items:>7} {step.wall:>9.1f} s {step.processor:>9.1f} s"
        f" {step.each:>9.2f} ms {step.grown / 1e6:>9.1f} MB {grown:>8.2f} KiB"
    )


def steep(steps: list[Step]) -> Iterator[str]:
    """The steps of which an item costs more, the more there are."""
    by_name: dict[str, list[Step]] = {}
    for step in steps:
        by_name.setdefault(step.name, []).append(step)
    for name, found in by_name.items():
        small, large = min(found, key=lambda one: one.scale), max(found, key=lambda one: one.scale)
        if small.processor > LEAST_SECONDS and large.each > TARGET_RATIO * small.each:
            yield f"{name}: {small.each:.2f} ms at {small.scale}, {large.each:.2f} ms at {large.scale}"


def main() -> int:
    """Run the scales that were asked for; 1 when a step grows faster than linearly."""
    parser = argparse.ArgumentParser(prog="make bench-year")
    parser.add_argument("--scale", default=",".join(str(scale) for scale in SCALES))
    parser.add_argument("--people", type=int, help="how many go through people's hands at every scale")
    chosen = parser.parse_args()
    scales = [int(scale) for scale in chosen.scale.split(",")]
    place.prepare()
    steps: list[Step] = []
    with practice():
        for scale in scales:
            by_people = (scale if scale <= MOST_BY_HAND else 0) if chosen.people is None else chosen.people
            year = Year(scale, min(scale, by_people))
            year.run()
            steps += year.steps
    head = f"{'':>7} {'':<40} {'items':>7} {'wall':>11} {'processor':>11} {'each':>12} {'database':>12} {'each':>12}"
    print("\n".join([head, *map(row, steps)]))
    (place.VAR / "year.json").write_text(
        json.dumps([{**asdict(step), "each": step.each} for step in steps], indent=2) + "\n"
    )
    print("\n".join(found := list(steep(steps))) or "No step grows faster than linearly.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
