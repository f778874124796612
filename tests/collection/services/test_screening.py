from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from collection import jobs
from collection.errors import ModerationMissing
from collection.models import Instruction
from collection.services.screening import instruction_decide, instruction_screen
from collection.states import InstructionStatus
from config.errors import BadInput, IllegalMove
from tests.cast import cast
from tests.factories.collection import make_finding, make_instruction, make_reference
from tests.provider import Provider

pytestmark = pytest.mark.django_db

ASKED = "京都の秋の過ごし方を紹介してください。"


def received(text: str = ASKED, **fields: str) -> Instruction:
    return make_instruction(instruction=text, status=InstructionStatus.RECEIVED, **fields)


def screen(instruction: Instruction) -> Instruction:
    instruction_screen(instruction_id=instruction.pk)
    instruction.refresh_from_db()
    return instruction


def checks(instruction: Instruction) -> set[str]:
    return set(instruction.findings.values_list("check_id", flat=True))


@pytest.mark.parametrize(
    ("text", "status", "check"),
    [
        (ASKED, "eligible", "moderation.passed"),
        ("電話は０９０－１２３４－５６７８です。返事を考えて", "held", "personal.phone"),
        ("moderation:flag という言葉を使って", "rejected", "moderation.flagged"),
        ("https://example.jp/", "rejected", "quality.url_only"),
        ("Объясни, почему небо голубое", "held", "language.other"),
    ],
)
def test_each_instruction_goes_where_its_findings_lead(provider: Provider, text: str, status: str, check: str) -> None:
    screened = screen(received(text))
    assert screened.status == status
    assert check in checks(screened)
    assert screened.screened_at is not None
    steps = list(screened.transitions.order_by("pk").values_list("from_status", "to_status"))
    assert steps == [("received", "screened"), ("screened", status)]


def test_personal_data_in_the_input_is_found_at_its_place(provider: Provider) -> None:
    screened = screen(received(input="宛先はtaro@example.jpです"))
    finding = screened.findings.get(check_id="personal.email")
    assert screened.input[finding.start : finding.end] == "taro@example.jp"
    assert finding.field == "input"


def test_screening_twice_changes_nothing(provider: Provider) -> None:
    screened = screen(received())
    before = screened.findings.count(), screened.transitions.count()
    screen(screened)
    assert (screened.findings.count(), screened.transitions.count()) == before


def test_the_same_question_again_is_rejected_and_names_the_first(provider: Provider) -> None:
    first = screen(received("Ａ社の歴史を教えて"))
    second = screen(received("a社の歴史を教えて"))
    assert (second.status, second.duplicate_of) == ("rejected", first)


def test_a_withdrawn_or_rejected_question_does_not_block_the_same_one(provider: Provider) -> None:
    make_instruction(instruction=ASKED, status=InstructionStatus.REJECTED)
    assert screen(received()).status == "eligible"


@pytest.mark.parametrize("fault", ["moderation-500", "moderation-429", "moderation-401"])
def test_what_could_not_be_moderated_is_held(provider: Provider, fault: str) -> None:
    screened = screen(received(f"practice: {fault}\n{ASKED}"))
    assert screened.status == "held"
    assert "moderation.unavailable" in checks(screened)


def test_the_sweep_asks_again_and_frees_what_nothing_else_held(settings: Settings, provider: Provider) -> None:
    reachable, settings.OPENAI_BASE_URL = settings.OPENAI_BASE_URL, "http://127.0.0.1:9/v1"
    free, personal = screen(received()), screen(received("電話は090-1234-5678です。返事を考えて"))
    jobs.moderation_sweep()
    free.refresh_from_db()
    assert (free.status, personal.status) == ("held", "held")
    settings.OPENAI_BASE_URL = reachable
    jobs.moderation_sweep()
    free.refresh_from_db()
    personal.refresh_from_db()
    assert (free.status, personal.status) == ("eligible", "held")


def test_the_sweep_finds_what_was_never_queued_and_leaves_what_has_just_come(provider: Provider) -> None:
    forgotten, new = received("港の朝を三行で書いて"), received("山の夜を三行で書いて")
    Instruction.objects.filter(pk=forgotten.pk).update(created_at=timezone.now() - timedelta(seconds=11))
    jobs.screening_sweep()
    forgotten.refresh_from_db()
    new.refresh_from_db()
    assert (forgotten.status, new.status) == ("eligible", "received")


def test_the_sweep_goes_towards_jobs_that_are_late(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SWEEP_SIZE", 1)
    older, newer = received("港の朝を三行で書いて"), received("山の夜を三行で書いて")
    Instruction.objects.update(created_at=timezone.now() - timedelta(seconds=11))
    jobs.screening_sweep()
    older.refresh_from_db()
    newer.refresh_from_db()
    assert (older.status, newer.status) == ("received", "eligible")


def test_an_operator_lets_through_what_moderation_passed() -> None:
    held = make_instruction(status=InstructionStatus.HELD)
    make_finding(held, check_id="moderation.passed", severity="note")
    instruction_decide(instruction=held, accept=True, by=cast().ren, why="a company's number")
    held.refresh_from_db()
    assert held.status == "eligible"
    assert held.transitions.get().actor_kind == "user"


def test_nobody_lets_through_what_moderation_has_not_passed() -> None:
    held = make_instruction(status=InstructionStatus.HELD)
    with pytest.raises(ModerationMissing):
        instruction_decide(instruction=held, accept=True, by=cast().ren)


def test_a_rejection_needs_a_reason_and_a_decided_one_stays_decided() -> None:
    held, ren = make_instruction(status=InstructionStatus.HELD), cast().ren
    with pytest.raises(BadInput):
        instruction_decide(instruction=held, accept=False, by=ren, why=" ")
    instruction_decide(instruction=held, accept=False, by=ren, why="names a neighbour")
    with pytest.raises(IllegalMove):
        instruction_decide(instruction=held, accept=False, by=ren, why="again")


def test_the_text_of_an_answer_plays_no_part() -> None:
    """Screening runs while the answer is still being written, or never came."""
    instruction = received()
    make_reference(instruction, status="pending")
    assert screen(instruction).status in {"eligible", "held"}
