"""Canaries: invisible, harmless, and found again in what was copied, retyped or cut."""

import random
import unicodedata

import pytest

from annotation.cleanroom.canary import (
    MARK_BITS,
    choices,
    mark_write,
    marks_find,
    pieces_between,
    shown_pieces,
    sites,
    without_marks,
    wording_draw,
    wordings_match,
)
from annotation.cleanroom.normalise import normalise

TEXT = (
    "この町の歴史は、港から始まります。さまざまな船が集まり、取り引きを行うことができました。また、港の近くには市場があり、"
    "全国の品物が並びます。例えば、北の昆布や南の砂糖などの品です。大きな祭りのときには、子供たちも参加します。"
    "詳しくは資料館で確認してください。特に、二階の展示は重要です。最も古い地図がすべて公開されています。"
)
ENGLISH = (
    "You do not need any experience, and it is easy to start. For example, people often begin with a small garden. "
    "In order to grow tomatoes, you will need soil, water, and light. That is usually enough. You cannot fail, but it is "
    "crucial to organize your tools. Many gardeners do not realize how quickly the colors change."
)
CODE = "次のようにしてください。\n```python\n# 全て確認してください\nprint('すべて、ください。')\n```\n`ください` と https://example.jp/全て を見る。"
MARK = 0x5A5A5A5A5A


def shown(text: str, wording: int = 3, mark: int = MARK) -> str:
    return "".join(piece.shown for piece in shown_pieces(text, wording=wording, mark=mark))


@pytest.mark.parametrize("text", [TEXT, ENGLISH])
def test_a_text_that_people_read_has_places_enough_to_tell_them_apart(text: str) -> None:
    assert len(sites(text)) >= 10
    assert all(before.end + 8 <= after.start for before, after in zip(sites(text), sites(text)[1:], strict=False))


@pytest.mark.parametrize("text", [TEXT, ENGLISH, CODE, "はい。", "x", "🐟" * 40, "السلام عليكم.", "a\n\nb.\n"])
@pytest.mark.parametrize("wording", [0, 1, 2])
def test_the_pieces_cover_the_original_and_every_text_carries_its_mark(text: str, wording: int) -> None:
    pieces = shown_pieces(text, wording=wording, mark=MARK)
    at = 0
    for piece in pieces:
        assert piece.start == at and piece.end >= at
        assert not piece.is_verbatim or piece.shown == text[piece.start : piece.end]
        at = piece.end
    assert at == len(text)
    assert {mark for _start, _end, mark in marks_find(shown(text, wording))} == {MARK}
    cut = sorted(random.Random(wording).sample(range(len(text) + 1), min(3, len(text))))
    spans = zip([0, *cut], [*cut, len(text)], strict=True)
    assert "".join(pieces_between(pieces, start, end) for start, end in spans) == shown(text, wording)


def test_code_and_addresses_are_left_alone() -> None:
    told = without_marks(shown(CODE))
    assert all(
        kept in told
        for kept in ("# 全て確認してください", "print('すべて、ください。')", "`ください`", "example.jp/全て")
    )
    assert "```python\n# 全て確認してください\nprint('すべて、ください。')\n```" in shown(CODE)


def test_the_gate_sees_nothing_of_a_mark() -> None:
    assert normalise(mark_write(MARK)).text == ""
    assert normalise(shown(TEXT)).text == normalise(without_marks(shown(TEXT))).text
    assert all(unicodedata.category(sign) == "Cf" for sign in mark_write(MARK))


@pytest.mark.parametrize("mark", [0, 1, MARK, (1 << MARK_BITS) - 1])
def test_a_mark_is_read_back_from_between_anything(mark: int) -> None:
    sign = mark_write(mark)
    assert [found for *_place, found in marks_find("\u200b\u200b前" + sign + sign + "\u2060後")] == [mark, mark]
    assert [found for *_place, found in marks_find("\u200c\u2063" + sign)] == [mark]


def test_a_mark_that_lost_a_sign_is_not_taken_for_another() -> None:
    sign = mark_write(MARK)
    chance = random.Random(1)
    for at in range(len(sign)):
        assert marks_find(sign[:at] + sign[at + 1 :]) == []
    wrong = sum(
        bool(marks_find("".join(chance.choice("\u200b\u200c\u2060\u2063") for _ in range(28)))) for _ in range(3000)
    )
    assert wrong <= 1
    with pytest.raises(ValueError, match="40 bits"):
        mark_write(1 << MARK_BITS)


@pytest.mark.parametrize("text", [TEXT, ENGLISH])
def test_a_retyped_copy_is_nearest_to_the_wording_it_was_typed_from(text: str) -> None:
    wordings: list[int] = []
    chance = random.Random(7)
    for _ in range(8):
        wordings.append(wording_draw(wordings, len(sites(text)), chance))
    for wording in wordings:
        retyped = normal_space(without_marks(shown(text, wording)))
        best, second, *_others = wordings_match(text, retyped, wordings)
        assert best.wording == wording
        assert best.agreeing == best.seen > second.agreeing
        assert best.chance < 0.01 < second.chance


def test_half_a_copy_in_other_words_still_speaks() -> None:
    wordings = [wording_draw([], len(sites(TEXT)), random.Random(1))]
    wordings.append(wording_draw(wordings, len(sites(TEXT)), random.Random(2)))
    copied = without_marks(shown(TEXT, wordings[1]))
    half = "友人に聞いた話です。" + copied[: len(copied) // 2] + "あとは忘れました。"
    best, other = wordings_match(TEXT, half, wordings)
    assert best.wording == wordings[1] and best.agreeing == best.seen >= 4 and other.agreeing < best.agreeing


def test_an_independent_text_speaks_of_nobody() -> None:
    matches = wordings_match(TEXT, "朝の市場へ行ってください。魚は全て新しく、とてもよい匂いがします。", range(50))
    assert {match.seen for match in matches} == {0}
    assert {match.chance for match in matches} == {1.0}


def test_a_new_wording_keeps_away_from_those_that_are_out_and_from_the_original() -> None:
    count = 12
    taken = [wording_draw([], count, random.Random(1))]
    taken.append(wording_draw(taken, count, random.Random(2)))
    rows = [choices(wording, count) for wording in taken] + [[False] * count]
    apart = [sum(a != b for a, b in zip(one, other, strict=True)) for one in rows for other in rows if one is not other]
    assert min(apart) >= 5


def test_an_empty_text_has_nothing_to_mark() -> None:
    assert shown_pieces("", wording=1, mark=1) == []


def normal_space(text: str) -> str:
    """As somebody types it: lines end elsewhere."""
    return text.replace("。", "。\n").replace(". ", ".\n")
