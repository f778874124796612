"""The gate in the product: what is compared with what, what is kept of it, and what a clearance makes of it."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from annotation.cleanroom.engine import ENGINE_VERSION
from annotation.cleanroom.stopgrams import count_stop_grams
from annotation.models import Draft, GateReport, ReferenceHash, StopGrams, Submission, Task
from annotation.services.gate import Asked, TextUnreadable, gate_check, gate_check_all, watermark_now
from annotation.services.gate_settings import gate_settings_in_force, settings_write
from annotation.services.queue import task_take
from annotation.states import TaskStatus
from collection.models import Reference
from tests.annotation.cleanroom.texts import ENGLISH, INDEPENDENT, OTHERS, PROMPT, REFERENCE, with_disguises
from tests.cast import Cast, cast
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_slots, make_submission, make_task, make_text

pytestmark = pytest.mark.django_db

# Shares one passage of about twenty characters with OTHERS[0], which is too little to block.
CLOSE = (
    make_text() + "寄り合いが開かれましたが、恩賞の配分に不満を抱いた武士たちの話を祖父から聞きました。" + make_text()
)


@pytest.fixture
def people() -> Cast:
    return cast()


@pytest.fixture
def task(people: Cast) -> Task:
    """In Wataru's hand; its instruction has a reference, and so have others."""
    asked = make_instruction(instruction=PROMPT)
    made = make_task(people, instruction=asked)
    make_reference(asked, text=REFERENCE)
    for text in OTHERS:
        make_reference(make_instruction(), text=text)
    return task_take(writer=people.wataru, task=made)


