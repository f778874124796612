"""The statuses of instructions and references and the moves between them: pure data."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class InstructionStatus(models.TextChoices):
    RECEIVED = "received", _("received")
    SCREENED = "screened", _("screened")
    ELIGIBLE = "eligible", _("eligible")
    HELD = "held", _("held")
    REJECTED = "rejected", _("rejected")
    WITHDRAWN = "withdrawn", _("withdrawn")


INSTRUCTION_MOVES: dict[str, frozenset[str]] = {
    "received": frozenset({"screened", "withdrawn"}),
    "screened": frozenset({"eligible", "held", "rejected", "withdrawn"}),
    "held": frozenset({"eligible", "rejected", "withdrawn"}),
    "eligible": frozenset({"held", "rejected", "withdrawn"}),
    "rejected": frozenset({"held", "withdrawn"}),
    "withdrawn": frozenset(),
}


class ReferenceStatus(models.TextChoices):
    PENDING = "pending", _("pending")
    STREAMING = "streaming", _("streaming")
    COMPLETE = "complete", _("complete")
    INTERRUPTED = "interrupted", _("interrupted")
    FAILED = "failed", _("failed")


REFERENCE_MOVES: dict[str, frozenset[str]] = {
    "pending": frozenset({"streaming", "complete", "interrupted", "failed"}),
    "streaming": frozenset({"complete", "interrupted", "failed"}),
    "complete": frozenset(),
    "interrupted": frozenset(),
    "failed": frozenset(),
}
