"""A participant's own data, for the participant."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from collection.models import Instruction, InstructionTransition, Participant, Redaction, Reference, ScreeningFinding
from config.errors import NotFound


def own_instruction_list(participant: Participant) -> QuerySet[Instruction]:
    """Everything the participant gave, newest first; withdrawn ones as the tombstones that remain."""
    return participant.instructions.order_by("-pk")


def own_instruction_get(participant: Participant | None, public_id: UUID) -> Instruction:
    """One of the participant's own, with its answers. Raises `NotFound` for anybody else's."""
    answers = Prefetch("references", Reference.objects.answers().order_by("pk"))
    own = Instruction.objects.filter(participant=participant, participant__isnull=False, public_id=public_id)
    found = own.prefetch_related(answers).first()
    if found is None:
        raise NotFound()
    return found


def own_data(participant: Participant) -> dict[str, Any]:
    """Everything kept about a participant, as plain data to download."""
    own = (
        own_instruction_list(participant)
        .select_related("consent__terms")
        .prefetch_related(
            Prefetch("references", Reference.objects.answers().order_by("pk").prefetch_related("feedback")),
            Prefetch("findings", ScreeningFinding.objects.order_by("pk")),
            Prefetch("transitions", InstructionTransition.objects.order_by("pk")),
            Prefetch("redactions", Redaction.objects.order_by("pk")),
        )
    )
    return {
        "participant": str(participant.public_id),
        "since": participant.created_at.isoformat(),
        "language": participant.language,
        "barred_at": _moment(participant.barred_at),
        "recovery_code_made_at": _moment(participant.recovery_made_at),
        "consents": [
            {
                "decision": consent.kind,
                "terms_version": consent.terms.version,
                "language": consent.language,
                "text_sha256": consent.text_sha256,
                "at": consent.at.isoformat(),
            }
            for consent in participant.consents.select_related("terms").order_by("pk")
        ],
        "instructions": [_own_instruction(one) for one in own],
    }


def _own_instruction(one: Instruction) -> dict[str, Any]:
    return {
        "id": str(one.public_id),
        "status": one.status,
        "instruction": one.instruction,
        "input": one.input,
        "language": one.language,
        "category": one.category,
        "terms_version": one.consent.terms.version if one.consent else None,
        "asked_at": one.created_at.isoformat(),
        "withdrawn_at": _moment(one.withdrawn_at),
        "history": [{"to": step.to_status, "at": step.at.isoformat()} for step in one.transitions.all()],
        "screening": [
            {"check": found.check_id, "version": found.check_version, "result": found.severity, "field": found.field}
            for found in one.findings.all()
        ],
        "passages_destroyed": [{"check": gone.check_id, "at": gone.at.isoformat()} for gone in one.redactions.all()],
        "answers": [_own_answer(answer) for answer in one.references.all()],
    }


def _own_answer(answer: Reference) -> dict[str, Any]:
    return {
        "status": answer.status,
        "provider": answer.provider,
        "model": answer.model,
        "text": answer.text,
        "text_sha256": answer.text_sha256,
        "asked_at": answer.created_at.isoformat(),
        "finished_at": _moment(answer.finished_at),
        "tokens": [answer.prompt_tokens, answer.completion_tokens],
        "cost_microusd": answer.cost_microusd,
        "your_verdicts": [
            {"verdict": said.verdict, "reason": said.reason, "at": said.at.isoformat()}
            for said in answer.feedback.all()
        ],
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
