"""Tables of the public side: who asked what under which terms, what the model answered, what it cost."""

from collection.models.budget import Cap, LedgerEntry, SiteSwitch
from collection.models.installation import Installation
from collection.models.instructions import (
    ImportBatch,
    Instruction,
    InstructionTransition,
    Redaction,
    ScreeningFinding,
)
from collection.models.participants import Consent, Participant, Terms
from collection.models.references import Reference, ReferenceTransition

__all__ = [
    "Cap",
    "Consent",
    "ImportBatch",
    "Installation",
    "Instruction",
    "InstructionTransition",
    "LedgerEntry",
    "Participant",
    "Redaction",
    "Reference",
    "ReferenceTransition",
    "ScreeningFinding",
    "SiteSwitch",
    "Terms",
]
