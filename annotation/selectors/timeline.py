"""A record from consent to release: everything that happened to its instruction and to its text, in order of time."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from annotation.models import GateAdjudication, GateReport, LotItem, OutputCheck, Task, TraceFlagClearance
from annotation.selectors.review import task_history_for
from annotation.selectors.showings import Sight
from collection.models import Consent, Instruction, Reference
from vendors.models import Earning


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: `code` says what, `facts` what else is known of it, `who` did it ("" for the system)."""

    at: datetime
    code: str
    who: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def timeline_of(
    task: Task, sights: list[Sight], *, nameless: Collection[int] = (), earnings: Iterable[Earning] = ()
) -> list[Event]:
    """The events of a record that came from `record_get_for`. `nameless` are the keys of people who are not named.

    `earnings` are its lines in the ledger that `earnings_of_for` lets the person see; what was paid is told from them. The number of queries is the same for every record. No text of a model is read.
    """
    events = [*_asked(task.instruction), *_written(task, nameless), *_in_lots(task), *_paid(earnings)]
    events += [Event(sight.at, "shown", sight.who, {"place": sight.place_words, "why": sight.why}) for sight in sights]
    return sorted(events, key=lambda event: event.at)


def _asked(asked: Instruction) -> Iterator[Event]:
    if asked.consent is not None:
        yield Event(asked.consent.at, "consent", facts={"version": asked.consent.terms.version})
        taken_back = Consent.objects.filter(participant=asked.consent.participant_id, kind=Consent.Kind.WITHDRAWN)
        for consent in taken_back.filter(at__gt=asked.consent.at).order_by("pk"):
            yield Event(consent.at, "consent_withdrawn")
    if asked.import_batch is not None:
        batch = asked.import_batch
        yield Event(batch.created_at, "import", facts={"name": batch.name, "licence": batch.licence})
        if batch.revoked_at:
            yield Event(batch.revoked_at, "licence_revoked")
    yield Event(asked.created_at, "asked")
    for step in asked.transitions.order_by("pk"):
        yield Event(step.at, "instruction", facts={"to": step.to_status, "why": step.why})
    for passage in asked.redactions.order_by("pk"):
        yield Event(passage.at, "redacted", facts={"check": passage.check_id})
    answers = Reference.objects.answers().filter(instruction=asked, finished_at__isnull=False)
    for model, at, committed_at in answers.values_list("model", "finished_at", "commitments__at"):
        if at is not None:
            yield Event(at, "answered", facts={"model": model})
        if committed_at is not None:
            yield Event(committed_at, "committed")


def _written(task: Task, nameless: Collection[int]) -> Iterator[Event]:
    yield Event(task.created_at, "ordered", facts={"number": task.work_order.number})
    if task.current_submission is not None:
        signature = task.current_submission.signature
        who = "" if signature.user_id in nameless else signature.user.name
        yield Event(signature.at, "signed", who, {"version": signature.agreement.version})
    for step in task_history_for(task, nameless=nameless):
        yield Event(step.at, "task", step.who, {"to": step.to_status, "why": step.why})
    for report in GateReport.objects.filter(task=task).order_by("pk"):
        yield Event(report.at, "compared", facts={"occasion": report.occasion, "decision": report.decision})
    for check in OutputCheck.objects.filter(submission__task=task).select_related("decided_by").order_by("pk"):
        who = check.decided_by.name if check.decided_by else ""
        yield Event(check.at, "checked", who, {"check": check.check_id, "outcome": check.outcome, "why": check.why})
    cleared = TraceFlagClearance.objects.filter(trace__submission__task=task).select_related("reviewer")
    for flag in cleared.order_by("pk"):
        yield Event(flag.at, "flag", flag.reviewer.name, {"flag": flag.flag, "why": flag.why})
    judged = GateAdjudication.objects.filter(submission__task=task).select_related("reviewer")
    for word in judged.order_by("pk"):
        yield Event(word.at, "judged", word.reviewer.name, {"why": word.why})


def _in_lots(task: Task) -> Iterator[Event]:
    for item in LotItem.objects.filter(task=task).select_related("lot__closed_by").order_by("pk"):
        lot = item.lot
        who = lot.closed_by.name if lot.closed_by else ""
        yield Event(lot.closed_at, "lot", who, {"number": lot.number, "why": lot.get_closed_why_display()})
        if lot.decided_at is not None:
            yield Event(lot.decided_at, "lot_decided", facts={"number": lot.number, "fate": item.fate})


def _paid(earnings: Iterable[Earning]) -> Iterator[Event]:
    for line in earnings:
        amount = {"amount": line.amount, "currency": line.currency}
        yield Event(line.at, "earned", line.by.name if line.by else "", {**amount, "kind": line.kind, "why": line.why})
        paid_at = getattr(line, "paid_at", None)
        if paid_at is not None:
            yield Event(paid_at, "paid", facts={**amount, "month": line.month})
