"""Findings as a reader sees them: words for each check, and a text cut where its findings begin and end."""

from collections.abc import Sequence
from typing import Any

from collection.models import InstructionTransition, ScreeningFinding
from collection.screening.checks import check_of
from collection.states import InstructionStatus


def finding_labels(findings: Sequence[ScreeningFinding]) -> list[dict[str, Any]]:
    """Each finding with its words and the tone of its severity."""
    tones = {"note": "ok", "hold": "warn", "reject": "danger"}
    return [{"label": check_of(one.check_id).name, "tone": tones[one.severity], "finding": one} for one in findings]


def history_labels(transitions: Sequence[InstructionTransition]) -> list[dict[str, Any]]:
    """Each step with the words for where it led and, where a check was the reason, for that check."""
    statuses = dict(InstructionStatus.choices)
    return [
        {"label": statuses.get(step.to_status, step.to_status), "why": _why(step.why), "at": step.at}
        for step in transitions
    ]


def _why(why: str) -> str:
    return ", ".join(str(check_of(part).name) for part in why.split(", "))


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
