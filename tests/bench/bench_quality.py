"""How sure the gate is on real text: passages of answers and manuals put into what other people wrote, copies, innocents.

    python -m tests.bench.corpora && make bench ONLY=quality

References are Japanese and English manuals, and generated texts to make up the number; with BENCH_ANSWERS=FILE (JSON lines, `reference.text`) a model's real answers too.
Manuals of the same systems share their terms: their innocents are harder than answers to other questions. One that shares
sixty characters in a row with a reference was copied from it by its authors, and is left out. Copies are of answers that are long
enough to be blocked at all; the shorter ones have lines of their own. A share has the lower and the upper end of its 95% interval
(Wilson) beside it.
"""

import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from annotation.cleanroom.calibration import wilson
from annotation.cleanroom.engine import Candidate, Engine, Report
from annotation.cleanroom.index import MemoryIndex
from annotation.cleanroom.normalise import is_kanji, normalise
from annotation.cleanroom.stopgrams import count_stop_grams
from tests.annotation.cleanroom import texts
from tests.bench import corpora
from tests.bench.bench_cleanroom import Author, build_index
from tests.bench.report import Figure

TEXTS = int(os.environ.get("BENCH_TEXTS", "200"))  # of each kind
MOST = 700  # texts of one corpus
REFERENCES = int(os.environ.get("BENCH_REFERENCES", "52000"))  # in all: passages are taken from the first few thousand
SOURCES = {
    "ja": ("handbook-ja", "reference-ja", "developers-ja", "kicad-ja", "gimp-ja", "music-ja"),
    "en": ("handbook-en", "gimp-en", "python-en"),
}
ALSO = ("office-ja", "office-en", "encyclopaedia-en")  # in the store too; then what is generated
HOSTS = {
    "ja": (
        "aptitude-ja",
        "faq-ja",
        "manuals-ja",
        "maintainers-ja",
        "installation-ja",
        "gnome-ja",
        "search-ja",
        "school-ja",
    ),
    "en": ("sayings-en", "gnome-en"),
}
LEAST_CAUGHT = {30: 95.0, 60: 100.0, 90: 100.0}  # per cent blocked of passages of so many characters
COPIED_BY_ITS_AUTHORS = 60
LEAST_KANJI = 60  # of a text whose kanji are opened
FILLERS = ("えっと", "まあ", "ほら", "その", "ねえ")
KANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわ"

Written = tuple[str, int | None]  # a text, and the number of the reference that answers its own instruction
Writer = Callable[[], Written]


@dataclass(frozen=True)
class Store:
    """References, and an engine and an index that know them."""

    references: list[str]
    engine: Engine
    index: MemoryIndex

    def check(self, text: str, own: int | None, chance: random.Random) -> Report:
        """Compare a text with its likely sources, its own reference among them: some reference, if it has none."""
        own = chance.randrange(len(self.references)) if own is None else own
        probe = self.engine.read(text, [])
        likely = self.index.candidates(self.engine.fingerprint_of(probe), limit=self.engine.settings.candidates)
        numbers = dict.fromkeys((own, *likely))
        found = [Candidate(n, self.references[n], is_own=n == own, instruction=n) for n in numbers]
        return self.engine.judge(probe, found)


@dataclass(frozen=True)
class Kind:
    """A way in which texts come to be; the least share to be caught in per cent, or None for the innocent."""

    write: Writer
    least: float | None
    counts_review: bool = False


def measure(rounds: int) -> Iterator[Figure]:
    """Yield what became of texts of each kind; one store serves all rounds."""
    chance = random.Random(7)
    sources = {language: drawn(names, chance) for language, names in SOURCES.items()}
    hosts = {language: drawn(names, chance) for language, names in HOSTS.items()}
    if path := os.environ.get("BENCH_ANSWERS"):
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        sources["answers"] = [text for line in lines if (text := json.loads(line)["reference"]["text"]).strip()]
        hosts["answers"] = hosts["ja"]
    references = [text for source in sources.values() for text in source]
    fill_up(references)
    engine = Engine(stops=count_stop_grams(lambda: [(str(n), [text]) for n, text in enumerate(references)]))
    store = Store(references, engine, build_index(engine, references))
    first = 0
    for name, source in sources.items():
        numbers = range(first, first + len(source))
        first += len(source)
        if not source or not hosts[name]:
            continue  # its packages are not to be had here
        for kind, of_kind in _kinds(store, numbers, hosts[name], name, chance).items():
            outcomes: Counter[str] = Counter()
            while outcomes.total() < TEXTS * rounds:
                text, own = of_kind.write()
                report = store.check(text, own, chance)
                if of_kind.least is None and report.scores["longest_run"] >= COPIED_BY_ITS_AUTHORS:
                    continue
                outcomes[report.outcome.value] += 1
            yield from _figures(f"real text, {name}, {kind}", outcomes, of_kind)


def drawn(names: tuple[str, ...], chance: random.Random) -> list[str]:
    drawn = []
    for name in names:
        of_one = corpora.texts(name)
        drawn += chance.sample(of_one, min(MOST, len(of_one)))
    return drawn


def fill_up(references: list[str]) -> None:
    """Add the rest of what people wrote to the references, and then generated texts, until there are enough."""
    known = set(references)
    for name in (*SOURCES["ja"], *SOURCES["en"], *ALSO):
        wanted = max(0, REFERENCES - len(references))
        references += [text for text in corpora.texts(name) if text not in known][:wanted]
    author = Author(1)
    references += [author.write() for _ in range(REFERENCES - len(references))]