def send(people: Cast, task: Task, text: str) -> Any:
    """Hand a text in over HTTP, as the editor does."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(people.wataru)
    return client.post(
        reverse("annotation:task_submit", args=[task.public_id]),
        {"text": text, "base_revision": 0, "buckets": [], "is_attested": True},
        content_type="application/json",
    )


# --- at the hand-in --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(REFERENCE, id="the whole answer to this instruction"),
        pytest.param(REFERENCE[:160], id="half of it"),
        pytest.param(with_disguises(REFERENCE), id="disguised"),
        pytest.param(INDEPENDENT[:100] + OTHERS[2][:70] + INDEPENDENT[100:], id="a passage of another answer"),
        pytest.param("\n\n  " + REFERENCE, id="after white space"),
    ],
)
def test_a_copy_is_refused_its_passages_are_marked_and_the_draft_is_kept(people: Cast, task: Task, text: str) -> None:
    response = send(people, task, text)
    assert response.status_code == 422
    body = response.json()
    assert body["code"] == "gate_blocked"
    assert set(body) == {"status", "code", "title", "detail", "passages"}
    kept = Draft.objects.get(task=task).text
    assert kept == text
    assert body["passages"]
    for passage in body["passages"]:
        assert set(passage) == {"start", "end"}
        assert len(kept[passage["start"] : passage["end"]].strip()) >= 8
    task.refresh_from_db()
    assert (task.status, task.writer) == (TaskStatus.CLAIMED, people.wataru)
    assert not Submission.objects.exists()
    report = GateReport.objects.get()
    assert (report.decision, report.submission, report.occasion) == ("block", None, "submit")


def test_a_text_of_ones_own_passes_with_a_report_of_what_it_was_compared_with(people: Cast, task: Task) -> None:
    assert send(people, task, INDEPENDENT).status_code == 200
    submission = Submission.objects.get()
    report = GateReport.objects.get()
    assert (report.submission, report.decision) == (submission, "pass")
    assert report.text_sha256 == submission.text_sha256
    assert report.watermark == watermark_now() == 1 + len(OTHERS)
    assert (report.engine_version, report.settings_version) == (ENGINE_VERSION, 1)
    assert report.passages == [] and report.reasons == []


def test_quoting_the_question_is_no_copy_of_an_answer_that_quotes_it_too(people: Cast, task: Task) -> None:
    make_reference(task.instruction, text=f"「{PROMPT}」というご質問ですね。" + OTHERS[1])
    assert send(people, task, f"「{PROMPT}」と聞かれたので、答えます。" + INDEPENDENT).status_code == 200


@pytest.mark.parametrize(
    ("text", "character"), [(INDEPENDENT + "\u0378", "U+0378"), ("\U000e0fff" + INDEPENDENT, "U+E0FFF")]
)
def test_a_character_that_cannot_be_compared_is_named_and_the_draft_is_kept(
    people: Cast, task: Task, text: str, character: str
) -> None:
    response = send(people, task, text)
    assert response.status_code == 400
    body = response.json()
    assert body["code"] == "text_unreadable"
    assert character in body["detail"]
    assert text[body["position"]] == character_of(character)
    assert Draft.objects.get(task=task).text == text
    assert not GateReport.objects.exists()


def character_of(name: str) -> str:
    return chr(int(name.removeprefix("U+"), 16))


def test_half_of_a_surrogate_pair_is_stored_as_a_sign_of_its_own_and_refused_by_the_gate(
    people: Cast, task: Task
) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(people.wataru)
    response = client.post(
        reverse("annotation:task_submit", args=[task.public_id]),
        b'{"text": "abc\\ud800def", "base_revision": 0, "is_attested": true}',
        content_type="application/json",
    )
    assert response.status_code == 200
    assert Submission.objects.get().text == "abc\ufffddef"
    with pytest.raises(TextUnreadable, match="U\\+D800"):
        gate_check(task=task, text="abc\ud800def")


# --- what is compared -------------------------------------------------------------------------------------------------


def test_a_reference_is_found_by_the_next_check_of_the_same_transaction(people: Cast, task: Task) -> None:
    text = (
        "窓の外を行く屋台の笛を聞きながら、祖母はいつも同じ話を二度くりかえし、二度目には結末を少しだけ変えるのでした。"
    )
    assert gate_check(task=task, text=text).outcome == "pass"
    with transaction.atomic():
        make_reference(make_instruction(), text=text)
        assert gate_check(task=task, text=text).outcome == "block"


def test_an_interrupted_answer_is_a_reference_like_any_other(people: Cast, task: Task) -> None:
    text = (
        "屋根の上の猫が三匹とも同じ方角を向いているときは、たいてい港に船が着いていて、魚屋の店先が騒がしくなります。"
    )
    make_reference(make_instruction(), text=text, status="interrupted")
    assert gate_check(task=task, text=text).outcome == "block"


def test_the_own_reference_is_compared_even_when_the_index_has_lost_it(people: Cast, task: Task) -> None:
    ReferenceHash.objects.all().delete()
    assert gate_check(task=task, text=REFERENCE).outcome == "block"


def test_a_report_names_its_reasons_and_keeps_its_passages(people: Cast) -> None:
    reference = make_reference(make_instruction(), text=OTHERS[0])
    submission = make_submission(make_task(people), people.wataru, text=CLOSE)
    report = GateReport.objects.get(submission=submission)
    assert report.decision == GateReport.Decision.REVIEW
    assert {reason["reference"] for reason in report.reasons} == {reference.pk}
    (passage,) = (passage for passage in report.passages if passage["characters"] >= 18)
    mine = submission.text[passage["start"] : passage["end"]]
    theirs = reference.text[passage["reference_start"] : passage["reference_end"]]
    assert mine == theirs


def test_texts_that_are_compared_together_get_the_answers_they_get_alone(people: Cast, task: Task) -> None:
    (other,) = make_slots(people)
    erased = make_reference(make_instruction(), text=ENGLISH)
    Reference.objects.filter(pk=erased.pk).update(text="")
    asked = [
        Asked(task, INDEPENDENT),
        Asked(task, REFERENCE[:120]),
        Asked(other, REFERENCE[:120], frozen_at=0),
        Asked(other, "読めない字\u0378"),
        Asked(other, CLOSE),
        Asked(task, ENGLISH),
        Asked(other, OTHERS[4]),
        Asked(task, ""),
    ]
    together = gate_check_all(asked)
    outcomes = [one.code if isinstance(one, TextUnreadable) else one.outcome for one in together]
    assert outcomes == ["pass", "block", "review", "text_unreadable", "review", "review", "block", "review"]
    for one, result in zip(asked, together, strict=True):
        if isinstance(result, TextUnreadable):
            with pytest.raises(TextUnreadable):
                gate_check(task=one.task, text=one.text)
        else:
            assert gate_check(task=one.task, text=one.text, frozen_at=one.frozen_at) == result
    assert gate_check_all([]) == []


def test_settings_and_stop_grams_hold_from_the_next_check(people: Cast, task: Task) -> None:
    assert gate_check(task=task, text=CLOSE).outcome == "review"
    settings = gate_settings_in_force()
    milder = {"review_run": 21, "review_coverage": 0.3, "review_skeleton": 0.4}
    settings_write(thresholds=settings.thresholds | milder, why="a trial", after=settings.version)
    result = gate_check(task=task, text=CLOSE)
    assert (result.outcome, result.settings_version) == ("pass", settings.version + 1)
    assert gate_check(task=task, text=OTHERS[0]).outcome == "block"
    stops = count_stop_grams(lambda: [("指示", [OTHERS[0]])], threshold=0)
    StopGrams.objects.create(version=1, digest=stops.version, grams=stops.dump(), instruction_count=1)
    result = gate_check(task=task, text=OTHERS[0][:50])
    assert (result.outcome, result.report.stops_version) == ("pass", stops.version)
