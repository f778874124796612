"""Which answer a prompt gets, and how it is cut."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collection.practice.answers import ANSWERS_FILE, BUILT_IN, answers_load, language_of, pieces_of

BOOK = """\
lang: en
about: tea, kettle

Tea first.

- and a list
---
lang: en
about: bread

Bread, then.
---
lang: ja
about: お茶、急須

お茶の話です。
---
lang: xx
about: nobody

Never said.
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    file = tmp_path / "answers.md"
    file.write_text(BOOK, encoding="utf-8")
    return file


@given(st.text())
def test_the_pieces_of_a_text_are_the_text(text: str) -> None:
    assert "".join(pieces_of(text)) == text


def test_pieces_are_about_the_size_of_a_token() -> None:
    assert pieces_of("It's tea time,\n\nnow.") == ("It's", " tea", " time", ",", "\n\nnow", ".")
    assert pieces_of("お茶です。") == ("お茶", "です", "。")


def test_the_keywords_choose_the_answer(book: Path) -> None:
    answers = answers_load(book)
    assert answers.answer_for("Is my KETTLE hot?").text == "Tea first.\n\n- and a list"
    assert answers.answer_for("How is bread made?").text == "Bread, then."
    assert answers.answer_for("急須について").text == "お茶の話です。"


def test_a_prompt_without_keywords_gets_some_answer_in_its_language_and_always_the_same(book: Path) -> None:
    answers = answers_load(book)
    texts = {answers.answer_for(f"Question {number}").text for number in range(50)}
    assert texts == {"Tea first.\n\n- and a list", "Bread, then."}
    assert len({answers.answer_for("Question").text for _ in range(50)}) == 1
    assert answers.answer_for("関係のない話").text == "お茶の話です。"


def test_an_answer_to_anything_is_given_when_no_other_fits(tmp_path: Path) -> None:
    file = tmp_path / "answers.md"
    file.write_text(BOOK + "---\nlang: en\nabout: any\n\nWhatever you say.\n", encoding="utf-8")
    answers = answers_load(file)
    assert {answers.answer_for(f"Question {number}").text for number in range(20)} == {"Whatever you say."}
    assert answers.answer_for("Any bread?").text == "Bread, then."


def test_an_english_keyword_is_the_beginning_of_a_word(book: Path) -> None:
    answers = answers_load(book)
    texts = {answers.answer_for(f"Steam and gingerbread {number}").text for number in range(50)}
    assert len(texts) == 2, "neither tea nor bread was asked for"
    assert answers.answer_for("Breadcrumbs").text == "Bread, then."


def test_without_the_file_each_language_has_a_sentence(tmp_path: Path) -> None:
    answers = answers_load(tmp_path / "missing.md")
    assert answers.answer_for("Hello").text == BUILT_IN["en"]
    assert answers.answer_for("こんにちは").text == BUILT_IN["ja"]


def test_an_answer_can_be_stretched_or_cut_to_a_number_of_pieces(book: Path) -> None:
    for count in (1, 400):
        answer = answers_load(book, piece_count=count).answer_for("bread")
        assert len(answer.pieces) == len(answer.chunk_tails) == count


def test_japanese_is_told_by_kana_and_kanji() -> None:
    assert [language_of(text) for text in ("Hello, world", "東京", "カタカナ", "ｶﾅ", "Tell me about ひらがな")] == [
        "en", "ja", "ja", "ja", "ja",
    ]  # fmt: skip


def test_the_answers_shipped_serve_both_languages() -> None:
    answers = answers_load(ANSWERS_FILE)
    for prompt in ("Hello", "こんにちは"):
        assert language_of(answers.answer_for(prompt).text) == language_of(prompt)
