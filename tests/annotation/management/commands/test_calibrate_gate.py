"""Calibration: labelled pairs in, shares with intervals out; and settings put in force with a reason."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotation.cleanroom import calibration
from annotation.cleanroom.calibration import wilson
from annotation.models import GateSettings
from tests.annotation.cleanroom import texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    rows = [
        {"kind": "copy", "text": texts.REFERENCE, "reference": texts.REFERENCE},
        {"kind": "copy", "text": texts.REFERENCE[:80], "reference": texts.REFERENCE},
        {"kind": "copy", "text": texts.with_edits(texts.REFERENCE, 0.2), "reference": texts.REFERENCE},
        {"kind": "independent", "text": texts.INDEPENDENT, "reference": texts.REFERENCE, "instruction": texts.PROMPT},
        {"kind": "quoted", "text": texts.OTHERS[0], "reference": texts.OTHERS[0], "input": texts.OTHERS[0]},
    ]
    file = tmp_path / "pairs.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("calibrate_gate", *map(str, arguments), stdout=out, no_color=True)
    return out.getvalue()


def test_each_kind_is_told_by_the_settings_in_force_and_by_others_around_them(
    pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(calibration.AROUND, "block_run", 3)
    found = json.loads(run("--pairs", pairs, "--json"))
    first, *others = found["trials"]
    assert first["changed"] == {}
    assert (first["kinds"]["copy"]["blocked"], first["kinds"]["copy"]["total"]) == (3, 3)
    assert first["kinds"]["independent"]["blocked_interval"][0] == 0
    assert first["kinds"]["quoted"]["reviewed"] == 1  # equal to the own reference: never past a person
    assert {"block_run": 25} in [trial["changed"] for trial in others]
    assert {"block_run": 19} not in [trial["changed"] for trial in others]  # may not block
    table = run("--pairs", pairs)
    assert "copy" in table and "review_run = 16" in table


def test_settings_are_put_in_force_with_a_reason_and_kept_as_a_version() -> None:
    run("--put", '{"review_run": 19}', "--why", "fewer questions")
    newest = GateSettings.objects.latest("version")
    assert (newest.version, newest.thresholds["review_run"], newest.why) == (2, 19, "fewer questions")
    for arguments in (
        ["--put", '{"review_run": 20}'],
        ["--put", '{"review_run": 50}', "--why", "contradiction"],
        ["--put", '{"colour": 1}', "--why", "unknown"],
        ["--put", "nonsense", "--why", "no JSON"],
        [],
    ):
        with pytest.raises(CommandError) as refused:
            run(*arguments)
        assert refused.value.returncode == 2
    assert GateSettings.objects.count() == 2


@pytest.mark.parametrize("line", ["nonsense", '{"kind": "copy"}', '{"kind": "copy", "text": 1, "reference": "a"}'])
def test_a_line_that_is_no_pair_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text(line)
    with pytest.raises(CommandError, match="line 1"):
        run("--pairs", file)


def test_intervals_are_those_of_wilson() -> None:
    assert wilson(0, 100) == pytest.approx((0.0, 0.0, 0.0370), abs=1e-4)
    assert wilson(95, 100) == pytest.approx((0.95, 0.8882, 0.9785), abs=1e-4)
    assert wilson(0, 0) == (0.0, 0.0, 1.0)
