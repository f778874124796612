"""Deciding what becomes of an instruction: the checks together, moderation, duplicates, and an operator's word."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collection.errors import ModerationMissing
from collection.gateway import ProviderError, text_moderate
from collection.models import Instruction, InstructionTransition, Participant, ScreeningFinding
from collection.screening import categories, entities, language, model_text, names, neighbours, personal_data, quality
from collection.screening.checks import check_of, families_present
from collection.screening.findings import Finding
from collection.signals import instructions_unfit
from collection.states import INSTRUCTION_MOVES, InstructionStatus
from config.errors import BadInput
from config.moves import Actor, move

MODERATION_PASSED = "moderation.passed"
MODERATION_FLAGGED = "moderation.flagged"
MODERATION_UNAVAILABLE = "moderation.unavailable"


@dataclass(frozen=True, slots=True)
class FieldFinding:
    """A finding and the field it was made in: "instruction", "input", or "" for both together."""

    field: str
    finding: Finding


class Moderator:
    """Asks the provider; after three failures in a row it stops trying, so that a long run does not wait for each."""

    PATIENCE = 3

    def __init__(self) -> None:
        self._failures = 0

    def finding(self, text: str) -> Finding:
        """The judgement as a finding. What could not be asked is held, never passed."""
        if self._failures >= self.PATIENCE:
            return Finding(MODERATION_UNAVAILABLE, "hold")
        try:
            verdict = text_moderate(text)
        except ProviderError:
            self._failures += 1
            return Finding(MODERATION_UNAVAILABLE, "hold")
        self._failures = 0
        return Finding(MODERATION_FLAGGED, "reject") if verdict.flagged else Finding(MODERATION_PASSED, "note")


def texts_screen(*, instruction: str, input: str) -> list[FieldFinding]:
    """Everything the checks say about the texts alone; asks nobody. Takes seconds the first time, to load the models."""
    has_input = bool(input.strip())
    findings = [
        *(FieldFinding("instruction", found) for found in quality.find(instruction, has_input=has_input)),
        *(FieldFinding("input", found) for found in quality.find_in_input(input)),
    ]
    for field, text in (("instruction", instruction), ("input", input)):
        findings += [FieldFinding(field, found) for found in people_find(text)]
    # A text to translate may be in any language; the request itself must be one a writer reads.
    in_language = language.find(instruction) or language.find_detected(instruction)
    return findings + [FieldFinding("instruction", found) for found in in_language]


def people_find(text: str, *, quick: bool = False) -> list[Finding]:
    """Personal data and names of people, each passage once; `quick` leaves out what needs a model of the language."""
    found = personal_data.find(text)
    for more in (names.find(text), [] if quick else entities.find(text)):
        found += [one for one in more if not any(one.start < other.end and other.start < one.end for other in found)]
    return sorted(found, key=lambda one: (one.start, one.end))


def texts_warn(*, instruction: str, input: str) -> list[FieldFinding]:
    """What a visitor is asked about before sending: what looks like personal data, and would hold the text here."""
    texts = (("instruction", instruction), ("input", input))
    found = [FieldFinding(field, one) for field, text in texts for one in people_find(text, quick=True)]
    return [one for one in found if one.finding.severity == "hold"]


def instruction_screen(*, instruction_id: int, moderator: Moderator | None = None) -> Instruction | None:
    """Screen a received instruction: eligible, held or rejected. Safe to run twice; None when there is nothing to do.

    The provider is asked before the transaction begins. Locks the instruction.
    """
    asked = Instruction.objects.filter(pk=instruction_id, status=InstructionStatus.RECEIVED).first()
    if asked is None:
        return None
    findings = texts_screen(instruction=asked.instruction, input=asked.input)
    for field, text in (("instruction", asked.instruction), ("input", asked.input)):
        if (close := model_text.find(asked, text)) is not None:
            findings.append(FieldFinding(field, close))
    if not any(found.finding.severity == "reject" for found in findings):
        verdict = (moderator or Moderator()).finding(f"{asked.instruction}\n\n{asked.input}".strip())
        findings.append(FieldFinding("", verdict))
    with transaction.atomic():
        row = Instruction.objects.select_for_update().get(pk=instruction_id)
        if row.status != InstructionStatus.RECEIVED:
            return None
        original = _duplicate_original(row)
        neighbour = neighbours.find(row)
        if original is not None:
            findings.append(FieldFinding("", Finding("duplicate.exact", "reject")))
        elif neighbour is not None:
            findings.append(FieldFinding("", Finding("neighbour.close", "hold")))
        findings_store(row, findings)
        _screened(row, findings, original or neighbour)
        return row


@transaction.atomic
def instruction_decide(*, instruction: Instruction, accept: bool, by: Any, why: str = "") -> Instruction:
    """An operator's decision about a held instruction; the reason is kept, and a rejection needs one.

    Locks the instruction. Raises `ModerationMissing` when it would be accepted without moderation having passed it.
    """
    if not accept and not why.strip():
        raise BadInput(_("Please say why it is rejected."), field="why")
    row = Instruction.objects.select_for_update().get(pk=instruction.pk)
    if accept and not row.findings.filter(check_id=MODERATION_PASSED).exists():
        raise ModerationMissing()
    if accept:
        # Whoever lets it through has judged that it is not the same as the earlier one.
        _move(row, InstructionStatus.ELIGIBLE, by=Actor.user(by), why=why.strip(), duplicate_of=None)
    else:
        _move(row, InstructionStatus.REJECTED, by=Actor.user(by), why=why.strip())
    return row


@transaction.atomic
def instruction_hold(*, instruction: Instruction, by: Any, why: str) -> Instruction:
    """Put an instruction that was decided about back among those that wait for a decision. Locks it."""
    row = Instruction.objects.select_for_update().get(pk=instruction.pk)
    _move(row, InstructionStatus.HELD, by=Actor.user(by), why=why.strip())
    return row


@transaction.atomic
def instructions_reject_held(*, participant: Participant, by: Any, why: str) -> int:
    """Reject everything of a participant that waits for a decision, with one reason; returns how many. Locks them."""
    held = Instruction.objects.select_for_update().filter(participant=participant, status=InstructionStatus.HELD)
    waiting = list(held.order_by("pk"))
    for row in waiting:
        _move(row, InstructionStatus.REJECTED, by=Actor.user(by), why=why.strip())
    return len(waiting)


def moderation_retry(*, instruction_id: int, moderator: Moderator) -> Instruction | None:
    """Ask again about an instruction that was held because nobody answered; free it if that was all that held it."""
    asked = Instruction.objects.filter(pk=instruction_id, status=InstructionStatus.HELD).first()
    if asked is None or asked.findings.filter(check_id=MODERATION_PASSED).exists():
        return None
    verdict = moderator.finding(f"{asked.instruction}\n\n{asked.input}".strip())
    if verdict.check_id == MODERATION_UNAVAILABLE:
        return None
    with transaction.atomic():
        row = Instruction.objects.select_for_update().get(pk=instruction_id)
        if row.status != InstructionStatus.HELD:
            return None
        findings_store(row, [FieldFinding("", verdict)])
        others = row.findings.filter(severity="hold").exclude(check_id=MODERATION_UNAVAILABLE)
        if verdict.severity == "reject":
            _move(row, InstructionStatus.REJECTED, by=Actor.system("screening"), why=verdict.check_id)
        elif not others.exists():
            _move(row, InstructionStatus.ELIGIBLE, by=Actor.system("screening"), why=verdict.check_id)
        return row


def _screened(row: Instruction, findings: list[FieldFinding], original: Instruction | None) -> None:
    """Move a received row to where its findings lead."""
    by = Actor.system("screening")
    facts: dict[str, Any] = {"screened_at": timezone.now(), "checks_run": families_present(), "duplicate_of": original}
    if original is not None:  # whatever an operator decides: what is alike stays on one side of a release's split
        facts["family"] = original.family or original.public_id
    if not row.category:
        facts["category"] = categories.find(row.instruction, row.input)
        facts["category_by"] = Instruction.CategoryBy.RULE
    _move(row, InstructionStatus.SCREENED, by=by, **facts)
    severities = {found.finding.severity for found in findings}
    decisive = "reject" if "reject" in severities else "hold"
    why = ", ".join(sorted({found.finding.check_id for found in findings if found.finding.severity == decisive}))
    if "reject" in severities:
        _move(row, InstructionStatus.REJECTED, by=by, why=why)
    elif "hold" in severities:
        _move(row, InstructionStatus.HELD, by=by, why=why)
    else:
        _move(row, InstructionStatus.ELIGIBLE, by=by)


def _move(row: Instruction, to: str, *, by: Actor, why: str = "", **changes: Any) -> None:
    old = row.status
    move(row, to, moves=INSTRUCTION_MOVES, log=InstructionTransition, by=by, why=why, **changes)
    if old in {InstructionStatus.ELIGIBLE, InstructionStatus.HELD} and to != InstructionStatus.ELIGIBLE:
        instructions_unfit.send(sender=Instruction, instruction_ids=[row.pk], status=row.status, by=by)


def _duplicate_original(row: Instruction) -> Instruction | None:
    """The earlier instruction that asks the same, unless it was itself refused or taken back."""
    earlier = Instruction.objects.filter(text_sha256=row.text_sha256, pk__lt=row.pk)
    gone = [InstructionStatus.REJECTED, InstructionStatus.WITHDRAWN]
    return earlier.exclude(status__in=gone).order_by("pk").first()


def findings_store(row: Instruction, findings: list[FieldFinding]) -> None:
    """Keep what was found, with the version of the check that found it."""
    ScreeningFinding.objects.bulk_create(
        ScreeningFinding(
            instruction=row,
            check_id=found.finding.check_id,
            check_version=check_of(found.finding.check_id).version,
            severity=found.finding.severity,
            field=found.field,
            start=found.finding.start,
            end=found.finding.end,
        )
        for found in findings
    )
