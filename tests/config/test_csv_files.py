"""Files for spreadsheets: no word becomes a formula, whichever sign begins it."""

import pytest

from config.csv_files import cell_plain, csv_bytes


@pytest.mark.parametrize(
    "word", ["=1+1", "+81 3", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠A"]
)
def test_what_would_be_a_formula_becomes_a_word(word: str) -> None:
    assert cell_plain(word) == f"'{word}"


def test_other_words_and_numbers_stay_as_they_are() -> None:
    assert csv_bytes(["名"], [["a=b"], [-5]]).decode("utf-8-sig").split() == ["名", "a=b", "-5"]
