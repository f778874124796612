"""Tables of the public side: who asked what under which terms, what the model answered, what it cost."""

from collection.models.budget import Cap, LedgerEntry, SiteSwitch
from collection.models.feedback import AnswerFeedback
from collection.models.installation import Installation
from collection.models.instructions import (
    ImportBatch,
    Instruction,
    InstructionTransition,
    Redaction,
    ScreeningFinding,
)
from collection.models.participants import BarDecision, Consent, Participant, Terms
from collection.models.partners import PartnerDay, PartnerKey, PartnerParticipant
from collection.models.references import Reference, ReferenceTransition

__all__ = [
    "AnswerFeedback",
    "BarDecision",
    "Cap",
    "Consent",
    "ImportBatch",
    "Installation",
    "Instruction",
    "InstructionTransition",
    "LedgerEntry",
    "Participant",
    "PartnerDay",
    "PartnerKey",
    "PartnerParticipant",
    "Redaction",
    "Reference",
    "ReferenceTransition",
    "ScreeningFinding",
    "SiteSwitch",
    "Terms",
]
