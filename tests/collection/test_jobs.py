import pytest

from collection.jobs import instructions_screen
from collection.models import Instruction
from tests.factories.collection import make_instruction

pytestmark = pytest.mark.django_db


def test_a_job_screens_each_of_its_instructions_also_beside_one_that_cannot_be() -> None:
    first, second = (
        make_instruction(instruction=text, status="received")
        for text in ("猫の名前を三つ考えて。", "雨の日の過ごし方は？")
    )
    with pytest.raises(ValueError, match="not a key"):
        instructions_screen([first.pk, "not a key", second.pk])  # type: ignore[list-item]
    assert not Instruction.objects.filter(status="received").exists()
