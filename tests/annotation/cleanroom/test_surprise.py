"""Surprise: what many say is expected, what one says is not, and many passages at once come out as each alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.cleanroom import surprise as module
from annotation.cleanroom.normalise import normalise
from annotation.cleanroom.surprise import PARTS, UNKNOWN, Surprise, SurpriseCounter

from .plain import surprise_parts

NAME = "不安定版ディストリビューション"
OWN = "甲虫は夜明けの梢に水を汲む"


def learned(*answers: str | list[str]) -> Surprise:
    """What is learned of so many instructions, each with an answer or several."""
    counter = SurpriseCounter()
    for answer in answers:
        counter.add([normalise(text) for text in ([answer] if isinstance(answer, str) else answer)])
    return counter.build()


def parts(surprise: Surprise, *passages: str) -> list[list[int]]:
    return [found.tolist() for found in surprise.parts([normalise(passage).codes for passage in passages])]


def test_a_name_that_many_write_has_few_bits_and_ones_own_words_have_many() -> None:
    known = learned(*[f"{NAME}について{number}" for number in range(20)], OWN)
    (of_name, of_own) = parts(known, NAME, OWN)
    assert sum(of_name) < 20 * PARTS  # the first character, and hardly another
    assert of_name[1:] == [0] * (len(of_name) - 1)
    assert sum(of_own) > 8 * PARTS * len(OWN)


def test_what_a_single_instruction_has_is_unknown_however_often_it_was_answered() -> None:
    known = learned([OWN] * 50, NAME, NAME)
    assert parts(known, "甲虫夜明") == [[UNKNOWN] * 4]


def test_each_character_is_worth_what_it_is_after_those_before_it() -> None:
    # 'x' in nine others, 'y' and "xy" in four: of twenty votes for characters.
    known = learned(*["xy"] * 5, *["xz"] * 5)
    assert known.total == round(PARTS * np.log2(20))
    log_of = {n: round(PARTS * np.log2(n)) for n in (9, 4)}
    assert parts(known, "xy", "yx") == [
        [known.total - log_of[9], log_of[9] - log_of[4]],
        [known.total - log_of[4], known.total - log_of[9] + module.NOT_AFTER],
    ]


def test_before_anything_was_learned_nothing_has_bits() -> None:
    assert parts(Surprise.unlearned(), OWN, "") == [[0] * len(OWN), []]
    assert parts(learned(OWN), OWN) == [[0] * len(OWN)]  # one instruction teaches nothing
    assert learned(NAME, NAME).parts([]) == []


def test_of_too_many_grams_the_commonest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_GRAMS", 11)
    known = learned(*["あいう"] * 6, *["えおか"] * 4)
    assert len(known.grams) == 6
    assert parts(known, "あいう")[0][1:] == [0, 0]
    assert parts(known, "え") == [[UNKNOWN]]


words = st.text(st.sampled_from("あいう京"), max_size=9)


@settings(max_examples=100)
@given(st.lists(words, max_size=6), st.lists(words, max_size=4))
def test_many_passages_at_once_come_out_as_the_plain_way_has_each(answers: list[str], passages: list[str]) -> None:
    known = learned(*answers)
    assert parts(known, *passages) == [surprise_parts(known, normalise(passage).codes.tolist()) for passage in passages]
