"""The gate run again by an auditor: the answers to a record's own instruction count as they did, and nothing passes unseen."""

import json
from pathlib import Path
from typing import Any

import pytest

from annotation.cleanroom.engine import ENGINE_VERSION
from annotation.cleanroom.stopgrams import StopGrams
from annotation.release.audit import records_judge
from annotation.release.build import release_build
from annotation.release.seal import MANIFEST_FILE
from annotation.release.verify_release import Uncheckable, Unsound
from annotation.services.commitment_log import Opening
from tests.annotation.release.test_build import KEY, make_row

ANSWER = "琵琶湖の北の端にある町です。"
FOLLOWS = "琵琶湖の北の端の町です。"  # its own answer in the same order: too short for a rule about any other
LONG = (
    "賤ヶ岳から余呉湖を見おろす尾根道をたどり、山本山の登山口まで二時間ほど歩くと、無人駅から電車に乗ることができます。"
)


def judged(folder: Path, openings: list[Opening], **row: Any) -> str:
    """What the audit says of a release of one record."""
    release_build(rows=[make_row(1, **{"engine": ENGINE_VERSION, **row})], folder=folder, name="2026-1", key=KEY)
    manifest = json.loads((folder / MANIFEST_FILE).read_bytes())
    (said,) = records_judge(folder, manifest, StopGrams.commonplaces(), openings)
    return said


def opened(text: str, *, is_own: bool = False, arrived: int = 1) -> Opening:
    records = [make_row(1).id] if is_own else []
    return Opening(7, "", "", text, [], "", instruction="one", records=records, arrived=arrived)


def test_the_rules_about_an_instructions_own_answer_are_asked_again(tmp_path: Path) -> None:
    with pytest.raises(Unsound, match=r"subsequence \(review\) with the answer at 7"):
        judged(tmp_path / "own", [opened(ANSWER, is_own=True)], output=FOLLOWS)
    said = judged(tmp_path / "other", [opened(ANSWER)], output=FOLLOWS)
    assert "1 records compared anew, 0 of them with answers to their own instruction; 0 would not" in said
    said = judged(tmp_path / "asked", [opened(ANSWER, is_own=True)], output=FOLLOWS, decision="review")
    assert "1 of them with answers to their own instruction; 1 would not pass unseen" in said


def test_a_copy_of_any_answer_needs_a_persons_word(tmp_path: Path) -> None:
    with pytest.raises(Unsound, match=r"\(block\) with the answer at 7"):
        judged(tmp_path / "copied", [opened(LONG)], output=f"はい。{LONG}")
    assert "0 the answer came later" in judged(tmp_path / "seen", [opened(LONG)], output=LONG, decision="review")


def test_an_answer_that_the_gate_could_not_know_is_told_and_no_fault(tmp_path: Path) -> None:
    said = judged(tmp_path / "late", [opened(LONG, arrived=100)], output=LONG, watermark=99)
    assert "1 would not pass unseen" in said and "in 1 the answer came later" in said
    with pytest.raises(Unsound):
        judged(tmp_path / "known", [opened(LONG, arrived=100)], output=LONG, watermark=100)


def test_what_another_engine_judged_is_not_judged_by_this_one(tmp_path: Path) -> None:
    with pytest.raises(Uncheckable, match="engine 4"):
        judged(tmp_path / "old", [opened(ANSWER)], engine="4")
