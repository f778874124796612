"""The words for what a record's page shows: the facts behind each clean rule, and the steps of the way here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation.checks import RuleResult
from annotation.models import GateReport, InstructionSkip, OutputCheck, Review, Submission
from annotation.selectors.review import Step
from annotation.states import TaskStatus
from collection.states import InstructionStatus
from vendors.states import WorkOrderStatus

Words = str | Promise

FACT_WORDS: dict[str, Words] = {
    "licence": _("licence"),
    "revoked_at": _("licence revoked"),
    "terms": _("terms, version"),
    "at": _("consent given"),
    "status": _("status"),
    "duplicate_of": _("repeats instruction"),
    "agreement": _("agreement, version"),
    "signed_at": _("signed"),
    "started_at": _("begun"),
    "barred_at": _("barred"),
    "origin": _("origin"),
    "flags": _("flags"),
    "cleared": _("cleared with a reason"),
    "verdict": _("verdict"),
    "decision": _("result"),
    "engine": _("engine"),
    "settings": _("settings, version"),
    "watermark": _("compared up to reference"),
    "personal_data": _("personal data"),
    "moderation": _("moderation"),
    "task": _("task"),
    "work_order": _("order"),
    "is_practice": _("practice"),
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
    "edit_large": _("much was put in by an edit"),
}

# The words of a value, by the rule it belongs to and its name.
VALUE_WORDS: dict[tuple[str, str], Mapping[Any, Words]] = {
    ("is_screened", "status"): dict(InstructionStatus.choices),
    ("is_written_by_hand", "origin"): dict(Submission.Origin.choices),
    ("is_accepted", "status"): dict(TaskStatus.choices),
    ("is_accepted", "verdict"): dict(Review.Verdict.choices),
    ("is_gated", "decision"): dict(GateReport.Decision.choices),
    ("is_checked", "personal_data"): dict(OutputCheck.Outcome.choices),
    ("is_checked", "moderation"): dict(OutputCheck.Outcome.choices),
    ("is_unrevoked", "task"): dict(TaskStatus.choices),
    ("is_unrevoked", "work_order"): dict(WorkOrderStatus.choices),
    ("is_allowed_here", "is_practice"): {True: _("yes"), False: _("no")},
}

WHY_WORDS: dict[str, Words] = {
    "lease_ended": _("the writer's time ran out"),
    "review lease ended": _("the reviewer's time ran out"),
    "released": _("put back"),
    "set_aside": _("put back unwritten"),
    "recalled": _("recalled by the writer"),
    "instruction_withdrawn": _("the instruction was withdrawn"),
    "order_closed": _("the order was closed"),
    "order_cancelled": _("the order was cancelled"),
    "edited": _("edited by a reviewer"),
}
SKIPPED = "skipped: "
EDITED = "edited: "


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact behind a rule, in words."""

    label: Words
    value: Words


def rule_words(rule: RuleResult) -> dict[str, Any]:
    """A clean rule with its facts in words; what is not there is left out."""
    facts = [
        Fact(FACT_WORDS.get(name, name), _value_words(rule.name, name, value))
        for name, value in rule.evidence.items()
        if value not in (None, [], "")
    ]
    return {"text": rule.text, "holds": rule.holds, "facts": facts}


def _value_words(rule: str, name: str, value: Any) -> Words:
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, list):
        return gettext(", ").join(str(FLAG_WORDS.get(flag, flag)) for flag in value)
    return VALUE_WORDS.get((rule, name), {}).get(value, str(value))


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
