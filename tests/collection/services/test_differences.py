from hypothesis import given
from hypothesis import strategies as st

from collection.services.differences import text_differences


def told(old: str, new: str) -> list[list[tuple[str, str]]]:
    return [[(part.kind, part.text) for part in line.parts] for line in text_differences(old, new)]


def test_equal_texts_have_no_differences() -> None:
    assert told("一行目\n二行目", "一行目\n二行目") == []


def test_a_changed_word_is_told_inside_its_line() -> None:
    assert told("同意は三日後に有効です。", "同意は五日後に有効です。") == [
        [("same", "同意は"), ("removed", "三"), ("added", "五"), ("same", "日後に有効です。")]
    ]


def test_a_word_or_a_number_of_the_alphabet_changes_as_a_whole() -> None:
    [line] = told("It takes five minutes from 18 on.", "It takes three minutes from 16 on.")
    assert [text for kind, text in line if kind != "same"] == ["five", "three", "18", "16"]


def test_lines_with_little_in_common_are_one_gone_and_one_new() -> None:
    assert told("広告は出しません。", "Cookies: two") == [
        [("removed", "広告は出しません。")],
        [("added", "Cookies: two")],
    ]


def test_what_stays_is_left_out_but_for_the_lines_around() -> None:
    old = "\n".join(f"第{n}条" for n in range(1, 20))
    lines = told(old, old.replace("第10条", "第10条 新しい文言"))
    assert [line[0][1] if line else "" for line in lines] == ["第9条", "第10条", "第11条"]


@given(
    st.lists(st.sampled_from(["甲", "乙", "丙\n", "\n"]), max_size=12),
    st.lists(st.sampled_from(["甲", "乙", "丁\n"]), max_size=12),
)
def test_nothing_new_and_nothing_old_is_lost(old: list[str], new: list[str]) -> None:
    before, after = "".join(old), "".join(new)
    parts = [part for line in text_differences(before, after) for part in line.parts]
    assert sum(len(part.text) for part in parts if part.kind == "added") >= len(after.replace("\n", "")) - len(
        before.replace("\n", "")
    )
