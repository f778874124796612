"""The words for what is known of a record: the facts behind each clean rule, and the steps of its way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation.checks import RuleResult
from annotation.models import GateReport, InstructionSkip, LotItem, OutputCheck, Review, Submission
from annotation.selectors.review import Step
from annotation.states import TaskStatus
from collection.states import InstructionStatus
from vendors.models import WorkOrder
from vendors.states import WorkOrderStatus

Words = str | Promise

FACT_WORDS: dict[str, Words] = {
    "licence": _("licence"),
    "source": _("source"),
    "revoked_at": _("licence revoked"),
    "terms": _("terms, version"),
    "allows_release": _("terms allow a release"),
    "at": _("consent given"),
    "withdrawn_at": _("consent withdrawn"),
    "status": _("status"),
    "duplicate_of": _("repeats instruction"),
    "agreement": _("agreement, version"),
    "agreement_in_force": _("in force at the start, version"),
    "signed_by": _("signed by"),
    "written_by": _("written by"),
    "signed_at": _("signed"),
    "started_at": _("begun"),
    "signature_revoked_at": _("signature revoked"),
    "barred_at": _("barred"),
    "origin": _("origin"),
    "own_version": _("writer's own version"),
    "edited_by": _("edited by"),
    "is_attested": _("confirmed as own writing"),
    "trace": _("writing trace"),
    "flags": _("flags"),
    "cleared": _("cleared with a reason"),
    "reference_policy": _("model answer"),
    "seen_by": _("had seen the model's answer"),
    "verdict": _("verdict"),
    "reviewer": _("reviewer"),
    "lot": _("lot"),
    "fate": _("in its lot"),
    "reviewed_at": _("reviewed"),
    "seats": _("in the role of"),
    "is_same_text": _("exactly this text"),
    "is_another_person": _("neither wrote nor edited it"),
    "decision": _("result"),
    "occasion": _("compared"),
    "reported_at": _("on"),
    "judged": _("a reviewer's word"),
    "engine": _("engine"),
    "engine_in_force": _("engine in force"),
    "settings": _("settings, version"),
    "settings_in_force": _("settings in force, version"),
    "watermark": _("compared up to reference"),
    "cleared_up_to": _("last clearance, up to reference"),
    "personal_data": _("personal data"),
    "moderation": _("moderation"),
    "task": _("task"),
    "instruction": _("instruction"),
    "work_order": _("order"),
    "is_practice": _("practice"),
    "is_demonstration": _("demonstration"),
}

FLAG_WORDS: dict[str, Words] = {
    "trace_missing": _("no record of writing"),
    "chain_broken": _("a gap in the record"),
    "sums_do_not_fit": _("the sums do not fit the text"),
    "autosaves_do_not_fit": _("the record does not fit the saved copies"),
    "trace_off": _("written without the record"),
    "looks_copied": _("looks copied out by hand"),
    "untrusted_events": _("text put in by a program"),
    "paste_share": _("much was pasted"),
    "large_insertion": _("a long passage at once"),
    "too_fast": _("unusually fast"),
    "none": _("none"),
    "edit_large": _("much was put in by an edit"),
}

# The words of a value, by the rule it belongs to and its name.
VALUE_WORDS: dict[tuple[str, str], Mapping[Any, Words]] = {
    ("is_screened", "status"): dict(InstructionStatus.choices),
    ("is_written_by_hand", "origin"): dict(Submission.Origin.choices),
    ("is_accepted", "status"): dict(TaskStatus.choices),
    ("is_accepted", "fate"): dict(LotItem.Fate.choices),
    ("is_accepted", "verdict"): dict(Review.Verdict.choices),
    ("is_gated", "decision"): dict(GateReport.Decision.choices),
    ("is_checked", "personal_data"): dict(OutputCheck.Outcome.choices),
    ("is_checked", "moderation"): dict(OutputCheck.Outcome.choices),
    ("is_unrevoked", "task"): dict(TaskStatus.choices),
    ("is_unrevoked", "work_order"): dict(WorkOrderStatus.choices),
    ("is_unrevoked", "instruction"): dict(InstructionStatus.choices),
    ("is_written_by_hand", "reference_policy"): dict(WorkOrder.ReferencePolicy.choices),
    ("is_gated", "occasion"): dict(GateReport.Occasion.choices),
}
PLAIN_WORDS: dict[Any, Words] = {"none": _("none"), "there": _("there is one")}

WHY_WORDS: dict[str, Words] = {
    "lease_ended": _("the writer's time ran out"),
    "review lease ended": _("the reviewer's time ran out"),
    "read by the first of two": _("the first of two reviewers has read it"),
    "read by two who differ": _("two reviewers differ; a third decides"),
    "released": _("put back"),
    "set_aside": _("put back unwritten"),
    "recalled": _("recalled by the writer"),
    "instruction_withdrawn": _("the instruction was withdrawn"),
    "writer_left": _("the writer left the vendor"),
    "order_closed": _("the order was closed"),
    "order_cancelled": _("the order was cancelled"),
    "edited": _("edited by a reviewer"),
    "lot_failed": _("went back with its lot"),
}
SKIPPED = "skipped: "
EDITED = "edited: "


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact behind a rule, in words."""

    label: Words
    value: Words


# The facts that name the writer.
WRITERS_NAMES = ("signed_by", "written_by")


def rule_words(rule: RuleResult, *, names_writers: bool = True) -> dict[str, Any]:
    """A clean rule with its facts in words; what is not there is left out, and with `names_writers` false who wrote."""
    facts = [
        Fact(FACT_WORDS.get(name, name), value_words(rule.name, name, value))
        for name, value in rule.evidence.items()
        if value is not None and value not in ([], "") and (names_writers or name not in WRITERS_NAMES)
    ]
    return {"text": rule.text, "holds": rule.holds, "facts": facts}


def value_words(rule: str, name: str, value: Any) -> Words:
    """The value of a fact in words."""
    if isinstance(value, datetime):
        return moment_words(value)
    if isinstance(value, list):
        return gettext(", ").join(str(FLAG_WORDS.get(one, one)) for one in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return VALUE_WORDS.get((rule, name), {}).get(value) or PLAIN_WORDS.get(value, str(value))


def moment_words(at: datetime) -> str:
    return formats.date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")


def step_words(step: Step) -> dict[str, Any]:
    """A step of a record's way, in words: what it became, why, who moved it and when."""
    return {
        "label": dict(TaskStatus.choices).get(step.to_status, step.to_status),
        "why": _why_words(step.why),
        "who": step.who,
        "at": step.at,
        "is_seal": step.to_status == TaskStatus.ACCEPTED,
    }


def _why_words(why: str) -> Words:
    if why.startswith(SKIPPED):
        reasons: dict[str, Words] = dict(InstructionSkip.Reason.choices)
        return gettext("passed on: %(reason)s") % {"reason": reasons.get(why.removeprefix(SKIPPED), why)}
    if why.startswith(EDITED):
        return gettext("edited by a reviewer: %(note)s") % {"note": why.removeprefix(EDITED)}
    return WHY_WORDS.get(why, why)
