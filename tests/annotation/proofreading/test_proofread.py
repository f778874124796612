"""Each check finds its fault at its place, and leaves alone what only looks like it."""

import time

import pytest

from annotation.proofreading.catalogue import WORDS, check_of
from annotation.proofreading.proofread import proofread
from annotation.proofreading.remarks import MOST_OF_A_KIND, Assignment, Term

JA = Assignment("江戸時代の暮らしについて説明してください。", "", "ja", 1, 4000)
EN = Assignment("Explain how bread rises.", "", "en", 1, 4000)


def found(text: str, task: Assignment = JA) -> list[tuple[str, str]]:
    return [(remark.check_id, text[remark.start : remark.end]) for remark in proofread(text, task)]


FAULTS = [
    ("空をを見上げました。", [("wording.doubled_particle", "をを")]),
    ("父はは医者でした。", [("wording.doubled_particle", "はは")]),
    ("この方法という方法は方法は使えます。", [("wording.repeated", "方法は方法は")]),
    ("サーバーサーバーを止めます。", [("wording.repeated", "サーバーサーバー")]),
    ("朝は早く起きます。夜は本を読む。週末は山に登ります。", [("wording.mixed_styles", "夜は本を読む。")]),
    ("米が主食だった。人々は働いた。祭りもありました。", [("wording.mixed_styles", "祭りもありました。")]),
    ("夏は「暑い。」と言われます（特に京都です。", [("sign.unbalanced", "（")]),
    ("答えは三つです」。", [("sign.unbalanced", "」")]),
    ("これは（例)です。", [("sign.mixed_width", "（例)")]),
    ("ＨＴＭＬとCSSとJavaScriptを学びます。", [("sign.mixed_width", "ＨＴＭＬ")]),
    ("５人と10人と20人がいます。", [("sign.mixed_width", "５")]),
    ("まず，湯を沸かし、茶葉を入れ、待ちます。", [("sign.mixed_width", "，")]),
    ("ｱｲｽを食べます。", [("sign.half_kana", "ｱｲｽ")]),
    ("一行目です。 \n二行目です。", [("sign.trailing_space", " ")]),
    ("前です。\n\n\n\n\n後です。", [("sign.blank_lines", "\n\n\n\n\n")]),
    ("見え\u200bない字です。", [("sign.invisible", "\u200b")]),
    ("手順です。\n\n```python\nprint(1)\n", [("markdown.open_fence", "```python")]),
    ("変数`xを使います。", [("markdown.open_code", "`")]),
    ("ここが**大切です。", [("markdown.open_strong", "**")]),
    ("#見出し\n\n本文です。", [("markdown.heading", "#見出し")]),
    ("| a | b |\n| - | - |\n| 1 |\n", [("markdown.uneven_table", "| 1 |")]),
    ("詳しくはhttps://example.com/edoをご覧ください。", [("task.link", "https://example.com/edo")]),
    ("連絡は taro@example.com まで。", [("task.personal_data", "taro@example.com")]),
    ("江戸時代の暮らしについて説明してください", [("task.same_as_question", "")]),
    ("、。！", [("task.empty", "")]),
    ("This answer is written in English, though the order wants Japanese.", [("task.language", "")]),
]


@pytest.mark.parametrize(("text", "expected"), FAULTS)
def test_a_fault_in_japanese_is_found_where_it_stands(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The yeast feeds on the the sugar.", [("wording.repeated", "the the")]),
        ("It rises (slowly at first.", [("sign.unbalanced", "(")]),
        ('He said "wait and left.', [("sign.unbalanced", '"')]),
        ("Gas  \nlifts it. \n", [("sign.trailing_space", " ")]),
    ],
)
def test_a_fault_in_english_is_found_where_it_stands(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text, EN) == expected


INNOCENT = [
    "桃ももものうちです。ものの数分で、ははと笑いました。",
    "一枚一枚、一人一人、徐々に、ドキドキしながら進みます。",
    "「もう帰る。」と彼は言いました。『雨だ。』とも言いました。",
    "見出しだけの行\n\n- 項目である\n- 別の項目\n\n本文はこのように続きます。",
    "「一つ目の話です。\n\n二つ目の話です。」と祖母は語りました。",
    "1) 湯を沸かします。\n2) 茶葉を入れます。\na) 待ちます。",
    '`((` は括弧が二つです。\n\n```c\nif (x { "\n```\n',
    "数式 $f(x)=(x$ を考えます。",
    "行を折ります。  \n次の行です。",
    "ファイル名は README.md で、関数 print_all を使います。",
    "とてもとても長い旅でした。",
    "| a | b |\n| - | - |\n| `x \\| y` | 2 |\n",
    "彼の手伝い。私のお願い。考えてみましょう。",
]


