import pytest
from pytest_django.fixtures import Settings

from collection.errors import Barred, ConsentNeeded, TextRefused
from collection.models import Instruction, Participant
from collection.services.instructions import instruction_receive
from tests.factories.collection import make_participant, make_terms

pytestmark = pytest.mark.django_db


def receive(participant: Participant | None, instruction: str = "空はなぜ青い？", input: str = "") -> Instruction:
    return instruction_receive(participant=participant, instruction=instruction, input=input, language="ja")


def test_a_question_is_saved_with_a_pending_answer_and_a_reservation() -> None:
    asked = receive(make_participant(), "  空はなぜ青い？\r\n簡単に  ")
    assert asked.instruction == "空はなぜ青い？\n簡単に"
    assert (asked.status, asked.language) == ("received", "ja")
    reference = asked.references.get()
    assert (reference.status, reference.text) == ("pending", "")
    assert reference.ledger.get().kind == "reserved"


@pytest.mark.parametrize(
    ("instruction", "input", "field"),
    [
        ("", "", "instruction"),
        (" \n　", "", "instruction"),
        ("あ" * 4001, "", "instruction"),
        ("訳して", "い" * 8001, "input"),
    ],
)
def test_a_text_that_is_empty_or_too_long_is_refused_by_field(instruction: str, input: str, field: str) -> None:
    with pytest.raises(TextRefused) as refusal:
        receive(make_participant(), instruction, input)
    assert refusal.value.details["field"] == field
    assert not Instruction.objects.exists()


def test_a_text_of_exactly_the_limit_is_taken(settings: Settings) -> None:
    assert receive(make_participant(), "あい" * (settings.INSTRUCTION_MAX_CHARACTERS // 2))


@pytest.mark.parametrize("text", ["空は\x00青い", "空は\ud83d青い"])
def test_what_the_database_cannot_store_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(TextRefused):
        receive(make_participant(), text)


def test_an_emoji_is_a_whole_character() -> None:
    assert receive(make_participant(), "🦑は何と読む？👨‍👩‍👧").instruction == "🦑は何と読む？👨‍👩‍👧"


def test_without_consent_to_the_terms_in_force_nothing_is_saved() -> None:
    participant = make_participant()
    make_terms(body_en="New terms.")
    for nobody in (None, participant):
        with pytest.raises(ConsentNeeded):
            receive(nobody)
    assert not Instruction.objects.exists()


def test_a_barred_participant_is_told_so() -> None:
    participant = make_participant()
    Participant.objects.update(barred_at="2026-11-01T00:00Z")
    participant.refresh_from_db()
    with pytest.raises(Barred):
        receive(participant)
