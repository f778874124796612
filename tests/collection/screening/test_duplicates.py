from collection.screening.duplicates import text_hash


def test_width_case_and_spaces_do_not_make_an_instruction_new() -> None:
    assert text_hash("ＡＢＣ  を説明して\n") == text_hash("abc を説明して")


def test_what_stands_in_which_field_does() -> None:
    assert text_hash("a b", "") != text_hash("a", "b")
    assert text_hash("a", "x") != text_hash("a", "y")
