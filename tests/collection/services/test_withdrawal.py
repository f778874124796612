import pytest

from collection.errors import ConsentNeeded
from collection.models import Consent, Instruction, Reference
from collection.services.instructions import instruction_receive
from collection.services.withdrawal import instruction_withdraw, instructions_withdraw
from collection.signals import instruction_withdrawn
from config.errors import NotFound
from tests.factories.collection import make_instruction, make_participant, make_reference

pytestmark = pytest.mark.django_db


def test_withdrawing_destroys_both_texts_and_leaves_a_tombstone() -> None:
    participant = make_participant()
    instruction = make_instruction(participant=participant, instruction="秘密の質問", input="秘密の文章")
    reference = make_reference(instruction, text="秘密の答え")
    instruction_withdraw(participant=participant, public_id=instruction.public_id)
    instruction.refresh_from_db()
    reference.refresh_from_db()
    assert (instruction.status, instruction.instruction, instruction.input) == ("withdrawn", "", "")
    assert (instruction.text_sha256, reference.text) == ("", "")
    assert instruction.withdrawn_at is not None
    assert reference.text_sha256 and reference.position
    assert instruction.transitions.get().actor_id == str(participant.public_id)


def test_nobody_withdraws_what_is_not_theirs() -> None:
    instruction = make_instruction()
    with pytest.raises(NotFound):
        instruction_withdraw(participant=make_participant(), public_id=instruction.public_id)
    instruction.refresh_from_db()
    assert instruction.instruction


def test_a_second_time_changes_nothing() -> None:
    participant = make_participant()
    instruction = make_instruction(participant=participant)
    for _ in range(2):
        instruction_withdraw(participant=participant, public_id=instruction.public_id)
    assert instruction.transitions.count() == 1


def test_withdrawing_everything_ends_the_consent_and_touches_nobody_else() -> None:
    participant, other = make_participant(), make_instruction()
    mine = [make_instruction(participant=participant) for _ in range(3)]
    make_reference(mine[0])
    assert instructions_withdraw(participant=participant) == 3
    assert not Instruction.objects.filter(participant=participant).exclude(instruction="").exists()
    assert not Reference.objects.filter(instruction__participant=participant).exclude(text="").exists()
    assert participant.consents.order_by("-pk")[0].kind == Consent.Kind.WITHDRAWN
    other.refresh_from_db()
    assert other.instruction
    with pytest.raises(ConsentNeeded):
        instruction_receive(participant=participant, instruction="もう一度", language="ja")


def test_a_listener_hears_of_it_inside_the_transaction() -> None:
    heard: list[str] = []

    def listen(*, instruction: Instruction, **_kwargs: object) -> None:
        heard.append(instruction.status)

    instruction_withdrawn.connect(listen)
    try:
        participant = make_participant()
        instruction_withdraw(participant=participant, public_id=make_instruction(participant=participant).public_id)
    finally:
        instruction_withdrawn.disconnect(listen)
    assert heard == ["withdrawn"]
