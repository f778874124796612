"""What tiles find of real texts, what they find by chance, and how long the check of a release takes with them.

    python -m tests.bench.corpora && make bench ONLY=tiles

References, and the texts of other people, are those of the bench `quality`; every text of other people is tried, not a sample. One that
shares sixty characters in a row with a reference was copied from it by its authors, and is left out. What the gate says of each text
that has a piece is told beside it, as a release lists it. The time is that of `verify_release.py` in a process of its own, both of its
processes together, over generated texts.
"""

import os
import random
import resource
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from annotation.cleanroom.engine import Engine
from annotation.cleanroom.stopgrams import StopGrams, count_stop_grams
from annotation.cleanroom.tile_scan import Tiles
from annotation.cleanroom.tiles import tiles_of
from annotation.release.build import VERIFIER_FILE, release_build
from tests.annotation.cleanroom import texts
from tests.annotation.release.test_build import KEY, make_row
from tests.bench import place
from tests.bench.bench_cleanroom import Author, build_index
from tests.bench.bench_quality import COPIED_BY_ITS_AUTHORS, HOSTS, SOURCES, Store, drawn, fill_up, share_figure
from tests.bench.report import Figure

COPIES = int(os.environ.get("BENCH_TEXTS", "1000"))  # of each kind
RECORDS = int(os.environ.get("BENCH_RECORDS", "50000"))
LEAST_FOUND = {40: None, 60: 100.0, 90: 100.0}  # per cent of passages of so many characters
MOST_BY_CHANCE = 0.7  # per cent of the texts of other people


def measure(rounds: int) -> Iterator[Figure]:
    """Yield what is found of each kind, and the processor time of a check."""
    chance = random.Random(7)
    sources = {language: drawn(names, chance) for language, names in SOURCES.items()}
    hosts = {language: drawn(names, chance) for language, names in HOSTS.items()}
    references = [text for source in sources.values() for text in source]
    fill_up(references)
    stops = count_stop_grams(lambda: [(str(n), [text]) for n, text in enumerate(references)])
    engine = Engine(stops=stops)
    store = Store(references, engine, build_index(engine, references))
    made = tiles_of(references, stops)
    tiles = Tiles(made.dump())
    yield Figure(f"tiles of {len(references)} references", [len(made.hashes)])
    for language, source in sources.items():
        if source and hosts[language]:
            yield from _of_other_people(tiles, store, hosts[language], language, chance)
            yield from _copies(tiles, source, hosts[language], language, chance)
    yield from _time(rounds, tiles_of(references[:2000], StopGrams.commonplaces()))


def _of_other_people(
    tiles: Tiles, store: Store, hosts: list[str], language: str, chance: random.Random
) -> Iterator[Figure]:
    """How many texts have a piece by chance, and what the gate says of those."""
    decisions: Counter[str] = Counter()
    for text in hosts:
        if tiles.count(text):
            report = store.check(text, None, chance)
            is_copy = report.scores["longest_run"] >= COPIED_BY_ITS_AUTHORS
            decisions["copied by its authors" if is_copy else report.outcome.value] += 1
    copied = decisions.pop("copied by its authors", 0)
    all_of_them = Counter({"": len(hosts) - copied})
    name = f"tiles, {language}, other people's texts with a piece"
    yield share_figure(name, decisions.total(), all_of_them, at_most=MOST_BY_CHANCE)
    for decision in ("pass", "review", "block"):
        yield Figure(f"{name}: of these the gate says {decision}", [decisions[decision]])


def _copies(
    tiles: Tiles, source: list[str], hosts: list[str], language: str, chance: random.Random
) -> Iterator[Figure]:
    def pasted(length: int) -> str:
        text, copied = chance.choice(hosts), chance.choice(source)
        while len(copied) < length:
            copied = chance.choice(source)
        start, at = chance.randrange(len(copied) - length + 1), chance.randrange(len(text))
        return text[:at] + copied[start : start + length] + text[at:]

    kinds: dict[str, tuple[Callable[[], str], float | None]] = {
        **{f"{n} characters pasted": (lambda n=n: pasted(n), least) for n, least in LEAST_FOUND.items()},  # type: ignore[misc]
        "whole": (lambda: chance.choice(source), 100.0),
        "10% edited": (lambda: texts.with_edits(chance.choice(source), 0.1, seed=chance.randrange(10**9)), 95.0),
    }
    for kind, (write, least) in kinds.items():
        found = sum(tiles.count(write()) > 0 for _ in range(COPIES))
        yield share_figure(f"tiles, {language}, {kind}: found", found, Counter({"": COPIES}), at_least=least)


def _time(rounds: int, made: object) -> Iterator[Figure]:
    """The processor time of a check, without tiles and with them."""
    folder = place.VAR / "tiles"
    shutil.rmtree(folder, ignore_errors=True)
    author = Author(3)
    outputs = [author.write() for _ in range(min(RECORDS, 5000))]
    ids = (f"{number:08x}-0000-4000-8000-000000000000" for number in range(RECORDS))
    rows = (make_row(n, id=id, family=id, output=outputs[n % len(outputs)]) for n, id in enumerate(ids))
    release_build(rows=rows, folder=folder, name="tiles", key=KEY, tiles=made)  # type: ignore[arg-type]
    for name, options in (("without tiles", []), ("with tiles", ["--tiles"])):
        took = [_seconds_of(folder, options) for _ in range(rounds)]
        yield Figure(f"check of {RECORDS} records, {name}: processor time", took, "s")
        yield Figure(f"— of a record, {name}", [1000 * seconds / RECORDS for seconds in took], "ms")
    shutil.rmtree(folder)


def _seconds_of(folder: Path, options: list[str]) -> float:
    def used() -> float:
        of_children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return of_children.ru_utime + of_children.ru_stime

    before = used()
    subprocess.run([sys.executable, "-B", folder / VERIFIER_FILE, *options], check=True, stdout=subprocess.DEVNULL)
    return used() - before
