"""Stop-grams: a phrase of many instructions counts for nothing, an instruction has one vote, and a new list is a new version."""

from io import StringIO

import pytest
from django.core.management import call_command

from annotation import jobs
from annotation.cleanroom import stopgrams
from annotation.models import StopGrams
from annotation.services.gate import gate_check
from annotation.services.gate_settings import gate_settings_in_force
from annotation.services.stop_grams import stop_grams_count
from tests.annotation.cleanroom.texts import INDEPENDENT, OTHERS
from tests.cast import cast
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_task

pytestmark = pytest.mark.django_db

COMMON = "これは誰もがよく使う決まり文句の一つでありますから何の証拠にもなりません"
NAME = "パーティショニングやディストリビューションのインストーラー"
SHORT = "かぶとむしはよあけのこずえにつどい、水をくむならわし"
REPEATED = "同じ問いに何度も答えた結果としてくり返されただけの長い一節はやはり写しです"


def test_what_many_instructions_share_stops_counting_and_what_one_repeats_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stopgrams, "LEAST_INSTRUCTIONS", 3)
    task = make_task(cast())
    for number in range(4):
        make_reference(make_instruction(instruction=f"第{number}の問い"), text=COMMON + OTHERS[number])
    for mark in ("", "！", "？", "…"):
        make_reference(make_instruction(instruction=f"同じ問い{mark}"), text=REPEATED)
    assert gate_check(task=task, text=INDEPENDENT + COMMON).outcome == "block"
    before = gate_settings_in_force().version
    counted = stop_grams_count()
    assert counted is not None
    assert (counted.version, counted.instruction_count) == (1, 5)
    assert gate_settings_in_force().version == before + 1
    passed = gate_check(task=task, text=INDEPENDENT + COMMON)
    assert (passed.outcome, passed.report.stops_version) == ("pass", counted.digest)
    assert gate_check(task=task, text=INDEPENDENT + REPEATED).outcome == "block"
    assert stop_grams_count() is None
    out = StringIO()
    call_command("count_stop_grams", "--quiet", stdout=out)
    assert "still right" in out.getvalue()
    assert StopGrams.objects.count() == 1


def test_with_the_list_it_is_learned_what_is_a_name_and_what_somebodys_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopgrams, "LEAST_SAMPLE", 30)
    task = make_task(cast())
    for number in range(30):
        make_reference(make_instruction(instruction=f"第{number}の問い"), text=f"{NAME}の話、その{number}。")
    make_reference(make_instruction(instruction="虫の問い"), text=f"{SHORT}という。")
    assert gate_check(task=task, text=INDEPENDENT + SHORT).outcome != "block"
    counted = stop_grams_count()
    assert counted is not None
    blocked = gate_check(task=task, text=INDEPENDENT + SHORT)
    assert (blocked.outcome, blocked.report.reasons[0].code) == ("block", "run")
    assert blocked.report.reasons[0].numbers["bits"] > 100
    named = gate_check(task=task, text=INDEPENDENT + NAME)
    assert named.outcome != "block" and named.report.scores["run"] >= blocked.report.scores["run"]


def test_the_weekly_job_counts_and_changes_nothing_that_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopgrams, "LEAST_INSTRUCTIONS", 3)
    cast()
    for number in range(4):
        make_reference(make_instruction(instruction=f"第{number}の問い"), text=COMMON + OTHERS[number])
    for _ in range(2):
        jobs.stop_grams_sweep()
        assert StopGrams.objects.count() == 1
