"""Deciding what becomes of an instruction: the checks together, moderation, duplicates, and an operator's word."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import orjson
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from collection.errors import ModerationMissing
from collection.gateway import Moderation, ProviderError, text_moderate, texts_moderate
from collection.models import Instruction, InstructionTransition, Participant, ScreeningFinding
from collection.screening import categories, entities, language, model_text, names, neighbours, personal_data, quality
from collection.screening.checks import check_of, families_present
from collection.screening.findings import Finding
from collection.services.screening_sql import DECIDED, SCREENED
from collection.signals import instructions_unfit
from collection.states import INSTRUCTION_MOVES, InstructionStatus
from config.errors import BadInput, Conflict
from config.moves import Actor, move
from config.statements import array_text

MODERATION_PASSED = "moderation.passed"
MODERATION_FLAGGED = "moderation.flagged"
MODERATION_UNAVAILABLE = "moderation.unavailable"

# Screened in one transaction: so few that nobody notices who waits for one of their rows, or for the index of neighbours.
TOGETHER = 32
_GONE = (InstructionStatus.REJECTED, InstructionStatus.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class FieldFinding:
    """A finding and the field it was made in: "instruction", "input", or "" for both together."""

    field: str
    finding: Finding


class Moderator:
    """Asks the provider; after three failures in a row it stops trying, so that a long run does not wait for each."""

    PATIENCE = 3
    # In one request: fewer than the provider takes.
    TEXTS_AT_ONCE, CHARACTERS_AT_ONCE = 32, 10_000

    def __init__(self) -> None:
        self._failures = 0

    def findings(self, texts: Sequence[str]) -> list[Finding]:
        """As `finding`, for each of the texts, many in one request; where that is refused, each is asked for by itself."""
        found: list[Finding] = []
        while portion := self._portion(texts[len(found) :]):
            found += self._together(portion)
        return found

    def _portion(self, texts: Sequence[str]) -> Sequence[str]:
        characters = list(accumulate(map(len, texts[: self.TEXTS_AT_ONCE])))
        return texts[: max(1, bisect_right(characters, self.CHARACTERS_AT_ONCE))]

    def _together(self, texts: Sequence[str]) -> list[Finding]:
        if len(texts) > 1 and self._failures < self.PATIENCE:
            try:
                verdicts = texts_moderate(texts)
            except ProviderError:
                pass  # one of them may be the reason
            else:
                self._failures = 0
                return [_judged(verdict) for verdict in verdicts]
        return [self.finding(text) for text in texts]

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
        return _judged(verdict)


def _judged(verdict: Moderation) -> Finding:
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
    """As `instructions_screen`, for one; None when there is nothing to do."""
    return next(iter(instructions_screen(instruction_ids=[instruction_id], moderator=moderator)), None)


def instructions_screen(*, instruction_ids: Sequence[int], moderator: Moderator | None = None) -> list[Instruction]:
    """Screen received instructions, one after the other: eligible, held or rejected; returns those that were. Safe to run twice.

    A group of them is one transaction, and the provider is asked before it begins. Locks the instructions.
    """
    moderator = moderator or Moderator()
    screened: list[Instruction] = []
    for at in range(0, len(instruction_ids), TOGETHER):
        screened += _group_screen(instruction_ids[at : at + TOGETHER], moderator)
    return screened


def _group_screen(instruction_ids: Sequence[int], moderator: Moderator) -> list[Instruction]:
    received = Instruction.objects.filter(pk__in=instruction_ids, status=InstructionStatus.RECEIVED).in_bulk()
    asked = [received[pk] for pk in instruction_ids if pk in received]
    if not asked:
        return []
    findings = _examine(asked, moderator)
    with transaction.atomic():
        # Not their keys: others may point to them meanwhile, as a neighbour does.
        still = Instruction.objects.select_for_update(no_key=True).filter(
            pk__in=received, status=InstructionStatus.RECEIVED
        )
        locked = {row.pk: row for row in still.order_by("pk")}
        rows = [locked[row.pk] for row in asked if row.pk in locked]
        whys = _decide(rows, findings)
        _store(rows, findings, whys)
    return rows


def _examine(asked: Sequence[Instruction], moderator: Moderator) -> dict[int, list[FieldFinding]]:
    """What can be said of each instruction without the others."""
    found = {row.pk: texts_screen(instruction=row.instruction, input=row.input) for row in asked}
    texts = [(row, field, getattr(row, field)) for row in asked for field in ("instruction", "input")]
    texts = [one for one in texts if one[2].strip()]
    for (row, field, _text), close in zip(
        texts, model_text.find_all([(row, text) for row, _field, text in texts]), strict=True
    ):
        if close is not None:
            found[row.pk].append(FieldFinding(field, close))
    passed = [row for row in asked if not any(one.finding.severity == "reject" for one in found[row.pk])]
    verdicts = moderator.findings([f"{row.instruction}\n\n{row.input}".strip() for row in passed])
    for row, verdict in zip(passed, verdicts, strict=True):
        found[row.pk].append(FieldFinding("", verdict))
    return found


def _decide(rows: Sequence[Instruction], findings: dict[int, list[FieldFinding]]) -> list[str]:
    """Where each row's findings lead, with those that compare it with the rows before it; returns why, row by row."""
    whys = []
    same = _same_elsewhere(rows)
    for row, close in zip(rows, neighbours.find_all(rows), strict=True):
        own = findings[row.pk]
        twins = [*same.get(row.text_sha256, []), *(one for one in rows if one.text_sha256 == row.text_sha256)]
        originals = [one for one in twins if one.pk < row.pk and one.status not in _GONE]
        original = min(originals, key=lambda one: one.pk, default=None)
        neighbour = next((one for one in close if one.status not in _GONE), None)
        if original is not None:
            own.append(FieldFinding("", Finding("duplicate.exact", "reject")))
        elif neighbour is not None:
            own.append(FieldFinding("", Finding("neighbour.close", "hold")))
        whys.append(_follow(row, own, original or neighbour))
    return whys


