"""How sure the gate is on real text: passages of answers and manuals put into what other people wrote, and innocents.

    python -m tests.bench.corpora && make bench ONLY=quality

References are Japanese and English manuals; with BENCH_ANSWERS=FILE (JSON lines, `reference.text`) a model's real answers too.
Manuals of the same systems share their terms: their innocents are harder than answers to other questions. A share has the lower
and the upper end of its 95% interval (Wilson) beside it.
"""

import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from annotation.cleanroom.calibration import wilson
from annotation.cleanroom.engine import Engine
from annotation.cleanroom.stopgrams import count_stop_grams
from tests.annotation.cleanroom import texts
from tests.bench import corpora
from tests.bench.bench_cleanroom import build_index, check
from tests.bench.report import Figure

TEXTS = int(os.environ.get("BENCH_TEXTS", "200"))  # of each kind
MOST = 700  # texts of one corpus
SOURCES = {
    "ja": ("handbook-ja", "reference-ja", "developers-ja", "kicad-ja", "gimp-ja", "music-ja"),
    "en": ("handbook-en", "gimp-en", "python-en"),
}
HOSTS = {
    "ja": ("aptitude-ja", "faq-ja", "manuals-ja", "maintainers-ja", "installation-ja", "gnome-ja"),
    "en": ("sayings-en", "gnome-en"),
}
LEAST_CAUGHT = {30: 95.0, 60: 100.0, 90: 100.0}  # per cent blocked of passages of so many characters


def measure(rounds: int) -> Iterator[Figure]:
    """Yield what became of texts of each kind; one store serves all rounds."""
    chance = random.Random(7)
    sources = {language: _drawn(names, chance) for language, names in SOURCES.items()}
    hosts = {language: _drawn(names, chance) for language, names in HOSTS.items()}
    if path := os.environ.get("BENCH_ANSWERS"):
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        sources["answers"] = [json.loads(line)["reference"]["text"] for line in lines]
        hosts["answers"] = hosts["ja"]
    references = [text for source in sources.values() for text in source]
    engine = Engine(stops=count_stop_grams(lambda: [(str(n), [text]) for n, text in enumerate(references)]))
    index = build_index(engine, references)
    for name, source in sources.items():
        if not source or not hosts[name]:
            continue  # its packages are not to be had here
        for kind, (write, least) in _kinds(source, hosts[name], chance).items():
            outcomes: Counter[str] = Counter()
            for _ in range(TEXTS * rounds):
                outcomes[check(engine, index, references, write(), chance.randrange(len(references)))] += 1
            yield from _figures(f"real text, {name}, {kind}", outcomes, least)


def _drawn(names: tuple[str, ...], chance: random.Random) -> list[str]:
    drawn = []
    for name in names:
        of_one = corpora.texts(name)
        drawn += chance.sample(of_one, min(MOST, len(of_one)))
    return drawn


def _kinds(
    source: list[str], hosts: list[str], chance: random.Random
) -> dict[str, tuple[Callable[[], str], float | None]]:
    """Return writers of texts by kind, and the least share of them to be blocked; None for the innocent."""

    def pasted(length: int) -> str:
        text, copied = chance.choice(hosts), chance.choice([one for one in source if len(one) >= length])
        start, place = chance.randrange(len(copied) - length + 1), chance.randrange(len(text))
        return text[:place] + copied[start : start + length] + text[place:]

    def edited(share: float) -> str:
        return texts.with_edits(chance.choice(source), share, seed=chance.randrange(10**9))

    return {
        "innocent": (lambda: chance.choice(hosts), None),
        **{f"{n} characters pasted": (lambda n=n: pasted(n), least) for n, least in LEAST_CAUGHT.items()},  # type: ignore[misc]
        "whole": (lambda: chance.choice(source), 100.0),
        "in disguise": (lambda: texts.with_disguises(chance.choice(source)), 100.0),
        "plain style": (lambda: texts.as_plain_style(chance.choice(source)), 100.0),
        "10% edited": (lambda: edited(0.1), 100.0),
        "20% edited": (lambda: edited(0.2), 95.0),
    }


def _figures(name: str, outcomes: Counter[str], least: float | None) -> Iterator[Figure]:
    total = outcomes.total()
    for outcome, most in (("block", 0.2), ("review", 1.5)):
        share, low, high = (100 * value for value in wilson(outcomes[outcome], total))
        told = f"{name}: {outcome}, {outcomes[outcome]} of {total} ({low:.1f} to {high:.1f}%)"
        if least is None:
            yield Figure(told, [share], "%", at_most=most)
        else:
            yield Figure(told, [share], "%", at_least=least if outcome == "block" else None)
