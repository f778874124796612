"""The words for the events of a record's timeline, and which stage of its way each belongs to."""

from collections.abc import Sequence
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotation.checks.words import FLAG_WORDS, step_words
from annotation.models import GateReport, LotItem, OutputCheck, Release
from annotation.selectors.review import Step
from annotation.selectors.timeline import Event
from annotation.states import ReleaseStatus, TaskStatus
from annotation.wording import WITHDRAWAL_WORDS
from collection.screening.checks import check_of
from collection.states import InstructionStatus
from vendors.models import Earning
from vendors.wording import money_text

Words = str | Promise

EVENT_WORDS: dict[str, Words] = {
    "consent": _("The participant agreed to the terms, version %(version)s"),
    "consent_withdrawn": _("The participant withdrew the consent"),
    "signed": _("The writer signed the agreement, version %(version)s"),
    "import": _("Imported with “%(name)s” under %(licence)s"),
    "licence_revoked": _("The import’s licence was revoked"),
    "asked": _("The instruction was received"),
    "instruction": _("Instruction: %(to)s"),
    "redacted": _("A passage was destroyed: %(check)s"),
    "answered": _("%(model)s answered"),
    "committed": _("The answer was entered in the log of commitments"),
    "shown": _("The model’s answer was shown, %(place)s"),
    "ordered": _("Ordered with %(number)s"),
    "task": _("Text: %(to)s"),
    "compared": _("Compared with every reference, %(occasion)s: %(decision)s"),
    "checked": _("Checked for %(check)s: %(outcome)s"),
    "flag": _("Flag cleared: %(flag)s"),
    "judged": _("Similarity judged not to matter"),
    "lot": _("Closed in lot %(number)s of its order"),
    "lot_decided": _("Lot %(number)s was decided: %(fate)s"),
    "earned": _("Entered for payment, %(amount)s: %(kind)s"),
    "paid": _("%(amount)s paid with the statement of %(month)s"),
    "released": _("Released in %(name)s"),
    "retracted": _("%(name)s was retracted"),
}
CHECK_WORDS: dict[str, Words] = {"personal_data": _("personal data"), "moderation": _("moderation")}
_WORDS_OF: dict[str, dict[str, Words]] = {
    "occasion": dict(GateReport.Occasion.choices),
    "decision": dict(GateReport.Decision.choices),
    "outcome": dict(OutputCheck.Outcome.choices),
    "flag": FLAG_WORDS,
    "fate": dict(LotItem.Fate.choices),
    "kind": dict(Earning.Kind.choices),
}
_TONES = {"block": "danger", "review": "warn", "fail": "danger", "hold": "warn"}


def timeline_words(events: Sequence[Event], releases: Sequence[Release]) -> list[dict[str, Any]]:
    """Each event in words: what, why, who, when; `is_seal` for the acceptance and the releases, `tone` for what kept it back."""
    lines = [_line(event) for event in events]
    lines += [
        {
            "text": EVENT_WORDS["released"] % {"name": release.name},
            "at": release.published_at,
            "is_seal": True,
            "release": release,
        }
        for release in releases
    ]
    lines += [
        {"text": EVENT_WORDS["retracted"] % {"name": release.name}, "at": step.at, "why": step.why, "tone": "danger"}
        for release in releases
        for step in release.transitions.all()
        if step.to_status == ReleaseStatus.RETRACTED
    ]
    return sorted(lines, key=lambda line: line["at"])


def _line(event: Event) -> dict[str, Any]:
    facts = {name: _WORDS_OF.get(name, {}).get(value, value) for name, value in event.facts.items()}
    why: Words = facts.get("why", "")
    if event.code == "task":
        step = step_words(Step(event.facts["to"], event.facts["why"], event.who, event.at))
        facts["to"], why = step["label"], step["why"]
    elif event.code == "instruction":
        facts["to"] = dict(InstructionStatus.choices).get(event.facts["to"], event.facts["to"])
        why = ", ".join(
            str(WITHDRAWAL_WORDS.get(part) or check_of(part).name) for part in event.facts["why"].split(", ") if part
        )
    elif event.code == "redacted":
        facts["check"] = check_of(event.facts["check"]).name
    elif event.code == "checked":
        facts["check"] = CHECK_WORDS.get(event.facts["check"], event.facts["check"])
    if "amount" in facts:
        facts["amount"] = money_text(facts["amount"], facts["currency"])
    if "month" in facts:
        facts["month"] = date_format(facts["month"], "YEAR_MONTH_FORMAT")
    tone = _TONES.get(event.facts.get("decision") or event.facts.get("outcome") or "", "")
    return {
        "text": EVENT_WORDS[event.code] % facts,
        "why": why,
        "who": event.who,
        "at": event.at,
        "tone": tone,
        "is_seal": event.code == "task" and event.facts["to"] == TaskStatus.ACCEPTED,
    }
