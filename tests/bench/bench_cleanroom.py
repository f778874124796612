"""How fast and how sure the clean room is on a store of generated references.

    make bench ONLY=cleanroom

Words are drawn by Zipf's law from an invented vocabulary and joined by the commonest particles and
endings, so that the lengths, the share of kanji and the number of 8-grams in common are near those
of Japanese answers of 337 characters. What real answers share beyond that, it does not have.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from annotation.cleanroom.engine import Candidate, Engine
from annotation.cleanroom.fingerprints import Fingerprints
from annotation.cleanroom.index import MemoryIndex
from annotation.cleanroom.stopgrams import count_stop_grams
from tests.annotation.cleanroom import texts
from tests.bench.report import Figure

REFERENCES = 52_000
CHECKS = 200

KANJI = [chr(0x4E00 + 9 * number) for number in range(2000)]
OKURIGANA = (
    "",
    "",
    "",
    "する",
    "した",
    "して",
    "される",
    "的な",
    "しやすい",
    "いる",
    "った",
    "りながら",
    "るための",
    "くて",
)
ENDINGS = (
    "です。",
    "ます。",
    "になります。",
    "することができます。",
    "と言えるでしょう。",
    "だと考えられます。",
    "のです。",
)
PARTICLES = ("は", "が", "を", "に", "の", "で", "と", "も", "から", "まで", "や", "、", "には", "として", "における")


class Author:
    """Writes texts of about 337 characters."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        invent = random.Random(0)
        self._words = ["".join(invent.choices(KANJI, k=invent.choice((2, 2, 2, 3, 4)))) for _ in range(20_000)]
        self._weights = list(np.cumsum([1 / (rank + 30) for rank in range(20_000)]))

    def write(self) -> str:
        """Return a text."""
        length = self._chance.gauss(337, 90)
        parts: list[str] = []
        size = 0
        while size < max(80, length):
            words = self._chance.choices(self._words, cum_weights=self._weights, k=self._chance.randint(3, 8))
            sentence = "".join(word + self._chance.choice(OKURIGANA) + self._chance.choice(PARTICLES) for word in words)
            parts.append(sentence + self._chance.choice(ENDINGS))
            size += len(parts[-1])
        return "".join(parts)


def build_index(engine: Engine, references: list[str]) -> MemoryIndex:
    """Return an index of the references, built at once."""
    hashes, owners = [], []
    for number, reference in enumerate(references):
        prints = engine.fingerprint(reference).all()
        hashes.append(prints)
        owners.append(np.full(len(prints), number, dtype=np.int64))
    index = MemoryIndex()
    index.add_rows(np.concatenate(hashes), np.concatenate(owners))
    return index


def check(engine: Engine, index: MemoryIndex, references: list[str], text: str, own: int) -> str:
    """Look a text up, compare it and return the outcome."""
    prints: Fingerprints = engine.fingerprint(text)
    found = dict.fromkeys((own, *index.candidates(prints, limit=engine.settings.candidates)))
    return engine.compare(text, [], [Candidate(id=n, text=references[n], is_own=n == own) for n in found]).outcome.value


def measure(rounds: int) -> Iterator[Figure]:
    """Yield what became of texts of each kind, and how long a check took. One store serves all rounds."""
    references, engine, index = make_store(REFERENCES)
    chance = random.Random(2)
    for kind, write in kinds_of(references, chance).items():
        done = [one_round(engine, index, references, write, chance) for _ in range(rounds)]
        name = f"clean room, {REFERENCES} references, {kind}"
        yield Figure(f"{name}: blocked", [100 * outcomes["block"] / CHECKS for outcomes, _ in done], "%")
        yield Figure(f"{name}: to review", [100 * outcomes["review"] / CHECKS for outcomes, _ in done], "%")
        for percentile in (50, 95):
            times = [float(np.percentile(took, percentile)) for _, took in done]
            yield Figure(f"{name}: check p{percentile}", times, "ms")


def make_store(count: int) -> tuple[list[str], Engine, MemoryIndex]:
    """Return references, and an engine and an index that know them."""
    author = Author(1)
    references = [author.write() for _ in range(count)]
    engine = Engine(stops=count_stop_grams(lambda: [(str(n), [text]) for n, text in enumerate(references)]))
    return references, engine, build_index(engine, references)


def kinds_of(references: list[str], chance: random.Random) -> dict[str, Callable[[], str]]:
    """Return writers of texts by kind: independent ones, and copies in several disguises."""
    fresh = Author(3)

    def pasted(length: int) -> str:
        text, source = fresh.write(), chance.choice(references)
        start, place = chance.randrange(max(1, len(source) - length)), chance.randrange(len(text))
        return text[:place] + source[start : start + length] + text[place:]

    return {
        "independent": fresh.write,
        "30 characters pasted": lambda: pasted(30),
        "60 characters pasted": lambda: pasted(60),
        "whole": lambda: chance.choice(references),
        "plain style": lambda: texts.as_plain_style(chance.choice(references)),
        "10% edited": lambda: texts.with_edits(chance.choice(references), 0.1, seed=chance.randrange(10**9)),
        "20% edited": lambda: texts.with_edits(chance.choice(references), 0.2, seed=chance.randrange(10**9)),
    }


def one_round(
    engine: Engine, index: MemoryIndex, references: list[str], write: Callable[[], str], chance: random.Random
) -> tuple[Counter[str], list[float]]:
    """Check CHECKS texts; returns the outcomes and the milliseconds of each."""
    outcomes: Counter[str] = Counter()
    took = []
    for _ in range(CHECKS):
        text, own = write(), chance.randrange(len(references))
        started = time.perf_counter()
        outcomes[check(engine, index, references, text, own)] += 1
        took.append(1000 * (time.perf_counter() - started))
    return outcomes, took
