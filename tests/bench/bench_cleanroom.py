"""How fast and how sure the clean room is on a store of generated references.

    python -m tests.bench.bench_cleanroom [references] [checks]

Words are drawn by Zipf's law from an invented vocabulary and joined by the commonest particles and
endings, so that the lengths, the share of kanji and the number of 8-grams in common are near those
of Japanese answers of 337 characters. What real answers share beyond that, it does not have.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable

import numpy as np

from annotation.cleanroom.engine import Candidate, Engine
from annotation.cleanroom.fingerprints import Fingerprints
from annotation.cleanroom.index import MemoryIndex
from annotation.cleanroom.stopgrams import StopGramCounter
from tests.annotation.cleanroom import texts

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


def main(count: int, checks: int) -> None:
    """Build a store, then print outcomes and times for texts of each kind."""
    author, chance = Author(1), random.Random(2)
    references = [author.write() for _ in range(count)]
    started = time.perf_counter()
    counter = StopGramCounter()
    for number, reference in enumerate(references):
        counter.add(str(number), [reference])
    engine = Engine(stops=counter.build())
    print(f"{len(engine.stops.hashes)} stop-grams counted in {time.perf_counter() - started:.1f} s")
    started = time.perf_counter()
    index = build_index(engine, references)
    print(f"{count} references indexed in {time.perf_counter() - started:.1f} s, {index.size} rows")
    fresh = Author(3)

    def pasted(length: int) -> str:
        text, source = fresh.write(), chance.choice(references)
        start, place = chance.randrange(max(1, len(source) - length)), chance.randrange(len(text))
        return text[:place] + source[start : start + length] + text[place:]

    kinds: dict[str, Callable[[], str]] = {
        "independent": fresh.write,
        "30 characters pasted": lambda: pasted(30),
        "60 characters pasted": lambda: pasted(60),
        "whole": lambda: chance.choice(references),
        "plain style": lambda: texts.as_plain_style(chance.choice(references)),
        "10% edited": lambda: texts.with_edits(chance.choice(references), 0.1, seed=chance.randrange(10**9)),
        "20% edited": lambda: texts.with_edits(chance.choice(references), 0.2, seed=chance.randrange(10**9)),
    }
    for kind, write in kinds.items():
        outcomes: Counter[str] = Counter()
        took = []
        for _ in range(checks):
            text = write()
            started = time.perf_counter()
            outcomes[check(engine, index, references, text, chance.randrange(count))] += 1
            took.append(1000 * (time.perf_counter() - started))
        middle, slow = np.percentile(took, (50, 95))
        shares = ", ".join(f"{outcome} {number / checks:.1%}" for outcome, number in sorted(outcomes.items()))
        print(f"{kind:22} {shares:40} {middle:5.1f} ms median {slow:5.1f} ms p95")


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:3]]
    main(*(arguments + [52_000, 300][len(arguments) :]))
