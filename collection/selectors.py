"""What of the public side may be seen, and by whom. Text of a model leaves here only towards the person who asked for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from collection.models import (
    AnswerFeedback,
    Cap,
    Consent,
    Instruction,
    InstructionTransition,
    Participant,
    PartnerDay,
    PartnerKey,
    Redaction,
    Reference,
    ScreeningFinding,
    SiteSwitch,
    Terms,
)
from collection.screening.language import LANGUAGES
from collection.states import InstructionStatus
from config.access import seat_for
from config.errors import NotFound

SCREENING_ROLES = ("owner", "manager", "reviewer")


# --- terms and consent ---


def terms_in_force() -> Terms | None:
    """The newest published version."""
    return Terms.objects.filter(published_at__isnull=False).order_by("-version").first()


def terms_draft() -> Terms | None:
    """The version that is being written, if one is."""
    return Terms.objects.filter(published_at__isnull=True).first()


def terms_published_list() -> list[Terms]:
    """Every published version, newest first."""
    return list(Terms.objects.filter(published_at__isnull=False).order_by("-version"))


def consent_counts_by_terms() -> dict[int, int]:
    """How many participants ever agreed to each version."""
    given = Consent.objects.filter(kind=Consent.Kind.GIVEN).values("terms")
    return {row["terms"]: row["count"] for row in given.annotate(count=Count("participant", distinct=True))}


def terms_published_get(version: int) -> Terms:
    """One published version. Raises `NotFound`."""
    found = Terms.objects.filter(published_at__isnull=False, version=version).first()
    if found is None:
        raise NotFound()
    return found


def participant_get(public_id: UUID | str) -> Participant | None:
    return Participant.objects.filter(public_id=public_id).first()


def consent_newest(participant: Participant) -> Consent | None:
    """The participant's latest decision, whichever it was."""
    return participant.consents.select_related("terms").order_by("-pk").first()


def consent_in_force(participant: Participant | None) -> Consent | None:
    """The consent under which a question may be taken now: the latest decision, if it is a yes to the terms in force."""
    if participant is None:
        return None
    newest = consent_newest(participant)
    if newest is None or newest.kind != Consent.Kind.GIVEN:
        return None
    terms = terms_in_force()
    return newest if terms is not None and newest.terms_id == terms.pk else None


# --- a participant's own data ---


def own_instruction_list(participant: Participant) -> QuerySet[Instruction]:
    """Everything the participant gave, newest first; withdrawn ones as the tombstones that remain."""
    return participant.instructions.order_by("-pk")


def own_instruction_get(participant: Participant | None, public_id: UUID) -> Instruction:
    """One of the participant's own, with its answers. Raises `NotFound` for anybody else's."""
    answers = Prefetch("references", Reference.objects.order_by("pk"))
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
            Prefetch("references", Reference.objects.order_by("pk").prefetch_related("feedback")),
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


# --- what readers thought of the answers ---


def feedback_newest(reference: Reference) -> AnswerFeedback | None:
    """The row that holds, if the reader ever said anything."""
    return reference.feedback.order_by("-pk").first()


def feedback_counts(instruction: Instruction) -> dict[str, int]:
    """How many thumbs point up and down over the answers to an instruction; the newest of each answer counts."""
    newest = AnswerFeedback.objects.filter(reference__instruction=instruction).order_by("reference_id", "-pk")
    verdicts = list(newest.distinct("reference_id").values_list("verdict", flat=True))
    return {verdict: verdicts.count(verdict) for verdict in ("up", "down")}


# --- the operator's side: never with a reference ---


def instruction_list_for(
    user: Any, *, status: str = "", language: str = "", text: str = "", origin: str = ""
) -> QuerySet[Instruction]:
    """The instructions a person may see, newest first; nobody outside the operator sees any here."""
    seat = seat_for(user)
    if seat is None or not seat.has_role(*SCREENING_ROLES):
        return Instruction.objects.none()
    found = Instruction.objects.select_related("import_batch").order_by("-pk")
    if status in InstructionStatus.values:
        found = found.filter(status=status)
    if language in LANGUAGES:
        found = found.filter(language=language)
    if origin in {"participant", "import"}:
        found = found.filter(import_batch__isnull=origin == "participant")
    for word in text.replace("\x00", "").split()[:8]:
        found = found.filter(Q(instruction__icontains=word) | Q(input__icontains=word))
    return found


