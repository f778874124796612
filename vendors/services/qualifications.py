"""Qualifications: their versions, and an operator's word on who holds them. How one is earned is in `qualifying.py`."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from config.audit import act_note
from config.errors import BadInput
from config.moves import Actor, move
from vendors.errors import QualificationNameTaken
from vendors.models import Guideline, Holding, HoldingTransition, Qualification, QualificationVersion, User
from vendors.permissions import require_management
from vendors.states import HOLDING_MOVES, HoldingStatus

MOST_QUESTIONS = 60
MOST_TRIALS = 20


@transaction.atomic
def qualification_publish(
    *,
    by: User,
    qualification: Qualification | None = None,
    name: str = "",
    guideline: Guideline | None = None,
    questions: Sequence[Mapping[str, Any]] = (),
    trials: Sequence[str] = (),
    pass_percent: int = 80,
    pause_hours: int = 24,
    trials_needed: int = 0,
    asks_again: bool = False,
) -> QualificationVersion:
    """Put a version in force, making the qualification if none is given. Locks it.

    With `asks_again` nobody holds it any more until they earned the new version. Raises BadInput for a version that asks
    nothing or cannot be passed, and QualificationNameTaken.
    """
    require_management(by)
    if not questions and not trials:
        raise BadInput(_("Ask at least one question, or set at least one trial task."))
    if not (1 if trials else 0) <= trials_needed <= len(trials):
        raise BadInput(_("As many trials have to be accepted as there are, or fewer, but at least one."))
    if any(not question["right"] or len(question["choices"]) < 2 for question in questions):
        raise BadInput(_("Every question needs two choices or more, and a right one."))
    if qualification is None:
        if guideline is None or not name.strip():
            raise BadInput(_("A qualification needs a name and a guideline."))
        if Qualification.objects.filter(name=name.strip()).exists():
            raise QualificationNameTaken()
        qualification = Qualification.objects.create(name=name.strip(), guideline=guideline)
    Qualification.objects.select_for_update().get(pk=qualification.pk)
    newest = qualification.versions.order_by("-version").first()
    made = QualificationVersion.objects.create(
        qualification=qualification,
        version=newest.version + 1 if newest else 1,
        questions=[dict(question) for question in questions][:MOST_QUESTIONS],
        trials=list(trials)[:MOST_TRIALS],
        pass_percent=pass_percent,
        pause_hours=pause_hours,
        trials_needed=trials_needed,
        asks_again=asks_again,
        by=by,
    )
    if asks_again:
        held = Holding.objects.select_for_update().filter(qualification=qualification, status=HoldingStatus.HELD)
        for holding in held.order_by("pk"):
            _move(holding, HoldingStatus.LAPSED, Actor.system("qualification"), f"version {made.version}")
    act_note(
        by=by, act="changed", what="qualification", version=made.version, qualification=str(qualification.public_id)
    )
    return made


@transaction.atomic
def holding_grant(*, qualification: Qualification, user: User, by: User, why: str) -> Holding:
    """Give somebody the qualification without a test, or again after it was taken. Raises BadInput without a reason."""
    require_management(by)
    holding = holding_begin(qualification=qualification, user=user, by=Actor.user(by), why=_given(why))
    _note(holding, by, why)
    return holding


@transaction.atomic
def holding_suspend(*, holding: Holding, by: User, why: str) -> Holding:
    """Take it away for a while: what is in hand may be finished, nothing new begun."""
    return _change(holding, HoldingStatus.SUSPENDED, by, why)


@transaction.atomic
def holding_revoke(*, holding: Holding, by: User, why: str) -> Holding:
    """Take it away for good; only an operator can give it again."""
    return _change(holding, HoldingStatus.REVOKED, by, why)


def holding_begin(*, qualification: Qualification, user: User, by: Actor, why: str) -> Holding:
    """Let somebody hold it from now on. Call inside a transaction; holding it already changes nothing."""
    holding, is_new = Holding.objects.select_for_update(of=("self",)).get_or_create(
        user=user, qualification=qualification
    )
    if is_new:
        HoldingTransition.objects.create(
            subject=holding,
            from_status="",
            to_status=HoldingStatus.HELD,
            actor_kind=by.kind,
            actor_id=by.id,
            why=why[:500],
        )
    elif holding.status != HoldingStatus.HELD:
        _move(holding, HoldingStatus.HELD, by, why)
    return holding


def _change(holding: Holding, to: str, by: User, why: str) -> Holding:
    require_management(by)
    locked = Holding.objects.select_for_update().get(pk=holding.pk)
    _move(locked, to, Actor.user(by), _given(why))
    _note(locked, by, why)
    return locked


def _note(holding: Holding, by: User, why: str) -> None:
    what = f"qualification_{holding.status}"
    act_note(by=by, act="changed", subject_kind="person", subject_id=holding.user.public_id, what=what, why=why[:500])


def _move(holding: Holding, to: str, by: Actor, why: str) -> None:
    move(holding, to, moves=HOLDING_MOVES, log=HoldingTransition, by=by, why=why)


def _given(why: str) -> str:
    if not why.strip():
        raise BadInput(_("Please give a reason."))
    return why.strip()
