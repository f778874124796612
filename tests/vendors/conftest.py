"""What the tests of people and money share: the cast, and instructions enough to fill orders."""

import hashlib

import pytest

from collection.models import ImportBatch, Instruction
from collection.states import InstructionStatus
from tests.cast import Cast, cast


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


def make_supply(count: int = 20, language: str = "ja") -> None:
    """Eligible instructions under a licence: issuing an order takes as many as it wants."""
    batch = ImportBatch.objects.create(name="supply", licence="CC0-1.0")
    for number in range(count):
        text = f"{number}番の俳句を詠んでください。{batch.pk}"
        Instruction.objects.create(
            import_batch=batch,
            status=InstructionStatus.ELIGIBLE,
            instruction=text,
            language=language,
            text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        )


@pytest.fixture
def supply(people: Cast) -> None:
    """After the cast, whose rows would otherwise be kept with these among them."""
    make_supply()
