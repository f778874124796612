"""Taking back what was given: the text is destroyed, a tombstone remains, and whoever works on it hears of it at once."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collection.models import Instruction, InstructionTransition, Participant, Reference
from collection.services.consent import consent_withdraw
from collection.signals import instruction_withdrawn
from collection.states import INSTRUCTION_MOVES, InstructionStatus
from config.errors import NotFound
from config.moves import Actor, move

# The reason codes of the withdrawal list; a release publishes them.
WHY_ONE = "instruction_withdrawn"
WHY_ALL = "consent_withdrawn"


@transaction.atomic
def instruction_withdraw(*, participant: Participant, public_id: UUID) -> Instruction:
    """Withdraw one instruction; a second time changes nothing.

    Locks the instruction. The texts of the instruction and of its answers are gone afterwards; the hashes and fingerprints
    of the answers stay, so that a copy of one is still found. Raises `NotFound` for what is not the participant's own.
    """
    found = Instruction.objects.select_for_update().filter(participant=participant, public_id=public_id).first()
    if found is None:
        raise NotFound()
    if found.status != InstructionStatus.WITHDRAWN:
        _withdraw(found, Actor.participant(participant), WHY_ONE)
    return found


@transaction.atomic
def instructions_withdraw(*, participant: Participant) -> int:
    """Withdraw everything of a participant and the consent itself; returns how many instructions it was."""
    own = Instruction.objects.select_for_update().filter(participant=participant)
    waiting = list(own.exclude(status=InstructionStatus.WITHDRAWN).order_by("pk"))
    for instruction in waiting:
        _withdraw(instruction, Actor.participant(participant), WHY_ALL)
    consent_withdraw(participant=participant)
    return len(waiting)


def _withdraw(instruction: Instruction, by: Actor, why: str) -> None:
    move(
        instruction,
        InstructionStatus.WITHDRAWN,
        moves=INSTRUCTION_MOVES,
        log=InstructionTransition,
        by=by,
        why=why,
        instruction="",
        input="",
        # A short text could be guessed from its hash.
        text_sha256="",
        withdrawn_at=timezone.now(),
    )
    Reference.objects.filter(instruction=instruction).exclude(text="").update(text="")
    instruction_withdrawn.send(sender=Instruction, instruction=instruction, by=by)
