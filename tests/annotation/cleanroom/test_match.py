"""Matching: exact runs, what counts of them, and the same answer by both ways of finding them."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.cleanroom import match as module
from annotation.cleanroom.mask import quoted_mask
from annotation.cleanroom.match import Match, Probe, verify
from annotation.cleanroom.normalise import normalise, normalise_all
from annotation.cleanroom.stopgrams import StopGramCounter, StopGrams

from . import texts
from .plain import spans_by_search

repetitive = st.text(st.sampled_from("あい京"), max_size=60)
NO_STOPS = StopGrams(hashes=np.empty(0, dtype=np.uint64))


def make_probe(text: str, prompts: tuple[str, ...] = (), stops: StopGrams = NO_STOPS, light_weight: int = 55) -> Probe:
    normalised = normalise(text)
    mask = quoted_mask(normalised, [normalise(prompt) for prompt in prompts])
    return Probe(normalised, mask, stops, light_weight=light_weight)


def match(
    text: str, reference: str, *prompts: str, stops: StopGrams = NO_STOPS, with_subsequence: bool = False
) -> Match:
    own = [0] if with_subsequence else []
    (found,) = verify(make_probe(text, prompts, stops), normalise_all([reference]), with_subsequence=own)
    return found


@settings(max_examples=300)
@given(repetitive, repetitive)
def test_joining_hashes_and_the_automaton_find_the_same_passages(text: str, reference: str) -> None:
    probe, shelf = make_probe(text), normalise_all([reference])
    other = shelf[0]
    expected = [(0, *span) for span in spans_by_search(probe.text.text, other.text)]
    joined, shared = module._maximal_spans(probe, shelf)
    assert [tuple(span) for span in joined.tolist()] == expected
    by_automaton = module._drop_contained(module._spans_by_automaton(probe.text, other, 0), len(probe.text))
    assert [tuple(span) for span in by_automaton.tolist()] == expected
    grams = [probe.text.text[index : index + 8] for index in range(len(probe.text.grams))]
    assert shared.tolist() == [[gram in other.text for gram in grams]]


def test_heavily_repeated_text_goes_by_the_automaton_and_is_exact() -> None:
    found = match("京" * 500 + "い" * 400, "い" * 300 + "京" * 450)
    assert found.longest_run == 450
    assert found.coverage == 1.0


def test_the_longest_run_is_exact_and_found_at_its_places_in_both_texts() -> None:
    found = match("はじめに言う。" + texts.REFERENCE[50:90] + "おしまい", texts.REFERENCE)
    (run,) = found.runs
    text, reference = normalise("はじめに言う。" + texts.REFERENCE[50:90] + "おしまい"), normalise(texts.REFERENCE)
    assert text.text[run.start : run.end] == reference.text[run.reference_start : run.reference_end]
    assert run.end - run.start == found.longest_run == found.informative_run == len(normalise(texts.REFERENCE[50:90]))


def test_coverage_is_the_share_of_the_unmasked_text() -> None:
    copied, own = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰", "いろはにほへとちりぬるをわかよたれそ"
    assert match(copied + own, copied).coverage == pytest.approx(15 / 33)
    assert match(copied + own, copied, own).coverage == 1.0
    assert match(copied + own, copied + own, copied).matched == 18


def test_a_run_counts_only_what_was_not_quoted_from_the_question() -> None:
    run = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
    found = match(run, run, run[5:15])
    assert found.longest_run == 22
    assert found.informative_run == 12


def test_stop_grams_count_for_nothing_alone_and_do_not_break_a_longer_run() -> None:
    phrase = "お役に立てれば幸いです"
    counter = StopGramCounter()
    counter.add("指示", [phrase])
    stops = counter.build(threshold=0)
    assert match(phrase, phrase, stops=stops).matched == 0
    longer = "春は桜の下で弁当を" + phrase + "秋は紅葉を見に行く"
    assert match(longer, longer, stops=stops).informative_run == len(longer)


def test_letters_of_an_alphabet_count_for_less_than_kana_and_kanji() -> None:
    assert match("the United States of America", "the United States of America").informative_run == 16
    assert match("something of a different kind", "is a different one").coverage == 0.0


def test_a_word_of_an_alphabet_within_japanese_counts_fully() -> None:
    assert match("設定はconfigに書く", "設定はconfigに書く").informative_run == 12


def test_the_skeleton_survives_other_endings_and_kana() -> None:
    plain = "".join(c for c in texts.as_plain_style(texts.REFERENCE) if c not in "はがをに")
    found = match(plain, texts.REFERENCE)
    assert found.skeleton_coverage > 0.9
    assert match(texts.INDEPENDENT, texts.REFERENCE).skeleton_coverage < 0.1


def test_the_skeleton_leaves_out_what_was_quoted() -> None:
    assert match(texts.PROMPT, texts.PROMPT, texts.PROMPT).skeleton_coverage == 0.0


def test_the_subsequence_ratio_is_worked_out_when_asked_for_and_not_for_giants() -> None:
    assert match("あいうえお", "あいうえお").subsequence is None
    assert match("あいうえお", "あいう", with_subsequence=True).subsequence == pytest.approx(6 / 8)
    assert match("あ" * 30_000, "い" * 30_000, with_subsequence=True).subsequence is None


def test_equality_is_that_of_normalised_texts_and_nothing_equals_nothing() -> None:
    assert match("東京です", "トウキョウ").is_equal is False
    assert match("ABC です", "ａｂｃデス！").is_equal
    assert match("", "").is_equal is False


@given(repetitive, repetitive, repetitive)
def test_shares_stay_between_nothing_and_all(text: str, reference: str, prompt: str) -> None:
    found = match(text, reference, prompt, with_subsequence=True)
    for share in (found.coverage, found.skeleton_coverage, found.subsequence or 0.0):
        assert 0.0 <= share <= 1.0
    assert found.informative_run <= found.longest_run <= len(text)
    assert found.matched <= len(text)


@pytest.mark.parametrize(
    ("text", "reference"),
    [("あ" * 100_000, "あ" * 2000), ("あ" * 200_000, "あ" * 20_000), ("あい" * 50_000, "いあ" * 5000)],
)
def test_repetition_takes_no_more_than_linear_time(text: str, reference: str) -> None:
    probe, shelf = make_probe(text), normalise_all([reference])
    started = time.perf_counter()
    assert verify(probe, shelf)[0].longest_run >= 2000
    assert time.perf_counter() - started < 5
