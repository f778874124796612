"""Findings as a reader sees them: words for each check, and a text cut where its findings begin and end."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from collection.models import InstructionTransition, Redaction, ScreeningFinding
from collection.screening.checks import check_of
from collection.states import InstructionStatus

WHY_LABELS = {
    "instruction_withdrawn": _("the participant took it back"),
    "consent_withdrawn": _("the participant took everything back"),
}


def finding_labels(findings: Sequence[ScreeningFinding]) -> list[dict[str, Any]]:
    """Each kind of finding once, with its words, the version that found it, how often, and the tone of its severity."""
    tones = {"note": "ok", "hold": "warn", "reject": "danger"}
    counts = Counter((one.check_id, one.severity, one.check_version) for one in findings)
    return [
        {"label": check_of(check_id).name, "tone": _tone(check_id, tones[severity]), "version": version, "count": count}
        for (check_id, severity, version), count in counts.items()
    ]


def _tone(check_id: str, tone: str) -> str:
    """A note that is no praise is not green."""
    return "plain" if tone == "ok" and check_id != "moderation.passed" else tone


def passages_of(texts: dict[str, str], findings: Sequence[ScreeningFinding]) -> list[dict[str, Any]]:
    """The findings that are about a passage, with what it says: what can be redacted."""
    spans = [one for one in findings if one.field in texts and 0 <= one.start < one.end <= len(texts[one.field])]
    return [
        {"label": check_of(one.check_id).name, "text": texts[one.field][one.start : one.end], "finding": one}
        for one in spans
        if (one.start, one.end) != (0, len(texts[one.field]))
    ]


def history_labels(
    transitions: Sequence[InstructionTransition], redactions: Sequence[Redaction] = ()
) -> list[dict[str, Any]]:
    """Each step with the words for where it led and, where a check was the reason, for that check; redactions among them."""
    statuses = dict(InstructionStatus.choices)
    steps = [
        {"label": statuses.get(step.to_status, step.to_status), "why": _why(step.why), "at": step.at}
        for step in transitions
    ]
    destroyed = [
        {"label": _("a passage destroyed"), "why": str(check_of(one.check_id).name), "at": one.at} for one in redactions
    ]
    return sorted(steps + destroyed, key=lambda step: step["at"])


def _why(why: str) -> str:
    return ", ".join(str(WHY_LABELS.get(part) or check_of(part).name) for part in why.split(", "))


def marked(text: str, findings: Sequence[ScreeningFinding]) -> list[dict[str, Any]]:
    """The text in pieces, each with the label of the finding it lies in or ""; joined, the pieces are the text."""
    pieces: list[dict[str, Any]] = []
    place = 0
    # A finding about the whole text marks nothing: everything marked is nothing marked.
    spans = [one for one in findings if 0 <= one.start < one.end and (one.start, one.end) != (0, len(text))]
    for one in sorted(spans, key=lambda finding: (finding.start, finding.end)):
        start, end = max(one.start, place), min(one.end, len(text))
        if start >= end:
            continue
        pieces.append({"text": text[place:start], "label": ""})
        pieces.append({"text": text[start:end], "label": check_of(one.check_id).name})
        place = end
    pieces.append({"text": text[place:], "label": ""})
    return [piece for piece in pieces if piece["text"]]