def instruction_get_for(user: Any, public_id: UUID) -> Instruction:
    """One instruction with its findings and its history. Raises `NotFound` when it is not the person's to see."""
    found = (
        instruction_list_for(user)
        .filter(public_id=public_id)
        .select_related("consent__terms", "duplicate_of")
        .prefetch_related(
            Prefetch("findings", ScreeningFinding.objects.order_by("-field", "start", "pk")),
            Prefetch("transitions", InstructionTransition.objects.order_by("pk")),
            Prefetch("redactions", Redaction.objects.order_by("pk")),
        )
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def findings_current(findings: list[ScreeningFinding], redactions: list[Redaction]) -> list[ScreeningFinding]:
    """The findings whose place in the text is still right: a redaction moves all that were made before it."""
    last = redactions[-1].at if redactions else None
    return [one for one in findings if one.field == "" or last is None or one.at >= last]


def instruction_held_next_for(user: Any, *, after: int | None = None) -> Instruction | None:
    """The oldest instruction that waits for a decision, or the one that follows `after`."""
    waiting = instruction_list_for(user, status=InstructionStatus.HELD).order_by("pk")
    return waiting.filter(pk__gt=after).first() if after else waiting.first()


def instruction_eligible_list(*, language: str = "") -> QuerySet[Instruction]:
    """What may become tasks, oldest first."""
    found = Instruction.objects.filter(status=InstructionStatus.ELIGIBLE, duplicate_of__isnull=True).order_by("pk")
    return found.filter(language=language) if language else found


def instruction_status_counts_for(user: Any) -> dict[str, int]:
    """How many there are of each status: what the tabs show."""
    rows = instruction_list_for(user).order_by().values_list("status").annotate(count=Count("pk"))
    found = dict(rows)
    return {status: found.get(status, 0) for status in InstructionStatus.values}


def screening_queue_count() -> int:
    return Instruction.objects.filter(status=InstructionStatus.HELD).count()


# --- withdrawals ---


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What remains of an instruction that may no longer be used: never its text."""

    instruction_id: int
    public_id: UUID
    since: datetime
    reason: str


LICENCE_REVOKED = "licence_revoked"


def withdrawal_list() -> Iterator[Tombstone]:
    """Every instruction that was taken back, by its participant or with the licence of its import, oldest first.

    Streams, in constant memory: there may be many.
    """
    withdrawn = InstructionTransition.objects.filter(subject=OuterRef("pk"), to_status=InstructionStatus.WITHDRAWN)
    rows = (
        Instruction.objects.filter(Q(status=InstructionStatus.WITHDRAWN) | Q(import_batch__revoked_at__isnull=False))
        .annotate(
            since=Coalesce("withdrawn_at", "import_batch__revoked_at"),
            reason=Coalesce(Subquery(withdrawn.order_by("-pk").values("why")[:1]), Value(LICENCE_REVOKED)),
        )
        .order_by("since", "pk")
        .values_list("pk", "public_id", "since", "reason")
    )
    for pk, public_id, since, reason in rows.iterator(chunk_size=2000):
        # Before the reasons were written down, a participant took back what was taken back.
        yield Tombstone(pk, public_id, since, reason or "instruction_withdrawn")


# --- spending ---


def site_switch() -> SiteSwitch:
    """The switch as it stands; before its first use it is on."""
    return SiteSwitch.objects.filter(pk=1).first() or SiteSwitch(is_answering=True)


def cap_get(scope: str, key: str) -> Cap | None:
    return Cap.objects.filter(scope=scope, key=key).first()


def day_key() -> str:
    """Today, as the keys of the daily caps begin."""
    return timezone.localdate().isoformat()


# --- partners ---


def partner_key_list() -> QuerySet[PartnerKey]:
    """Every key, those in use first, with how many questions came through it today."""
    today = PartnerDay.objects.filter(partner=OuterRef("pk"), day=timezone.localdate()).values("asked")
    return PartnerKey.objects.annotate(asked_today=Coalesce(Subquery(today), 0)).order_by(
        F("revoked_at").asc(nulls_first=True), "name"
    )


# --- progress ---

_TALLIED = {"day": TruncDate("at"), "language": F("language"), "category": F("category")}


def collected_tally(dimension: str) -> dict[Any, int]:
    """Instructions that came in, by day, language or category; withdrawn ones no longer count."""
    kept = Instruction.objects.exclude(status=InstructionStatus.WITHDRAWN)
    return _tally(kept.annotate(at=F("created_at")), dimension)


def screened_tally(dimension: str) -> dict[Any, int]:
    """Instructions that are fit to be written for, by the day on which that was known."""
    eligible = Instruction.objects.filter(status=InstructionStatus.ELIGIBLE)
    return _tally(eligible.annotate(at=Coalesce("screened_at", "created_at")), dimension)


def _tally(found: QuerySet[Instruction], dimension: str) -> dict[Any, int]:
    rows = found.order_by().values(key=_TALLIED[dimension]).annotate(count=Count("pk"))
    return {row["key"]: row["count"] for row in rows}
