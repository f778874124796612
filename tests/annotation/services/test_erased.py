"""A withdrawn answer is erased, and a copy of it is still found."""

import pytest

from annotation.models import GateReport
from annotation.services.erased import erased_reasons
from annotation.services.gate import gate_check
from annotation.wording import question_words
from collection.models import Instruction
from collection.services.withdrawal import instruction_withdraw
from tests.annotation.cleanroom.texts import INDEPENDENT, REFERENCE
from tests.cast import cast
from tests.factories.annotation import make_claim, make_open_order, make_submission
from tests.factories.collection import make_instruction, make_participant, make_reference

pytestmark = pytest.mark.django_db


def erased(text: str = REFERENCE) -> Instruction:
    """An instruction whose answer was `text`, and which its participant took back."""
    participant = make_participant()
    instruction = make_instruction(participant=participant)
    reference = make_reference(instruction, text=text)
    instruction_withdraw(participant=participant, public_id=instruction.public_id)
    reference.refresh_from_db()
    assert reference.text == ""
    return instruction


def codes(text: str) -> list[str]:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    return [reason["code"] for reason in erased_reasons(gate_check(task=task, text=text).erased)]


@pytest.mark.parametrize(
    "text",
    [
        REFERENCE,
        f"うちの庭の話から始めます。{REFERENCE[40:100]}そういうわけで、鉢は軽いものがよいでしょう。",
        # 24 letters, the shortest run that the engine blocks
        f"昨日の夕方に考えたことですが、{REFERENCE[7:31]}ということを母が申しておりました。",
        REFERENCE.replace("です", "だ").replace("ます", "る"),
    ],
)
def test_a_copy_of_an_erased_answer_waits_for_a_reviewer(text: str) -> None:
    erased()
    assert codes(text) == ["erased_reference"]


def test_a_text_of_ones_own_on_the_same_topic_passes() -> None:
    erased()
    assert codes(INDEPENDENT) == []


def test_what_is_quoted_from_the_instruction_does_not_speak_against_a_text() -> None:
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    erased(f"{task.instruction.instruction}とのことですね。")
    assert gate_check(task=task, text=f"{task.instruction.instruction}と言われました。").erased == ()


def test_the_report_of_a_submission_keeps_the_reason() -> None:
    erased()
    people = cast()
    make_open_order(people)
    report = GateReport.objects.get(submission=make_submission(people.wataru, text=REFERENCE))
    assert (report.decision, [reason["code"] for reason in report.reasons]) == ("review", ["erased_reference"])


def test_the_report_says_review_names_the_answer_and_keeps_its_numbers() -> None:
    erased()
    people = cast()
    make_open_order(people)
    task = make_claim(people.wataru)
    result = gate_check(task=task, text=REFERENCE)
    assert (result.outcome, result.report.outcome.value) == (GateReport.Decision.REVIEW, "pass")
    [match] = result.erased
    assert match.shared == match.hashes


def test_a_short_text_is_found_only_when_it_is_the_same() -> None:
    erased("答えは四十二です")
    assert codes("答えは四十二です") == ["erased_reference"]


def test_a_short_text_that_shares_a_part_passes() -> None:
    erased("東京特許許可局の答えは四十二です")
    assert codes("大阪の答えは四十二") == []


def test_the_reviewer_is_told_that_the_answer_cannot_be_read_any_more() -> None:
    from annotation.selectors.review import Question

    only = Question(Question.GATE, "close", 1, details=({"code": "erased_reference"},))
    both = Question(Question.GATE, "close", 1, details=({"code": "erased_reference"}, {"code": "run"}))
    assert "erased" in str(question_words(only)["words"])
    assert "erased" not in str(question_words(both)["words"])
