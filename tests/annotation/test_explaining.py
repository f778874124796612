"""`explain_record`: each rule with its facts, the whole record in both languages, and as JSON."""

import json
import re
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.checks import RULES, clean_rules_explain
from annotation.errors import GateBlocked
from annotation.models import Task
from annotation.services.clearance import clearance_run
from annotation.services.reviews import review_accept
from annotation.services.showings import references_show
from config.translations import compile_stale_catalogues
from tests.annotation.test_clean_rules import explained, failing, moderation_turned
from tests.cast import Cast, cast
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_acceptance, make_record, make_review_held, make_submission, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def test_an_undelivered_task_holds_no_rule(people: Cast) -> None:
    task = make_task(people)
    assert not any(result.holds for result in clean_rules_explain(task))
    code, holds = explained(task)
    assert (code, set(holds.values())) == (1, {False})


def test_a_text_that_waits_fails_only_what_is_still_to_come(people: Cast) -> None:
    task = make_task(people)
    make_submission(task, people.wataru)
    assert failing(task) == {"is_accepted", "is_gated"}


@pytest.mark.parametrize("wrong", ["not-an-id", "00000000-0000-4000-8000-000000000000"])
def test_an_unknown_record_is_an_exit_code_of_its_own(wrong: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("explain_record", wrong)
    assert refused.value.returncode == 2


def test_the_explanation_for_people_names_each_rule_with_its_facts(people: Cast) -> None:
    task = make_record(people)
    moderation_turned(task, people)
    out = StringIO()
    with pytest.raises(CommandError, match="1 of the rules do not hold"):
        call_command("explain_record", str(task.public_id), stdout=out, no_color=True)
    lines = out.getvalue().splitlines()
    assert [line for line in lines if "fails" in line] == [
        "7  fails  No personal data in the output, and moderation passed."
    ]
    assert any("moderation: fail" in line for line in lines)
    assert sum("holds" in line for line in lines) == len(RULES) - 1


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_whole_record_is_told_in_both_languages(people: Cast, language: str, tmp_path: Path, settings: Any) -> None:
    catalogues = shutil.copytree(settings.LOCALE_PATHS[0], tmp_path / "locale")
    settings.LOCALE_PATHS = [catalogues]
    compile_stale_catalogues()
    instruction = make_instruction()
    make_reference(instruction)
    task = make_task(people, instruction=instruction)
    held = make_review_held(make_submission(task, people.wataru), people.ren)
    references_show(reviewer=people.ren, task=held, place="record", why="苦情の調べ")
    review_accept(reviewer=people.ren, task=held)
    clearance_run()
    out = StringIO()
    call_command("explain_record", str(task.public_id), "--language", language, stdout=out, no_color=True)
    told = out.getvalue()
    words = {
        "ja": ("満たす", "照合の記録", "最後の出荷検査", "モデルの回答を見た人", "コミットメント", "記録のページで", "検収者"),
        "en": ("holds", "Gate reports", "Last clearance", "Who has seen", "Commitments", "on the page of the record", "reviewer"),
    }  # fmt: skip
    assert [word for word in words[language] if word not in told] == []
    assert "Ren" in told and "苦情の調べ" in told
    if language == "ja":
        assert not re.search(r"\b(holds|fails|none|pass|review|submit|accepted|hidden|True|False)\b", told)


def test_the_record_as_json_holds_reports_clearance_showings_and_commitments(people: Cast) -> None:
    instruction = make_instruction()
    reference = make_reference(instruction)
    task = make_task(people, instruction=instruction)
    blocked = "これは模型の書いた答えです。" * 20
    make_reference(make_instruction(), text=blocked)
    with pytest.raises(GateBlocked):
        make_submission(task, people.wataru, text=blocked)
    make_acceptance(make_submission(Task.objects.get(pk=task.pk), people.wataru), people.ren)
    clearance_run()
    out = StringIO()
    call_command("explain_record", str(task.public_id), "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert [(report["occasion"], report["decision"], report["is_kept"]) for report in told["gate_reports"]] == [
        ("submit", "block", False), ("submit", "pass", True),
    ]  # fmt: skip
    assert told["clearance"]["watermark"] == 2
    assert told["showings"] == []
    (entry,) = told["commitments"]
    assert (entry["reference"], entry["is_open"], len(entry["value"])) == (reference.pk, True, 64)
    assert len(told["rules"]) == len(RULES)