def _kinds(store: Store, numbers: range, hosts: list[str], language: str, chance: random.Random) -> dict[str, Kind]:
    """Return the kinds of texts by name. Copies are of any reference, their own instruction's or another's."""
    references = store.references
    short_length = store.engine.settings.short_length
    lengths = {n: store.engine.read(references[n], []).length for n in numbers}
    long = [n for n in numbers if lengths[n] >= short_length]
    short = [n for n in numbers if 0 < lengths[n] < short_length]

    def passage(length: int) -> str:
        copied = references[chance.choice(long)]
        while len(copied) < length:
            copied = references[chance.choice(long)]
        start = chance.randrange(len(copied) - length + 1)
        return copied[start : start + length]

    def pasted(length: int, *, least_japanese: float = 0.0) -> Written:
        text, found = chance.choice(hosts), passage(length)
        while corpora.japanese_share(found) < least_japanese:
            found = passage(length)
        place = chance.randrange(len(text))
        return text[:place] + found + text[place:], None

    def copied(change: Callable[[str], str], among: list[int], *, is_own: bool = False) -> Written:
        number = chance.choice(among)
        return change(references[number]), number if is_own else None

    def edited(share: float, text: str) -> str:
        return texts.with_edits(text, share, seed=chance.randrange(10**9))

    def half(text: str) -> str:
        return text[: (len(text) + 1) // 2]

    patchwork = partial(_patchwork, [references[n] for n in long], chance)
    kinds = {
        "innocent": Kind(lambda: (chance.choice(hosts), None), None),
        **{f"{n} characters pasted": Kind(partial(pasted, n), least) for n, least in LEAST_CAUGHT.items()},
        "whole": Kind(lambda: copied(str, long), 100.0),
        "half": Kind(lambda: copied(half, [n for n in long if lengths[n] >= 2 * short_length]), 100.0),
        "in disguise": Kind(lambda: copied(texts.with_disguises, long), 100.0),
        "plain style": Kind(lambda: copied(texts.as_plain_style, long), 100.0),
        "sentences backwards": Kind(lambda: copied(_backwards, long), 100.0),
        "10% edited": Kind(lambda: copied(partial(edited, 0.1), long), 100.0),
        "20% edited": Kind(lambda: copied(partial(edited, 0.2), long), 95.0),
        "patchwork of five": Kind(lambda: (patchwork(), None), 98.0),
    }
    if language != "en":
        opened = [n for n in long if sum(is_kanji(normalise(references[n], lenient=True).codes)) >= LEAST_KANJI]
        kinds |= {
            "own, kanji opened to kana": Kind(lambda: copied(_opened, opened, is_own=True), 95.0, counts_review=True),
            "own, a filler every 7": Kind(lambda: copied(_filled, long, is_own=True), 95.0, counts_review=True),
        }
    if language == "answers":  # the manuals are prose, a model writes code, JSON and tables too
        for length, least in LEAST_CAUGHT.items():
            prose = partial(pasted, length, least_japanese=corpora.LEAST_JAPANESE)
            kinds[f"{length} characters of Japanese pasted"] = Kind(prose, least)
    if short:
        kinds["too short to be blocked, own, whole"] = Kind(
            lambda: copied(str, short, is_own=True), 100.0, counts_review=True
        )
    return kinds


def _backwards(text: str) -> str:
    """The sentences, or lines, in the opposite order."""
    for mark in ("。", ". ", "\n"):
        if text.count(mark) > 1:
            return mark.join(reversed(text.rstrip(mark).split(mark))) + mark
    return text


def _filled(text: str) -> str:
    return "".join(
        character + (FILLERS[place // 7 % len(FILLERS)] if place % 7 == 6 else "")
        for place, character in enumerate(text)
    )


def _opened(text: str) -> str:
    """For each kanji two kana, always the same: not how it is read, of which the gate makes nothing."""
    return "".join(
        KANA[ord(character) % len(KANA)] + KANA[ord(character) // 7 % len(KANA)]
        if "一" <= character <= "鿿"
        else character
        for character in text
    )


def _patchwork(references: list[str], chance: random.Random) -> str:
    """A sentence or two of each of five references: forty characters of Japanese, a hundred of English, or more."""
    pieces: list[str] = []
    while len(pieces) < 5:
        text = chance.choice(references)
        mark = "。" if "。" in text else ". " if ". " in text else "\n"
        sentences = [sentence + mark for sentence in text.split(mark) if sentence.strip()]
        start = chance.randrange(len(sentences))
        piece = ""
        for sentence in sentences[start:]:
            piece += sentence
            if len(piece) >= (40 if mark == "。" else 100):
                pieces.append(piece)
                break
    return "\n".join(pieces)


def _figures(name: str, outcomes: Counter[str], kind: Kind) -> Iterator[Figure]:
    if kind.counts_review:
        yield share_figure(
            f"{name}: block or review", outcomes["block"] + outcomes["review"], outcomes, at_least=kind.least
        )
    is_innocent = kind.least is None
    least = None if kind.counts_review else kind.least
    yield share_figure(
        f"{name}: block", outcomes["block"], outcomes, at_least=least, at_most=0.2 if is_innocent else None
    )
    yield share_figure(f"{name}: review", outcomes["review"], outcomes, at_most=1.5 if is_innocent else None)


def share_figure(
    name: str, hits: int, outcomes: Counter[str], *, at_least: float | None = None, at_most: float | None = None
) -> Figure:
    total = outcomes.total()
    share, low, high = (100 * value for value in wilson(hits, total))
    told = f"{name}, {hits} of {total} ({low:.1f} to {high:.1f}%)"
    return Figure(told, [share], "%", at_least=at_least, at_most=at_most)