@pytest.mark.parametrize("text", INNOCENT)
def test_what_only_looks_like_a_fault_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_very_long_sentence_is_counted_in_characters_or_words() -> None:
    long_ja = "これは" + "とても長い文であり、" * 12 + "終わりません。"
    (remark,) = proofread(long_ja, JA)
    assert remark.check_id == "wording.long_sentence" and remark.numbers == {"length": len(long_ja), "most": 120}
    (remark,) = proofread("Bread " + "and butter, " * 23 + "are good.", EN)
    assert remark.numbers == {"length": 49, "most": 45}


def test_length_is_told_with_what_the_order_asks() -> None:
    task = Assignment("問い", "", "ja", 10, 12)
    (short,), (long_,) = proofread("九文字の本文です。", task), proofread("十三文字になる本文ですよ。", task)
    assert (short.check_id, short.numbers) == ("task.short", {"characters": 9, "least": 10})
    assert (long_.check_id, long_.numbers) == ("task.long", {"characters": 13, "most": 12})


def test_a_text_copied_from_the_input_is_told_its_share_and_a_short_quotation_is_not() -> None:
    source = "江戸の町では、朝早くから棒手振りと呼ばれる行商人が、魚や野菜を売り歩いていました。"
    task = Assignment("次の文章を説明してください。", source, "ja", 1, 4000)
    (remark,) = proofread(source[:-5] + "いたそうです。", task)
    assert remark.check_id == "task.copied_from_question" and 50 <= int(remark.numbers["percent"]) < 100
    assert (
        found("「棒手振り」とは、天秤棒で荷を担いで売り歩いた人のことで、江戸の暮らしを支えた商いでした。", task) == []
    )


def test_links_and_addresses_that_the_question_has_itself_are_no_fault() -> None:
    task = Assignment("https://example.com と taro@example.com を並べてください。", "", "ja", 1, 4000)
    assert found("一つ目は https://example.com で、二つ目は taro@example.com です。", task) == []


def test_the_orders_terms_are_told_with_the_word_it_wants() -> None:
    task = Assignment("問い", "", "ja", 1, 4000, (Term("サーバ", "サーバー"), Term("AI", "人工知能")))
    text = "サーバーとサーバがあり、AIはMAILに使いません。"
    remarks = [remark for remark in proofread(text, task) if remark.check_id == "task.term"]
    assert [(text[r.start : r.end], r.numbers["wanted"]) for r in remarks] == [
        ("サーバ", "サーバー"),
        ("AI", "人工知能"),
    ]


def test_a_dismissal_follows_its_passage_and_no_other() -> None:
    before, after = "空をを見ます。", "ある朝、空をを見ます。海がが光ります。"
    (dismissed,) = proofread(before, JA)
    keys = [remark.key(after) for remark in proofread(after, JA)]
    assert keys[0] == dismissed.key(before) and keys[1] != dismissed.key(before)


def test_every_remark_has_a_name_a_line_of_help_and_a_version() -> None:
    told = {check_id for text, expected in FAULTS for check_id, _ in expected}
    told |= {
        "task.short",
        "task.long",
        "task.copied_from_question",
        "task.term",
        "task.pasted",
        "wording.long_sentence",
        "markdown.open_link",
    }
    assert told == set(WORDS)
    assert all(check_of(check_id).version >= 1 and check_of(check_id).help for check_id in told)
    assert found("[頁](https://example.com/a を見ます。")[0][0] == "markdown.open_link"


@pytest.mark.parametrize(
    "unit",
    [
        "あ",
        "「",
        "a ",
        "*",
        "`",
        "~",
        "あい。",
        "[a](",
        "0",
        "| a |\n",
        "という",
        "\u0301",
        "\u202e",
        "😀",
        "<script>",
        "東京",
        "\n",
        "$",
    ],
)
def test_no_text_makes_the_checks_slow_or_tells_without_end(unit: str) -> None:
    began = time.process_time()
    remarks = proofread(unit * (200_000 // len(unit)), JA)
    assert time.process_time() - began < 5
    assert all(sum(r.check_id == one.check_id for r in remarks) <= MOST_OF_A_KIND for one in remarks)
