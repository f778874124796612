"""Counting what an edit changed."""

import pytest

from annotation.cleanroom.edits import EditFlag, edit_count

OWN = "朝の市場では、まず魚を見る。目が澄んでいて、えらが赤いものを選ぶと、その日の昼まで味が落ちない。店の人に聞くとよい。"
NEW = "港の猫は網の影で眠り、船が戻る音を聞くと耳だけを動かして、また目を閉じてしまうという話がある。"


def test_a_small_correction_is_counted_and_not_flagged() -> None:
    count = edit_count(OWN, OWN.replace("赤いもの", "赤く光るもの"), [])
    assert (count.flags, count.inserted, count.deleted, count.largest_insertion) == ((), 3, 1, 3)


@pytest.mark.parametrize("edited", [OWN + NEW, NEW + OWN, NEW, NEW * 3])
def test_a_new_passage_is_flagged_wherever_it_stands(edited: str) -> None:
    assert edit_count(OWN, edited, []).flags == (EditFlag.LARGE,)


def test_many_small_changes_are_flagged_by_their_share() -> None:
    edited = "".join(sign + "x" * (number % 3 == 0) for number, sign in enumerate(OWN))
    count = edit_count(OWN, edited, [])
    assert count.largest_insertion == 1 and count.flags == (EditFlag.LARGE,)


def test_moving_a_sentence_or_quoting_the_question_puts_nothing_new_in() -> None:
    first, rest = OWN.split("。", 1)
    assert edit_count(OWN, rest + first + "。", []).flags == ()
    assert edit_count(OWN, f"「{NEW}」と聞かれました。{OWN}", [NEW]).inserted < 15


def test_the_same_text_and_an_empty_one_are_no_trouble() -> None:
    assert edit_count(OWN, OWN, []).to_dict() | {"flags": ()} == edit_count("", "", []).to_dict()
    assert edit_count(OWN, "", []).deleted == len(OWN)
