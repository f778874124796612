"""What nobody writes but somebody sends: the gate answers or refuses clearly and in time, and nothing passes unjudged."""

import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotation.models import Draft, GateReport, Submission, Task
from annotation.services.gate import TextUnreadable, gate_check
from annotation.states import TaskStatus
from tests.annotation.cleanroom.texts import INDEPENDENT, REFERENCE
from tests.cast import Cast

pytestmark = pytest.mark.django_db

SECONDS = 10  # of processor time, on any machine: a look-up of a long text among a few references takes a tenth of that
CODE = "def mean(values):\n    return sum(values) / len(values)  # 平均\n\nprint(mean([1, 2, 3]))\n"
TABLE = "| 品目 | 数 |\n|---|---:|\n| りんご | 3 |\n| みかん | 12 |\n"
MATHEMATICS = "$$\\int_0^1 x^2\\,dx = \\tfrac13$$ よって ∑ₙ 1/n² = π²∕6 ≈ 1.645"
RIGHT_TO_LEFT = "\u202eالسماء زرقاء اليوم والبحر هادئ\u202c שלום עולם"

UNJUDGED = {
    "nothing": "",
    "blanks": " \u3000\n\t",
    "emoji alone": "🎉👨‍👩‍👧‍👦🇯🇵" * 20,
    "marks alone": "\u0301\u0301\u3099" * 50,
    "punctuation alone": "、。！？…―" * 30,
}
JUDGED = {
    "one character": "あ",
    "200,000 characters": (INDEPENDENT * 1000)[:200_000],
    "one character 100,000 times": "あ" * 100_000,
    "combining sequences": "か\u3099き\u3099e\u0301\u0323" * 2000,
    "right to left": RIGHT_TO_LEFT,
    "NUL": INDEPENDENT[:60] + "\x00" + INDEPENDENT[60:],
    "code": CODE,
    "a table": TABLE,
    "mathematics": MATHEMATICS,
    "English": "My grandmother kept her seeds in jam jars and never once wrote down what was in them.",
    "mixed languages": "昨日は café で naïve な話をした。Потом пошёл дождь. 비가 왔다.",
}
REFUSED = {
    "half of a surrogate pair": ("前\ud800後", "lone_surrogate"),
    "an unassigned code point": ("前\u0378後", "unassigned_code_point"),
    "one character too many": ("あ" * 200_001, "too_long"),
}


def send(people: Cast, task: Task, text: str) -> Any:
    client = Client(headers={"accept-language": "en"}, raise_request_exception=False)
    client.force_login(people.wataru)
    return client.post(
        reverse("annotation:task_submit", args=[task.public_id]),
        {"text": text, "base_revision": 0, "buckets": [], "is_attested": True},
        content_type="application/json",
    )


@pytest.mark.parametrize("text", UNJUDGED.values(), ids=UNJUDGED)
def test_a_text_with_nothing_to_compare_waits_for_a_person(task: Task, text: str) -> None:
    assert gate_check(task=task, text=text).outcome == "review"


@pytest.mark.parametrize("text", JUDGED.values(), ids=JUDGED)
def test_an_odd_text_is_judged_in_time(task: Task, text: str) -> None:
    started = time.process_time()
    assert gate_check(task=task, text=text).outcome in {"pass", "review"}
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("text", JUDGED.values(), ids=JUDGED)
def test_a_copy_does_not_hide_behind_an_odd_text(task: Task, text: str) -> None:
    kept = text[: 200_000 - len(REFERENCE) - 1]
    assert gate_check(task=task, text=f"{kept}\n{REFERENCE}").outcome == "block"


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_judged_is_refused_by_name(task: Task, text: str, reason: str) -> None:
    with pytest.raises(TextUnreadable) as refused:
        gate_check(task=task, text=text)
    assert refused.value.details["reason"] == reason


ODD = {**UNJUDGED, **JUDGED, "an unassigned code point": "前\u0378後", "one character too many": "あ" * 200_001}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_over_http_an_odd_text_is_accepted_for_review_or_refused_and_never_crashes(
    people: Cast, task: Task, text: str
) -> None:
    response = send(people, task, text)
    assert response.status_code in {200, 400, 413, 422}, response.content[:300]
    task.refresh_from_db()
    kept = Submission.objects.filter(task=task).first()
    if response.status_code == 200:
        assert kept is not None and task.status == TaskStatus.SUBMITTED
        report = GateReport.objects.get(submission=kept)
        assert report.decision == gate_check(task=task, text=kept.text).outcome
    else:
        assert kept is None and task.status == TaskStatus.CLAIMED
        assert response.json()["detail"]
        assert Draft.objects.filter(task=task).count() <= 1
