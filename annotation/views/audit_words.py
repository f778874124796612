"""What an entry of the audit says, in words, and where what it is about is shown."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from annotation.checks.words import FLAG_WORDS, WHY_WORDS
from annotation.models import AuditEntry, BulkJob, Review, Showing
from annotation.selectors.audit import AuditLine
from annotation.states import ReleaseStatus, TaskStatus
from collection.states import InstructionStatus
from vendors.models import Role
from vendors.states import StatementStatus, WorkOrderStatus

Words = str | Promise

SOURCE_WORDS: dict[str, Words] = {
    "task": _("Task moved"),
    "instruction": _("Instruction moved"),
    "order": _("Order moved"),
    "statement": _("Statement moved"),
    "release": _("Release moved"),
    "showing": _("Model’s answer shown"),
    "review": _("Verdict on a text"),
    "blind": _("One of two verdicts"),
    "flag": _("Flag of a trace cleared"),
    "likeness": _("Similarity judged"),
    "redaction": _("Passage destroyed"),
    "bar": _("Participant barred or let in"),
    "consent": _("Consent"),
    "signature": _("Agreement signed"),
    "revocation": _("Signature revoked"),
    "bank": _("Bank account entered"),
    "gate": _("Settings of the gate"),
    "order_rules": _("Rules of an order"),
    "opening": _("References opened to an auditor"),
    "question": _("Question about a text answered"),
    "correction": _("Earning corrected"),
    "passed_on": _("Instruction left in the queue"),
    "recording": _("Choice about the writing trace"),
    "guideline_read": _("Guideline read"),
    "quiz": _("Quiz answered"),
    "known": _("Known answer judged"),
    "synthetic": _("Word on a model"),
    "note": _("Other acts"),
}
STATUS_WORDS: dict[str, dict[str, Words]] = {
    "task": dict(TaskStatus.choices),
    "instruction": dict(InstructionStatus.choices),
    "order": dict(WorkOrderStatus.choices),
    "statement": dict(StatementStatus.choices),
    "release": dict(ReleaseStatus.choices),
}
WHAT_WORDS: dict[str, Words] = {
    "consent_given": _("Consent given"),
    "consent_withdrawn": _("Consent withdrawn"),
    "barred": _("Barred"),
    "readmitted": _("Let in again"),
    "cap": _("Spending limit"),
    "second_step_reset": _("Second step taken away"),
    "signed_out": _("Signed out everywhere"),
    "review_reason": _("Reason of review"),
    "calibration_item": _("Text to measure reviewers"),
    "writer": _("Name of a writer shown to a reviewer"),
    "switch_on": _("Answering started"),
    "switch_off": _("Answering stopped"),
    "terms": _("Terms published"),
    "agreement": _("Agreement published"),
    "guideline": _("Guideline published"),
    "qualification": _("Qualification published"),
    "qualification_held": _("Qualification given"),
    "qualification_suspended": _("Qualification suspended"),
    "qualification_revoked": _("Qualification revoked"),
    "hands": _("Languages and fields of a writer"),
    "particulars": _("Particulars of an organisation"),
    "role_begun": _("Role given"),
    "role_ended": _("Role ended"),
    "suspended": _("Account suspended"),
    "restored": _("Account restored"),
    "invited": _("Invitation sent"),
    "invitation_revoked": _("Invitation taken back"),
    "bank_account": _("Bank account"),
    "bank_file": _("File for the bank"),
    "statement_pdf": _("Statement as PDF"),
    "statement_csv": _("Statement as CSV"),
    "audit": _("Audit as CSV"),
    "lot_closed": _("Lot closed and its sample drawn"),
    "bulk_reject": BulkJob.Action.REJECT.label,
    "bulk_accept": BulkJob.Action.ACCEPT.label,
    "bulk_cancel": BulkJob.Action.CANCEL.label,
    "bulk_requeue": BulkJob.Action.REQUEUE.label,
    "bulk_stopped": _("Bulk action stopped"),
    "bulk_undo": _("Bulk action taken back"),
    "token_made": _("Token for programs made"),
    "token_revoked": _("Token for programs taken back"),
    "webhook_made": _("Webhook made"),
    "webhook_ended": _("Webhook ended"),
    "webhook_resent": _("Delivery sent again"),
    "transfer_made": _("Transfer made"),
    "transfer_confirmed": _("Transfer confirmed"),
    "transfer_discarded": _("Transfer discarded"),
    "trial_accepted": _("Trial text accepted"),
    "trial_refused": _("Trial text refused"),
    "partner_key_made": _("Key of a partner made"),
    "partner_key_revoked": _("Key of a partner revoked"),
    "known_added": _("Known answer entered"),
    "known_retired": _("Known answer retired"),
    "example_shown": _("Text shown as an example"),
    "example_taken_away": _("Example taken away"),
    "amendment_proposed": _("New terms proposed"),
    "amendment_accepted": _("New terms accepted"),
    "amendment_declined": _("New terms declined"),
    "lot_passed": _("Lot passed"),
    "lot_failed": _("Lot failed"),
    "message": _("Message written"),
    "organisation_made": _("Organisation added"),
    "import": _("Instructions imported"),
    "import_outputs": _("Outputs imported"),
    "hub": _("Release sent to a hub"),
    "hub_retracted": _("Release taken off a hub"),
    "recorded": _("recorded"),
    "not_recorded": _("not recorded"),
    "quiz_passed": pgettext_lazy("a quiz", "passed"),
    "quiz_failed": pgettext_lazy("a quiz", "failed"),
}
KIND_WORDS: dict[str, Words] = {
    "task": _("record"),
    "instruction": _("instruction"),
    "order": _("order"),
    "statement": _("statement"),
    "release": _("release"),
    "participant": _("participant"),
    "person": _("person"),
    "vendor": _("organisation"),
    "transfer": _("transfer"),
}
_PAGES = {
    "task": "annotation:record",
    "instruction": "collection:instruction",
    "order": "vendors:order",
    "release": "annotation:release",
    "participant": "collection:participant",
    "person": "vendors:person",
}


@dataclass(frozen=True, slots=True)
class LineWords:
    """One line of the audit: who, what, about what sort of thing, and the reason that was given."""

    who: str
    what: str
    kind: str
    why: str


def line_words(line: AuditLine) -> LineWords:
    entry, detail = line.entry, line.detail
    who = line.who or (gettext("a participant") if entry.actor_kind == "participant" else gettext("the system"))
    why = str(detail.get("why", ""))
    return LineWords(
        who, _what(entry, detail), str(KIND_WORDS.get(entry.subject_kind, "")), str(WHY_WORDS.get(why, why))
    )


def subject_url(entry: AuditEntry) -> str:
    """The page of what the entry is about; "" where it has none."""
    if entry.subject_kind in _PAGES and entry.subject_id:
        return reverse(_PAGES[entry.subject_kind], args=[entry.subject_id])
    return ""


def _what(entry: AuditEntry, detail: dict[str, Any]) -> str:
    if entry.source in STATUS_WORDS:
        words = STATUS_WORDS[entry.source]
        steps = [str(words.get(status, status)) for status in (detail.get("from", ""), detail.get("to", ""))]
        return " → ".join(step for step in steps if step)
    said = str(SOURCE_WORDS.get(entry.source, entry.source))
    if entry.source == "note":
        said = str(WHAT_WORDS.get(detail.get("what", ""), detail.get("what", "") or said))
    elif entry.source in {"consent", "bar"}:
        said = str(WHAT_WORDS.get(detail.get("what", ""), said))
    more = {
        "showing": dict(Showing.Place.choices).get(detail.get("place", "")),
        "review": dict(Review.Verdict.choices).get(detail.get("verdict", "")),
        "blind": dict(Review.Verdict.choices).get(detail.get("verdict", "")),
        "flag": FLAG_WORDS.get(detail.get("flag", "")),
        "recording": WHAT_WORDS.get(detail.get("what", "")),
        "quiz": WHAT_WORDS.get(detail.get("what", "")),
        "note": dict(Role.choices).get(detail.get("role", "")) or _number(detail),
    }.get(entry.source)
    return f"{said}: {more}" if more else said


def _number(detail: dict[str, Any]) -> str:
    if "lot" in detail:
        return gettext("Lot %(number)s") % {"number": detail["lot"]}
    return gettext("version %(number)s") % {"number": detail["version"]} if "version" in detail else ""
