"""Words and pairs: what Python asks for is what the database's index holds, whatever the signs."""

import pytest
from django.db import connection
from hypothesis import example, given, settings
from hypothesis import strategies as st

from config.text_search import fold, pairs_of, words_of

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cn"), exclude_characters="\x00"), max_size=30)


@pytest.mark.django_db
@settings(max_examples=60)
@given(text=TEXTS)
@example(text="ＰＤＦとﾊﾟﾋﾟﾌﾟ㌔か\u3099İ")
@example(text="")
@example(text="𠮷野家👩‍👩‍👧")
def test_the_database_folds_and_pairs_as_python_does(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT hitode_pairs(%s), hitode_pairs(%s, 'x')", [text, text])
        alone, together = cursor.fetchone()
    assert sorted(set(alone)) == pairs_of([fold(text)])
    assert set(alone) <= set(together)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("経済 ＰＤＦ", ["経済", "pdf"]),
        ("「魚の 選び方」 a", ["魚の 選び方"]),
        ('"two words" three', ["two words", "three"]),
        ("“two words”", ["two words"]),
        ("魚", []),
        ("\x00 \t", []),
        ("あい" * 80, [("あい" * 80)[:60]]),
    ],
)
def test_what_is_asked_for_is_cut_into_words(asked: str, words: list[str]) -> None:
    assert words_of(asked) == words
