"""How any state machine moves: legal, exactly one row, one line in its log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

from config.errors import Conflict, IllegalMove
from config.models import Transition

Moves = Mapping[str, frozenset[str]]

LOGGED_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a move, as the transition log keeps it."""

    kind: str
    id: str = ""

    @classmethod
    def user(cls, user: Any) -> "Actor":
        return cls(Transition.ActorKind.USER, str(user.pk))

    @classmethod
    def participant(cls, participant: Any) -> "Actor":
        return cls(Transition.ActorKind.PARTICIPANT, str(participant.public_id))

    @classmethod
    def system(cls, name: str) -> "Actor":
        return cls(Transition.ActorKind.SYSTEM, name)


def move(
    instance: models.Model,
    to: str,
    *,
    moves: Moves,
    log: type[Transition],
    by: Actor,
    why: str = "",
    **changes: Any,
) -> None:
    """Move `instance` to status `to`, set `changes` in the same UPDATE, and log it.

    Call inside a transaction. Raises `IllegalMove` when `moves` has no such step from the status that
    `instance` carries, and `Conflict` when the row no longer carries that status.
    """
    old: str = instance.status  # type: ignore[attr-defined]
    if to not in moves.get(old, frozenset()):
        raise IllegalMove()
    rows = type(instance)._default_manager.filter(pk=instance.pk, status=old)
    if rows.update(status=to, **changes) != 1:
        raise Conflict()
    instance.status = to  # type: ignore[attr-defined]
    for name, value in changes.items():
        setattr(instance, name, value)
    facts: dict[str, Any] = {"subject": instance, "from_status": old, "to_status": to, "why": why[:500]}
    log._default_manager.create(**facts, actor_kind=by.kind, actor_id=by.id)


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one row of many: the status it was found in, and the code of the error that left it so, or ""."""

    before: str
    code: str = ""


def move_all(
    model: type[models.Model],
    found: Mapping[int, str],
    to: str,
    *,
    moves: Moves,
    log: type[Transition],
    by: Actor,
    why: str = "",
    **changes: Any,
) -> None:
    """As `move` for many rows, which the caller has locked: their keys, each with its status. Two statements.

    Raises `IllegalMove` when `moves` has no such step from one of the statuses, and `Conflict` when a row has another one.
    """
    if any(to not in moves.get(old, frozenset()) for old in found.values()):
        raise IllegalMove()
    rows = model._default_manager.filter(pk__in=found, status__in=set(found.values()))
    if rows.update(status=to, **changes) != len(found):
        raise Conflict()
    facts: dict[str, Any] = {"to_status": to, "why": why[:500], "actor_kind": by.kind, "actor_id": by.id}
    of_each: Iterable[dict[str, Any]] = ({"subject_id": pk, "from_status": old} for pk, old in found.items())
    rows_of_log = (log(**facts, **one) for one in of_each)
    log._default_manager.bulk_create(rows_of_log, batch_size=LOGGED_AT_ONCE)