def _same_elsewhere(rows: Sequence[Instruction]) -> dict[str, list[Instruction]]:
    """By the hash of their text, the first instruction beside these that asks the same and was not refused or taken back."""
    others = Instruction.objects.filter(text_sha256__in={row.text_sha256 for row in rows}).exclude(status__in=_GONE)
    first = others.exclude(pk__in=[row.pk for row in rows]).order_by("text_sha256", "pk").distinct("text_sha256")
    return {one.text_sha256: [one] for one in first}


def _follow(row: Instruction, findings: list[FieldFinding], original: Instruction | None) -> str:
    """Let a received row carry what its findings lead to; returns why."""
    row.duplicate_of = original
    if original is not None:  # whatever an operator decides: what is alike stays on one side of a release's split
        row.family = original.family or original.public_id
    if not row.category:
        row.category = categories.find(row.instruction, row.input)
        row.category_by = Instruction.CategoryBy.RULE
    severities = {found.finding.severity for found in findings}
    outcomes = {"reject": InstructionStatus.REJECTED, "hold": InstructionStatus.HELD}
    decisive = next((severity for severity in outcomes if severity in severities), "")
    row.status = outcomes.get(decisive, InstructionStatus.ELIGIBLE)
    return ", ".join(sorted({found.finding.check_id for found in findings if found.finding.severity == decisive}))


def _store(rows: Sequence[Instruction], findings: dict[int, list[FieldFinding]], whys: Sequence[str]) -> None:
    """Write what the rows carry now: they were received, are screened, and are where that led."""
    keys = array_text(row.pk for row in rows)
    screened = SCREENED.rows(
        instructions=keys,
        categories=[row.category for row in rows],
        categories_by=[str(row.category_by) for row in rows],
        duplicates_of=array_text(row.duplicate_of_id for row in rows),
        families=[row.family and str(row.family) for row in rows],
        checks_run=orjson.dumps(families_present()).decode(),
    )
    _findings_create([(row, found) for row in rows for found in findings[row.pk]])
    statuses = [str(row.status) for row in rows]
    decided = DECIDED.rows(instructions=keys, statuses=statuses, whys=[why[:500] for why in whys])
    if not len(screened) == len(decided) == len(rows):
        raise Conflict()


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


def _move(row: Instruction, to: str, *, by: Actor, why: str = "", **changes: Any) -> None:
    old = row.status
    move(row, to, moves=INSTRUCTION_MOVES, log=InstructionTransition, by=by, why=why, **changes)
    if old in {InstructionStatus.ELIGIBLE, InstructionStatus.HELD} and to != InstructionStatus.ELIGIBLE:
        instructions_unfit.send(sender=Instruction, instruction_ids=[row.pk], status=row.status, by=by)


def findings_store(row: Instruction, findings: list[FieldFinding]) -> None:
    """Keep what was found, with the version of the check that found it."""
    _findings_create([(row, found) for found in findings])


def _findings_create(findings: Sequence[tuple[Instruction, FieldFinding]]) -> None:
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
        for row, found in findings
    )
