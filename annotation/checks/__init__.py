"""Says for one task which of the clean rules hold, and on what evidence. The view `clean_rule` decides; this only reads it."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotation.checks.evidence import evidence_of
from annotation.models import CleanRule, Task

RULES: tuple[tuple[str, str, Promise], ...] = (
    ("1", "is_consented", _("The participant consented and has not withdrawn, or a licence allows the use.")),
    ("2", "is_screened", _("The instruction passed screening and repeats no other.")),
    ("3", "is_signed", _("The writer had signed the agreement in force and is not barred.")),
    (
        "4",
        "is_written_by_hand",
        _(
            "Written in the editor by somebody who had not read the model's answer, unless the order showed it; "
            "every flag of the writing trace was cleared with a reason."
        ),
    ),
    ("5", "is_accepted", _("A reviewer who is not the writer accepted exactly this text.")),
    ("6", "is_gated", _("Compared with all references up to the last clearance, by the engine in force.")),
    ("7", "is_checked", _("No personal data in the output, and moderation passed.")),
    ("8", "is_unrevoked", _("Nothing was withdrawn, revoked or cancelled.")),
    ("9", "is_allowed_here", _("Not practice text outside a demonstration.")),
)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One clean rule for one task: whether it holds, and the facts that a person can check."""

    number: str
    name: str
    text: str
    holds: bool
    evidence: dict[str, Any]


def clean_rules_explain(task: Task) -> list[RuleResult]:
    """Return the nine rules for `task` in order; before anything was delivered, none of them holds."""
    row = CleanRule.objects.filter(task_id=task.pk).first()
    submission = task.current_submission
    facts = evidence_of(task, submission) if submission else {}
    return [
        RuleResult(number, name, str(text), bool(row and getattr(row, name)), facts.get(name, {}))
        for number, name, text in RULES
    ]
