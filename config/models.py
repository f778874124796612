"""Abstract models that every app's tables build on; no table of its own lives here."""

import uuid
from collections.abc import Mapping

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _


def append_only(name: str = "append_only") -> pgtrigger.Protect:
    """Return the trigger that refuses every UPDATE and DELETE on a table."""
    return pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete)


def legal_moves(moves: Mapping[str, frozenset[str]]) -> pgtrigger.FSM:
    """Return the trigger that refuses a change of `status` which `moves` does not name."""
    steps = [(old, new) for old, targets in moves.items() for new in sorted(targets)]
    return pgtrigger.FSM(name="legal_moves", field="status", transitions=steps)


class AppendOnly(models.Model):
    """A row that is written once. The database refuses to change or delete it."""

    class Meta:
        abstract = True
        triggers: list[pgtrigger.Trigger] = [append_only()]


class PublicId(models.Model):
    """Adds the random id by which the outside knows a row; the primary key stays inside."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


class Transition(AppendOnly):
    """One move of a state machine. A concrete log adds the foreign key `subject`."""

    class ActorKind(models.TextChoices):
        USER = "user", _("person")
        PARTICIPANT = "participant", _("participant")
        SYSTEM = "system", _("system")

    from_status = models.CharField(max_length=20)
    to_status = models.CharField(max_length=20)
    actor_kind = models.CharField(max_length=12, choices=ActorKind.choices)
    actor_id = models.CharField(max_length=64, blank=True)
    why = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        abstract = True
