"""Participants as the operator sees them: a number, what they agreed to, how much they asked, and whether they are barred."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from collection.models import BarDecision, Consent, Participant
from collection.selectors.instructions import SCREENING_ROLES
from collection.selectors.terms import consent_newest
from collection.states import InstructionStatus
from config.access import seat_for
from config.errors import NotFound


@dataclass(frozen=True, slots=True)
class ParticipantFacts:
    """What the operator may know of a participant."""

    participant: Participant
    consent: Consent | None
    counts: dict[str, int]
    decisions: list[BarDecision]

    @property
    def asked(self) -> int:
        return sum(self.counts.values())

    @property
    def held(self) -> int:
        return self.counts[InstructionStatus.HELD]

    @property
    def rejected(self) -> int:
        return self.counts[InstructionStatus.REJECTED]


def participant_list_for(user: Any) -> QuerySet[Participant]:
    """The participants a person may see; nobody outside the operator sees any."""
    seat = seat_for(user)
    if seat is None or not seat.has_role(*SCREENING_ROLES):
        return Participant.objects.none()
    return Participant.objects.all()


def participant_barred_list_for(user: Any) -> QuerySet[Participant]:
    """Those who are barred, the latest first, each with why and by whom."""
    newest = BarDecision.objects.filter(participant=OuterRef("pk")).order_by("-pk")
    return (
        participant_list_for(user)
        .filter(barred_at__isnull=False)
        .annotate(why=Subquery(newest.values("why")[:1]), decided_by=Subquery(newest.values("decided_by")[:1]))
        .order_by("-barred_at", "-pk")
    )


def participant_get_for(user: Any, public_id: UUID) -> Participant:
    """One participant. Raises `NotFound` when they are not the person's to see."""
    found = participant_list_for(user).filter(public_id=public_id).first()
    if found is None:
        raise NotFound()
    return found


def participant_facts(participant: Participant) -> ParticipantFacts:
    """Everything the participant's page and the instruction's page show."""
    rows = participant.instructions.values_list("status").annotate(count=Count("pk"))
    found = dict(rows.order_by())
    return ParticipantFacts(
        participant=participant,
        consent=consent_newest(participant),
        counts={status: found.get(status, 0) for status in InstructionStatus.values},
        decisions=list(participant.bar_decisions.order_by("-pk")),
    )


def participant_find_for(user: Any, number: UUID) -> Participant | None:
    """The participant of this number, or whose instruction has it: what somebody quotes who writes to us."""
    named = Q(public_id=number) | Q(instructions__public_id=number)
    return participant_list_for(user).filter(named).distinct().first()
