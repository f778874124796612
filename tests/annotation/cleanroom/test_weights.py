"""What characters count: fully where a word begins, less where it goes on."""

import numpy as np
import pytest

from annotation.cleanroom.normalise import normalise, normalise_all
from annotation.cleanroom.weights import Scale, character_weights, place_in_stretch, skeleton_marks

DEFAULT = Scale()


def weights(text: str, scale: Scale = DEFAULT) -> list[int]:
    return character_weights(normalise(text), scale).tolist()


def test_kanji_count_fully_and_kana_at_the_beginning_of_a_stretch() -> None:
    assert weights("東京都庁前広場") == [100] * 7
    assert weights("京ができるようになる") == [100] + [100] * 5 + [50] * 4
    assert weights("京ディレクトリ") == [100] + [100] * 3 + [60] * 3
    assert weights("京ﾃﾞｨﾚｸﾄﾘ") == weights("京ディレクトリ")


def test_a_letter_counts_more_where_all_is_letters() -> None:
    assert weights("configuration") == [100] * 3 + [50] * 10
    assert weights("設定の場所はconfigだ")[6:12] == [100] * 3 + [35] * 3
    assert weights("a" * 7 + "京" * 7)[:7] == [100] * 3 + [50] * 4
    assert weights("1234567") == [100] * 3 + [50] * 4


def test_nothing_has_no_weights() -> None:
    assert weights("") == weights("。、\n") == []


def test_the_scale_is_a_setting_and_refuses_what_is_no_weight() -> None:
    assert weights("abcd", Scale(letter=10)) == [100, 100, 100, 10]
    for weight in (0, 101):
        with pytest.raises(ValueError, match="must be 1 to 100"):
            Scale(katakana=weight)


def test_the_skeleton_is_marked_by_kanji_and_the_first_two_katakana_of_a_word() -> None:
    text = normalise("大きなディレクトリの構成とキーを見る")
    marked = skeleton_marks(text.folded, np.zeros(1, dtype=np.int64))
    assert "".join(chr(code) for code in text.folded[marked]) == "大ディ構成キー見"


def test_a_stretch_never_goes_over_from_one_text_to_the_next() -> None:
    shelf = normalise_all(["終わりのディ", "", "レクトリの始め", "クト"])
    together = skeleton_marks(shelf.joined.folded, shelf.bounds)
    alone = [skeleton_marks(shelf[number].folded, np.zeros(1, dtype=np.int64)) for number in range(4)]
    assert together.tolist() == np.concatenate(alone).tolist()
    assert place_in_stretch(np.ones(5, dtype=np.bool_), np.array([0, 3])).tolist() == [1, 2, 3, 1, 2]
