"""The rules against instructions sorted by hand: the demonstration's, and the two shared files where they are at hand."""

import json
import time
from pathlib import Path

import pytest

from collection.screening import categories
from collection.texts import CATEGORY_LABELS

HERE = Path(__file__).resolve()
LABELLED = json.loads((HERE.parent / "categories_labelled.json").read_text(encoding="utf-8"))
DEMONSTRATION = HERE.parents[3] / "annotation" / "demonstration" / "instructions.jsonl"
SHARED = next((one for up in HERE.parents if (one := up / "shared" / "data").is_dir()), HERE / "shared")


def rows_of(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def share_right(rows: list[dict[str, str]], labels: list[str]) -> float:
    """How much of it the rules sort as a person would; where two names would do, either is right."""
    right = [categories.find(row["instruction"], row["input"]) for row in rows]
    return sum(found in label.split("|") for found, label in zip(right, labels, strict=True)) / len(rows)


def test_the_demonstration_is_sorted_as_its_authors_did() -> None:
    rows = rows_of(DEMONSTRATION)
    assert share_right(rows, [row["category"] for row in rows]) >= 0.95


@pytest.mark.parametrize("name", LABELLED)
def test_the_shared_files_are_sorted_as_by_hand(name: str) -> None:
    file = SHARED / f"{name}.jsonl"
    if not file.is_file():
        pytest.skip(f"{file.name} is not at hand; the demonstration stands for it")
    assert share_right(rows_of(file), LABELLED[name]) >= 0.93


@pytest.mark.parametrize(
    ("instruction", "category"),
    [
        ("HTMLで名刺のページを作って", "coding"),
        ("英語に訳してください", "translation"),
        ("Rewrite this in plain English.", "rewriting"),
        ("Explain the word 'saudade' in English.", "open_qa"),
        ("ＰＹＴＨＯＮで書いて", "coding"),
        ("取引先へのお詫びのメールを書いて", "business_mail"),
        ("メールの書き方を教えてください", "open_qa"),
        ("三行でまとめて", "summarisation"),
        ("猫と犬はどちらが長生きですか", "open_qa"),
        ("俳句を一つ", "writing"),
        ("おやすみ", "other"),
        ("", "other"),
    ],
)
def test_the_request_decides_in_either_language_and_any_width(instruction: str, category: str) -> None:
    assert categories.find(instruction) == category


def test_a_question_about_a_text_that_was_handed_in_is_another_kind() -> None:
    question = "子どもだけで入れますか？"
    assert categories.find(question) == "open_qa"
    assert categories.find(question, "開館は9時から17時まで。小学生以下は保護者と一緒にお入りください。") == "closed_qa"


def test_every_rule_leads_to_a_category_that_has_a_name() -> None:
    assert {rule.category for rule in categories._RULES} | {"other"} == set(CATEGORY_LABELS)


@pytest.mark.parametrize("text", ["0" * 4000, "1 " * 2000, "x=1" * 1300, "%1%" * 1300, "以下" * 2000, "write a " * 500])
def test_no_text_makes_the_rules_slow(text: str) -> None:
    started = time.process_time()
    categories.find(text, text)
    assert time.process_time() - started < 0.5
