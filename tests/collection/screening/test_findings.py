import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collection.screening.findings import text_fold

SCREENING = Path(__file__).resolve().parents[3] / "collection" / "screening"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_every_span_of_the_folded_text_lies_in_the_original(text: str) -> None:
    folded = text_fold(text)
    assert len(folded.text) == len(folded.origins) == len(folded.ends)
    for at in range(len(folded.text)):
        start, end = folded.span(at, at + 1)
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ﾃﾞﾝﾜ", "デンワ"),
        ("か\u3099", "が"),
        ("０９０ー１２", "090-12"),
        ("マイナンバー", "マイナンバー"),
        ("1\u200b2", "12"),
    ],
)
def test_width_marks_and_invisible_signs_fold_away(text: str, folded: str) -> None:
    assert text_fold(text).text == folded


def test_no_pattern_uses_a_word_boundary() -> None:
    """Between a kana and a digit there is none."""
    for file in SCREENING.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.end_lineno == node.lineno:
                assert "\\b" not in node.value, f"{file.name}:{node.lineno}"
