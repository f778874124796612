"""Normalising: golden vectors, the way back to the original, and texts made to break it."""

import json
import time
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annotation.cleanroom import normalise as module
from annotation.cleanroom.normalise import UnreadableText, is_kanji, is_skeleton, normalise, normalise_all
from annotation.cleanroom.unicode_table import CLASS_BITS, KEPT, code_point_table

GOLDEN = json.loads(Path(module.__file__).with_name("golden.json").read_text(encoding="utf-8"))

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
awkward_text = st.text(
    st.sampled_from(
        "かがハ\u3099\u309aﾞﾟｶﾊe\u0301\u0323\u0345ᄒ\u1161\u11ab한㍿ﬁ½ß\u200b\u3164 、A１\u0f71\u0f72\u09c7\u09be"
    ),
    max_size=40,
)


@pytest.mark.parametrize("vector", GOLDEN["normalise"], ids=lambda vector: ascii(vector["text"])[:30])
def test_golden_texts_normalise_as_recorded(vector: dict) -> None:
    normalised = normalise(vector["text"])
    assert normalised.text == vector["normalised"]
    assert normalised.offsets.tolist() == vector["offsets"]
    assert normalised.ends.tolist() == vector["ends"]


@pytest.mark.parametrize("vector", GOLDEN["refused"], ids=lambda vector: ascii(vector["text"]))
def test_golden_refusals_say_what_and_where(vector: dict) -> None:
    with pytest.raises(UnreadableText) as refused:
        normalise(vector["text"])
    assert (refused.value.code, refused.value.position) == (vector["code"], vector["position"])


@given(any_text | awkward_text)
@example("か\u200b\u3099")
@example("\u1112\u1161\u11ab")
def test_each_character_leads_back_to_what_it_came_from(text: str) -> None:
    normalised = normalise(text, lenient=True)
    offsets, ends = normalised.offsets, normalised.ends
    assert len(normalised.text) == len(offsets) == len(ends) == len(normalised)
    assert bool((np.diff(offsets) >= 0).all())
    assert bool((offsets < ends).all())
    for index in range(len(normalised)):
        start, end = normalised.original_span(index, index + 1)
        assert 0 <= start < end <= len(text)
        assert normalised.text[index] in normalise(text[start:end], lenient=True).text


@given(any_text | awkward_text, st.data())
def test_a_span_of_the_original_normalises_to_the_span_it_stands_for(text: str, data: st.DataObject) -> None:
    normalised = normalise(text, lenient=True)
    if not len(normalised):
        return
    start = data.draw(st.integers(0, len(normalised) - 1))
    end = data.draw(st.integers(start + 1, len(normalised)))
    first, last = normalised.original_span(start, end)
    assert normalised.text[start:end] in normalise(text[first:last], lenient=True).text


@given(awkward_text)
def test_folding_by_segments_equals_folding_the_whole(text: str) -> None:
    table = code_point_table()
    visible = "".join(character for character in text if character not in "\u200b\u3164")
    whole = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())
    kept = "".join(character for character in whole if table[ord(character)] & CLASS_BITS == KEPT)
    folded = normalise(text).folded.astype("<u4").tobytes().decode("utf-32-le")
    assert folded == kept


@given(any_text)
def test_only_letters_and_digits_remain_and_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text, lenient=True).text
    assert all(unicodedata.category(character)[0] in "LN" for character in once)
    assert not any("ァ" <= character <= "ヶ" for character in once)
    assert normalise(once).text == once


@given(any_text, any_text)
def test_what_is_passed_over_leniently_is_all_that_strictness_refuses(text: str, noise: str) -> None:
    assert normalise(f"{text}\ud800\u0378{noise}", lenient=True).text == normalise(text + noise, lenient=True).text


def test_widths_kana_marks_and_invisible_characters_make_no_difference() -> None:
    assert normalise("**データ**・ﾍﾞｰｽ\u200b（ＤＢ）").text == normalise("でーたべーすdb").text
    assert normalise("コ\u3164ピ\u1160ー").text == "こぴー"


def test_a_text_is_refused_beyond_the_limit_and_at_no_length_before() -> None:
    assert len(normalise("あ" * module.MAX_CHARACTERS)) == module.MAX_CHARACTERS
    with pytest.raises(UnreadableText, match="too_long"):
        normalise("あ" * (module.MAX_CHARACTERS + 1))
    assert len(normalise("あ" * (module.MAX_CHARACTERS + 1), lenient=True)) == module.MAX_CHARACTERS + 1


def test_a_text_that_grows_too_long_in_normalising_is_refused_where_it_does() -> None:
    with pytest.raises(UnreadableText) as refused:
        normalise("\ufdfa" * 100_000)
    assert refused.value.code == "too_long"
    assert 0 < refused.value.position < 100_000


@pytest.mark.parametrize(
    "text",
    [
        "あ" * 200_000,
        "か" + "\u3099" * 199_999,
        "a" + "\u0301\u0323" * 99_999,
        "か\u3099" * 100_000,
        "\u1161" * 200_000,
        "㍿" * 100_000,
        "👍🏽" * 100_000,
        "\u202e\u202c" * 100_000,
        "\0" * 200_000,
    ],
    ids=["same", "marks", "reordered marks", "pairs", "jamo", "growing", "emoji", "directions", "nul"],
)
def test_texts_made_to_be_slow_take_no_longer_than_others(text: str) -> None:
    started = time.perf_counter()
    normalise(text)
    assert time.perf_counter() - started < 2


def test_the_skeleton_is_kanji_and_katakana_and_not_hiragana() -> None:
    folded = normalise("東京タワーへ、々〇と Tower 5 ヽ").folded
    assert "".join(chr(code) for code in folded[is_skeleton(folded)]) == "東京タワー々〇ヽ"
    assert "".join(chr(code) for code in folded[is_kanji(folded)]) == "東京々〇"


@given(st.lists(awkward_text | any_text, max_size=5))
def test_normalised_together_is_normalised_alone(originals: list[str]) -> None:
    shelf = normalise_all(originals)
    assert len(shelf) == len(originals)
    for number, original in enumerate(originals):
        alone = normalise(original, lenient=True)
        assert shelf[number].text == alone.text
        assert shelf[number].folded.tolist() == alone.folded.tolist()
        assert shelf[number].offsets.tolist() == alone.offsets.tolist()
        assert shelf[number].ends.tolist() == alone.ends.tolist()
