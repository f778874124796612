import time

import pytest

from collection.screening import entities
from collection.screening.names import find


def found(text: str) -> list[tuple[str, str]]:
    return [(one.severity, text[one.start : one.end]) for one in find(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("田中太郎さんにお礼を書いて", "田中太郎"),
        ("長谷川　美咲様への手紙", "長谷川　美咲"),
        ("佐藤ひろみちゃんの誕生日会", "佐藤ひろみ"),
        ("私の名前は山田太郎です。自己紹介を直して", "山田太郎"),
        ("鈴木花子と申します", "鈴木花子"),
        ("Dear Dr. John Watson, thank you", "John Watson"),
        ("My name is Jane Doe and I need a letter", "Jane Doe"),
    ],
)
def test_a_full_name_holds(text: str, name: str) -> None:
    assert found(text) == [("hold", name)]


@pytest.mark.parametrize(("text", "name"), [("田中さんにお礼を", "田中"), ("Write to Mr. Smith", "Smith")])
def test_a_family_name_alone_is_only_noted(text: str, name: str) -> None:
    assert found(text) == [("note", name)]


@pytest.mark.parametrize(
    "text", ["お客様への返事", "皆様にご案内", "神様と患者さん", "織田信長について", "東京都知事の仕事", "Dr. who", ""]
)
def test_other_words_with_an_honorific_are_no_names(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("piece", ["田中", "さん", "名前は", "Mr. A", "山田 "])
def test_no_text_makes_the_rules_slow(piece: str) -> None:
    started = time.perf_counter()
    find(piece * (12_000 // len(piece)))
    assert time.perf_counter() - started < 2


def test_the_model_of_the_language_sees_names_that_are_not_common() -> None:
    if not entities.is_present():
        assert entities.find("蓼科葵さんに手紙を") == []
        pytest.skip("the optional group `ner` is not installed")
    text = "蓼科葵さんに、夏目漱石について教える手紙を書いて"
    assert [text[one.start : one.end] for one in entities.find(text)] == ["蓼科葵"]
