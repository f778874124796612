"""Matching: exact runs, what counts of them, and the same answer by both ways of finding them."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.cleanroom import match as module
from annotation.cleanroom.mask import Quotable
from annotation.cleanroom.match import Match, verify
from annotation.cleanroom.normalise import normalise, normalise_all
from annotation.cleanroom.probe import Probe
from annotation.cleanroom.stopgrams import StopGrams, count_stop_grams
from annotation.cleanroom.weights import Scale

from . import texts
from .plain import spans_by_search

repetitive = st.text(st.sampled_from("あい京"), max_size=60)
NO_STOPS = StopGrams(hashes=np.empty(0, dtype=np.uint64))


def make_probe(text: str, prompts: tuple[str, ...] = (), stops: StopGrams = NO_STOPS) -> Probe:
    quotable = Quotable([normalise(prompt) for prompt in prompts])
    return Probe(normalise(text), quotable, stops, scale=Scale())


def match(
    text: str, reference: str, *prompts: str, stops: StopGrams = NO_STOPS, is_own: bool = False, align: bool = False
) -> Match:
    (found,) = verify(
        make_probe(text, prompts, stops),
        normalise_all([reference]),
        own=[0] if is_own else [],
        align_from=0.5 if align else None,
    )
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
    assert found.matched == 14  # what is repeated counts once


def test_the_longest_run_is_exact_and_found_at_its_places_in_both_texts() -> None:
    found = match("はじめに言う。" + texts.REFERENCE[50:90] + "おしまい", texts.REFERENCE)
    (run,) = found.runs
    text, reference = normalise("はじめに言う。" + texts.REFERENCE[50:90] + "おしまい"), normalise(texts.REFERENCE)
    assert text.text[run.start : run.end] == reference.text[run.reference_start : run.reference_end]
    assert run.end - run.start == found.longest_run == len(normalise(texts.REFERENCE[50:90]))
    assert found.informative_run == 36  # of 38: there are more than five hiragana in a row


def test_coverage_is_the_share_of_the_unmasked_text() -> None:
    copied, own = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰", "一二三四五六七八九十百千万億兆京垓穣"
    assert match(copied + own, copied).coverage == pytest.approx(15 / 33)
    assert match(copied + own, copied, own).coverage == 1.0
    assert match(copied + own, copied + own, copied).matched == 18


def test_a_run_counts_only_what_was_not_quoted_from_the_question() -> None:
    run = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
    found = match(run, run, run[5:15])
    assert found.longest_run == 22
    assert found.informative_run == 12


def stops_of(*phrases: str) -> StopGrams:
    return count_stop_grams(lambda: [("指示", phrases)], threshold=0)


def test_stop_grams_count_for_nothing_alone_and_do_not_break_a_longer_run() -> None:
    phrase = "御陰様で開店十周年"
    stops = stops_of(phrase)
    assert match(phrase, phrase, stops=stops).matched == 0
    longer = "春桜下弁当" + phrase + "秋紅葉見物"
    assert match(longer, longer, stops=stops).informative_run == len(longer)


def test_a_long_passage_of_words_that_all_use_counts_and_one_that_all_use_does_not() -> None:
    passage = "春桜下弁当持参秋紅葉見物冬雪見酒"
    words = [passage[start : start + 8] for start in range(len(passage) - 7)]
    assert match(passage, passage, stops=stops_of(*words)).informative_run == 16
    assert match(passage[:15], passage, stops=stops_of(*words)).informative_run == 0
    assert match(passage, passage, stops=stops_of(passage)).informative_run == 0


def test_what_a_text_says_twice_counts_once() -> None:
    term = "観測衛星打上計画委員会"
    text = f"{term}一次{term}二次{term}三次{term}"
    assert match(text, f"本日{term}発足").matched == len(term)


def test_letters_of_an_alphabet_count_for_less_than_kana_and_kanji() -> None:
    assert match("the United States of America", "the United States of America").informative_run == 13
    assert match("something of a different kind", "is a different one").coverage == 0.0


def test_long_words_count_by_their_beginnings() -> None:
    for text, worth in (
        ("設定はconfigに書く", 9 + 1),  # within Japanese: 3 letters and 35% of 3 more
        ("分割はパーティショニング", 3 + 3 + 3),  # 3 katakana and 60% of 6 more
        ("書かなければならないのです", 2 + 4 + 3),  # 5 hiragana and half of the rest
    ):
        assert match(text, text).informative_run == worth, text


def test_the_skeleton_survives_other_endings_and_kana() -> None:
    plain = "".join(c for c in texts.as_plain_style(texts.REFERENCE) if c not in "はがをに")
    found = match(plain, texts.REFERENCE)
    assert found.skeleton_coverage > 0.9
    assert match(texts.INDEPENDENT, texts.REFERENCE).skeleton_coverage < 0.1


def test_the_skeleton_leaves_out_what_was_quoted() -> None:
    assert match(texts.PROMPT, texts.PROMPT, texts.PROMPT).skeleton_coverage == 0.0


def test_the_subsequence_ratio_is_worked_out_for_the_own_reference_and_not_for_giants() -> None:
    assert match("あいうえお", "あいうえお").subsequence is None
    assert match("あいうえお", "あいう", is_own=True).subsequence == pytest.approx(6 / 8)
    assert match("あ" * 30_000, "い" * 30_000, is_own=True).subsequence is None


def test_other_references_are_aligned_when_they_share_enough() -> None:
    edited = texts.with_edits(texts.REFERENCE, 0.2)
    assert match(edited, texts.REFERENCE, align=True).subsequence == pytest.approx(0.89, abs=0.02)
    assert match(edited, texts.REFERENCE).subsequence is None
    assert match(texts.INDEPENDENT, texts.REFERENCE, align=True).subsequence is None
    assert match(edited[:80], texts.REFERENCE, align=True).subsequence is None  # too short to reach the ratio


def test_what_both_have_from_the_question_does_not_make_them_alike() -> None:
    faulty = texts.REFERENCE[:150]
    mended, also_mended = faulty.replace("ます", "ました"), faulty.replace("です", "でした") + "以上です。"
    assert match(mended, also_mended, is_own=True).subsequence > 0.9
    assert match(mended, also_mended, faulty, is_own=True).subsequence < 0.6


def test_the_order_of_kana_survives_other_signs_for_the_kanji() -> None:
    opened = "".join("かな" if "\u4e00" <= c <= "\u9fff" else c for c in texts.REFERENCE)
    assert match(opened, texts.REFERENCE, is_own=True).kana_kept == 1.0
    assert match(texts.INDEPENDENT, texts.REFERENCE, is_own=True).kana_kept < 0.5
    assert match(opened, texts.REFERENCE).kana_kept is None
    assert match(opened[:40], texts.REFERENCE, is_own=True).kana_kept is None
    assert match(opened, texts.REFERENCE[:60], is_own=True).kana_kept is None


def test_equality_is_that_of_normalised_texts_and_nothing_equals_nothing() -> None:
    assert match("東京です", "トウキョウ").is_equal is False
    assert match("ABC です", "ａｂｃデス！").is_equal
    assert match("", "").is_equal is False


@given(repetitive, repetitive, repetitive)
def test_shares_stay_between_nothing_and_all(text: str, reference: str, prompt: str) -> None:
    found = match(text, reference, prompt, is_own=True)
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
    started = time.process_time()
    assert verify(probe, shelf)[0].longest_run >= 2000
    assert time.process_time() - started < 5
