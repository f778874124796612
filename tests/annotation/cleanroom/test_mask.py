"""What is quoted from the question does not count."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from annotation.cleanroom.hashing import GRAM
from annotation.cleanroom.mask import Quotable, cover
from annotation.cleanroom.normalise import normalise, normalise_all

letters = st.text(st.sampled_from("あいう東京5"), max_size=40)


def masked(text: str, *prompts: str) -> str:
    normalised = normalise(text)
    mask = Quotable([normalise(prompt) for prompt in prompts]).mask(normalised)
    return "".join(character if hit else "・" for character, hit in zip(normalised.text, mask, strict=True))


def test_a_passage_of_eight_from_the_question_is_masked_and_one_of_seven_is_not() -> None:
    assert masked("まず甲乙丙丁戊己庚辛について", "甲乙丙丁戊己庚辛とは何か") == "・・甲乙丙丁戊己庚辛・・・・"
    assert set(masked("まず甲乙丙丁戊己庚について", "甲乙丙丁戊己庚とは何か")) == {"・"}


def test_quotes_from_instruction_and_input_both_count_whatever_their_widths() -> None:
    assert (
        masked("ＡＢＣＤＥＦＧＨと、いろはにほへとち", "abcdefgh", "イロハニホヘト・チ") == "abcdefgh・いろはにほへとち"
    )


def test_without_a_question_or_with_a_short_text_nothing_is_masked() -> None:
    assert not Quotable([]).mask(normalise("甲乙丙丁戊己庚辛壬癸")).any()
    assert Quotable([normalise("甲")]).mask(normalise("甲")).tolist() == [False]
    assert Quotable([normalise("甲")]).mask(normalise("")).tolist() == []


@given(letters, letters)
def test_exactly_the_passages_of_eight_or_more_are_masked(text: str, prompt: str) -> None:
    text = normalise(text).text
    prompt = normalise(prompt).text
    expected = np.zeros(len(text), dtype=bool)
    for start in range(len(text) - 7):
        if text[start : start + 8] in prompt:
            expected[start : start + 8] = True
    assert Quotable([normalise(prompt)]).mask(normalise(text)).tolist() == expected.tolist()


def test_covering_joins_grams_that_overlap_or_touch() -> None:
    starts = np.array([True, False, False, True, False, False])
    assert cover(starts, 3, 8).tolist() == [True] * 6 + [False] * 2
    assert cover(np.zeros(0, dtype=bool), 8, 3).tolist() == [False] * 3


@given(st.lists(letters, max_size=4), letters)
def test_a_text_of_a_shelf_is_masked_by_its_part_of_the_grams_as_it_is_alone(texts: list[str], prompt: str) -> None:
    quotable = Quotable([normalise(prompt)])
    # The next one goes on where the one before ends: a passage over the border is of neither.
    texts = [*texts, prompt[:5], prompt[5:], prompt]
    shelf = normalise_all(texts)
    for text, (start, end) in zip(texts, pairwise(shelf.bounds.tolist()), strict=True):
        grams = shelf.joined.grams[start : max(start, end - GRAM + 1)]
        assert quotable.mask_grams(grams, end - start).tolist() == quotable.mask(normalise(text)).tolist()
