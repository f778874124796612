import pytest

from annotation.models import InstructionHash
from collection.models import Instruction
from collection.services.screening import instruction_decide, instruction_screen
from collection.services.withdrawal import instruction_withdraw
from collection.states import InstructionStatus
from tests.cast import cast
from tests.factories.collection import make_instruction, make_participant
from tests.provider import Provider

pytestmark = pytest.mark.django_db

ASKED = "旅行会社の社員として、京都の秋の一日を紹介する文章を、初めて訪れる夫婦に向けて書いてください。"


def screened(text: str, **fields: object) -> Instruction:
    row = make_instruction(instruction=text, status=InstructionStatus.RECEIVED, **fields)  # type: ignore[arg-type]
    instruction_screen(instruction_id=row.pk)
    row.refresh_from_db()
    return row


def test_nearly_the_same_question_waits_and_names_the_first(provider: Provider) -> None:
    first = screened(ASKED)
    second = screened(ASKED.replace("書いてください", "書いて下さい"))
    assert (second.status, second.duplicate_of) == ("held", first)
    assert second.findings.filter(check_id="neighbour.close").exists()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("次の出来事を年表にまとめてください。対象は2019年の日本です。", "次の出来事を年表にまとめてください。対象は2020年の日本です。"),
        (ASKED, ASKED.replace("京都の秋の一日", "札幌の冬の味覚")),
        ("Summarise the plot of Hamlet in five sentences for a child.", "Summarise the plot of Macbeth for a bored student of law."),
    ],
)  # fmt: skip
def test_questions_that_only_look_alike_are_both_taken(provider: Provider, first: str, second: str) -> None:
    assert (screened(first).status, screened(second).status) == ("eligible", "eligible")


def test_whoever_lets_a_neighbour_through_says_that_it_is_another_question(provider: Provider) -> None:
    screened(ASKED)
    second = screened(f"{ASKED}敬語で。")
    instruction_decide(instruction=second, accept=True, by=cast().ren)
    second.refresh_from_db()
    assert (second.status, second.duplicate_of) == ("eligible", None)


def test_what_is_alike_is_one_family_whatever_an_operator_decides(provider: Provider) -> None:
    """A release keeps a family on one side of its split."""
    first, second = screened(ASKED), screened(f"{ASKED}敬語で。")
    instruction_decide(instruction=second, accept=True, by=cast().ren)
    second.refresh_from_db()
    third = screened(f"{ASKED}敬語で！")
    assert (first.family, second.family, third.family) == (None, first.public_id, first.public_id)


def test_a_withdrawn_question_leaves_the_index(provider: Provider) -> None:
    participant = make_participant()
    first = screened(ASKED, participant=participant)
    assert InstructionHash.objects.filter(instruction=first).exists()
    instruction_withdraw(participant=participant, public_id=first.public_id)
    assert not InstructionHash.objects.filter(instruction=first).exists()
    assert screened(f"{ASKED}敬語で。").status == "eligible"
