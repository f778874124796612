import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from collection.models import Instruction

pytestmark = pytest.mark.django_db


def run(path: Path, *options: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command(
            "import_instructions", str(path), "--licence", "MIT", "--screen", "later", *options, stdout=out, stderr=err
        )
    except SystemExit as stop:
        code = int(str(stop.code))
    return code, out.getvalue(), err.getvalue()


def test_all_lines_taken_is_success(tmp_path: Path) -> None:
    path = tmp_path / "good.jsonl"
    path.write_text('{"instruction": "空はなぜ青い？"}\n')
    assert run(path)[0] == 0
    assert run(path)[0] == 0  # known already is no failure


def test_some_lines_refused_is_two_and_each_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_text('{"instruction": "空はなぜ青い？"}\n{oops\n')
    code, out, err = run(path)
    assert code == 2
    assert "2" in err and "JSON" in err
    assert Instruction.objects.count() == 1
    assert "1" in out


def test_nothing_readable_is_one(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("{oops\n")
    assert run(path)[0] == 1
    with pytest.raises(CommandError):
        run(tmp_path / "nowhere.jsonl")


def test_the_result_is_one_json_object_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_text('{"instruction": "空はなぜ青い？", "output": "x"}\n{oops\n')
    _code, out, _err = run(path, "--json")
    result = json.loads(out)
    assert (result["imported"], result["refused"][0]["line"], result["outputs_ignored"]) == (1, 2, 1)
