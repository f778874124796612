"""An operator's word on many instructions at once: what `instruction_decide` and `instruction_hold` do to one, in a few statements for all."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from collection.errors import ModerationMissing
from collection.models import Instruction, InstructionTransition, ScreeningFinding
from collection.services.screening import MODERATION_PASSED
from collection.signals import instructions_unfit
from collection.states import INSTRUCTION_MOVES, InstructionStatus
from config.errors import BadInput, Conflict
from config.moves import Actor, Moved, move_all


@transaction.atomic
def instructions_decide(
    *, keys: Iterable[int], accept: bool, by: Any, why: str = "", among: Collection[str]
) -> dict[int, Moved]:
    """Let through or reject those of the instructions whose status is one of `among`; a rejection needs a reason.

    Returns what became of each, by its key: one that moderation has not passed is not let through. Locks them; what somebody
    else has locked just now is left out.
    """
    if not accept and not why.strip():
        raise BadInput(_("Please say why it is rejected."), field="why")
    found = _locked(keys)
    codes = {pk: Conflict.code for pk, status in found.items() if status not in among}
    if accept:
        fit = [pk for pk in found if pk not in codes]
        codes |= dict.fromkeys(unmoderated(fit), ModerationMissing.code)
    to = InstructionStatus.ELIGIBLE if accept else InstructionStatus.REJECTED
    # Whoever lets one through has judged that it is not the same as the earlier one.
    changes = {"duplicate_of": None} if accept else {}
    _move_all({pk: status for pk, status in found.items() if pk not in codes}, to, by=by, why=why, **changes)
    return {pk: Moved(status, codes.get(pk, "")) for pk, status in found.items()}


@transaction.atomic
def instructions_hold(*, keys: Iterable[int], by: Any, why: str, among: Collection[str]) -> dict[int, Moved]:
    """Put those whose status is one of `among` back among what waits for a decision; returns and locks as `instructions_decide`."""
    found = _locked(keys)
    codes = {pk: Conflict.code for pk, status in found.items() if status not in among}
    moving = {pk: status for pk, status in found.items() if pk not in codes}
    _move_all(moving, InstructionStatus.HELD, by=by, why=why)
    return {pk: Moved(status, codes.get(pk, "")) for pk, status in found.items()}


def unmoderated(keys: Collection[int]) -> set[int]:
    """Those of the instructions that moderation has not passed."""
    passed = ScreeningFinding.objects.filter(instruction__in=keys, check_id=MODERATION_PASSED)
    return set(keys) - set(passed.values_list("instruction_id", flat=True))


def _locked(keys: Iterable[int]) -> dict[int, str]:
    rows = Instruction.objects.select_for_update(skip_locked=True).filter(pk__in=keys).order_by("pk")
    return dict(rows.values_list("pk", "status"))


def _move_all(found: Mapping[int, str], to: str, *, by: Any, why: str, **changes: Any) -> None:
    actor = Actor.user(by)
    move_all(
        Instruction, found, to, moves=INSTRUCTION_MOVES, log=InstructionTransition, by=actor, why=why.strip(), **changes
    )
    if to != InstructionStatus.ELIGIBLE:
        were_fit = {InstructionStatus.ELIGIBLE, InstructionStatus.HELD}
        unfit = [pk for pk, status in found.items() if status in were_fit]
        instructions_unfit.send(sender=Instruction, instruction_ids=unfit, status=to, by=actor)
