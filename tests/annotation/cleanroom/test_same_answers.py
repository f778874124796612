"""The fast comparison gives the plain one's answers: for every reference, alone or among others, in groups of any size."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.cleanroom import engine as module
from annotation.cleanroom.decide import Candidate, Settings
from annotation.cleanroom.engine import Engine
from annotation.cleanroom.normalise import normalise
from annotation.cleanroom.stopgrams import StopGrams, count_stop_grams
from annotation.cleanroom.surprise import SurpriseCounter
from tests.annotation.cleanroom import plain, texts
from tests.bench.bench_cleanroom import Author

# Few characters, so that passages are shared, repeated and cut in every way; a combining mark and a wide letter among them.
pieces = st.text(st.sampled_from("あイ京東都abＡ\u3099、 "), max_size=14)
compositions = st.lists(pieces, max_size=7).map("".join)
LOW = Settings(
    review_run=8,
    block_run=20,
    review_coverage=0.05,
    review_coverage_matched=6,
    skeleton_matched=5,
    review_skeleton_length=10,
    block_skeleton_length=10,
    review_union=0.05,
    review_union_matched=6,
    union_run=6,
    subsequence_length=10,
    review_subsequence=0.2,
    review_short_subsequence=0.5,
    short_subsequence_length=2,
    review_kana=0.1,
    short_length=8,
)


def engine_with_stops(thresholds: Settings, *phrases: str) -> Engine:
    return Engine(thresholds, count_stop_grams(lambda: [("指示", phrases)], threshold=0))


def assert_same(engine: Engine, text: str, prompts: list[str], candidates: list[Candidate]) -> str:
    """The engine's report is the plain one, whatever it holds; returns its outcome."""
    found = engine.compare(text, prompts, candidates)
    expected = plain.report(text, prompts, candidates, engine.settings, engine.stops)
    assert found.scores == expected["scores"]
    assert found.reasons == expected["reasons"]
    assert found.outcome == expected["outcome"]
    passages = [
        (p.start, p.end, p.candidate_id, p.reference_start, p.reference_end, p.characters) for p in found.passages
    ]
    assert passages == expected["passages"]
    return found.outcome.value


@settings(max_examples=100)
@given(compositions, st.lists(compositions, max_size=4), pieces, pieces)
def test_any_text_against_any_references(text: str, references: list[str], prompt: str, stop: str) -> None:
    candidates = [Candidate(number, reference, is_own=number == 0) for number, reference in enumerate(references)]
    assert_same(engine_with_stops(LOW, stop), text, [prompt, ""], candidates)


def test_copies_in_disguise_among_twenty_others() -> None:
    author, chance = Author(7), random.Random(7)
    engine = engine_with_stops(Settings(), "することができます", "と言えるでしょう")
    outcomes = set()
    for number in range(12):
        store = [author.write()[: chance.randint(0, 260)] for _ in range(20)]
        copied = [source[start : start + 40] for source in store[:3] for start in (0, 90)]
        text = "".join(chance.sample([author.write()[:60], *copied[: number % 7]], k=1 + number % 7))
        if number % 3 == 0:
            text = texts.with_disguises(texts.with_edits(text, 0.05, seed=number))
        candidates = [
            Candidate(pk, reference, is_own=pk == 2, is_postdated=pk == 1) for pk, reference in enumerate(store)
        ]
        outcomes.add(assert_same(engine, text, [store[4][:30], author.write()[:20]], candidates))
    assert outcomes == {"pass", "review", "block"}


def test_surprise_is_asked_of_the_same_passages_and_of_no_english_ones() -> None:
    author, counter = Author(3), SurpriseCounter()
    store = [author.write() for _ in range(60)]
    for text in store:
        counter.add([normalise(text)])
    engine = Engine(Settings(), replace(StopGrams.commonplaces(), surprise=counter.build()))
    surprising = 0
    for number in range(8):
        copied = store[number][20 : 44 + number] + "、" + store[number + 9][40:75]
        text = author.write()[:80] + copied + author.write()[:80]
        candidates = [Candidate(pk, reference) for pk, reference in enumerate(store[:20])]
        assert_same(engine, text, [], candidates)
        surprising += any("bits" in reason.numbers for reason in engine.compare(text, [], candidates).reasons)
    assert surprising == 8, "the comparison has to be of texts that are blocked for what they say"
    english = "It stands in the top left corner of the screen, where nobody looks for it."
    candidates = [Candidate(1, f"{english} {english[::-1]}")]
    assert_same(engine, english, [], candidates)
    assert engine.compare(english, [], candidates).scores["bits"] == 0


def test_a_passage_never_goes_over_from_one_reference_to_the_next() -> None:
    half = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰"
    other = "巳午未申酉戌亥一二三四五六七八"
    report = Engine().compare(half + other, [], [Candidate(1, half), Candidate(2, other)])
    assert report.scores["longest_run"] == len(half)
    cut = [Candidate(number, part) for number, part in enumerate((half[:7], half[7:], "", other[:3], other[3:]))]
    assert Engine().compare(half + other, [], cut).scores["longest_run"] == 12


@pytest.mark.parametrize("cells", [1, 700, 3000])
def test_groups_of_any_size_give_one_answer(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    candidates = [
        Candidate(number, text, is_own=number == 1) for number, text in enumerate((*texts.OTHERS, texts.REFERENCE))
    ]
    text = texts.INDEPENDENT[:100] + texts.OTHERS[2][:60] + texts.REFERENCE[30:90]
    together = Engine().compare(text, [texts.PROMPT], candidates)
    monkeypatch.setattr(module, "CELLS_AT_ONCE", cells)
    assert Engine().compare(text, [texts.PROMPT], candidates) == together
    assert together.passages
