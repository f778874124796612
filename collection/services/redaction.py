"""Destroying a passage of an instruction: everywhere it stands, with nothing kept of what it said."""

import re
from typing import Any, cast

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from collection.errors import RedactionRefused
from collection.models import Instruction, Redaction, Reference
from collection.screening.checks import PLACEHOLDERS
from collection.screening.duplicates import text_hash
from collection.screening.findings import Finding, Severity, text_fold
from collection.selectors import findings_current
from collection.services.screening import FieldFinding, findings_store, people_find
from collection.signals import instruction_redacted
from collection.states import InstructionStatus
from config.errors import BadInput

FIELDS = ("instruction", "input")
# Shorter than this, the same signs elsewhere in the answer mean something else.
SHORTEST_EVERYWHERE = 2
_SEPARATORS = r"[\s\-‐‑‒–—―−ー()（）.]{0,2}"


@transaction.atomic
def instruction_redact(
    *, instruction: Instruction, field: str, start: int, end: int, seen: str, by: Any, check_id: str = ""
) -> Instruction:
    """Replace a passage of a held instruction by what it was, 「〔電話番号〕」, wherever it stands; the original is gone.

    `seen` is the passage as the person saw it, so that nothing else is destroyed when the text has changed meanwhile. The
    same signs leave the instruction, its input and the answers of the model, which repeat their question; the index of
    the answers keeps its fingerprints, so that a copy of one is still found. Locks the instruction. Raises
    `RedactionRefused` when it is not held any more, and `BadInput` for a passage that is not there.
    """
    row = Instruction.objects.select_for_update().get(pk=instruction.pk)
    if row.status != InstructionStatus.HELD:
        raise RedactionRefused()
    text = getattr(row, field) if field in FIELDS else ""
    if not 0 <= start < end <= len(text) or text[start:end] != seen:
        raise BadInput(_("The text has changed, or the passage is not in it. Load the page again and mark it anew."))
    placeholder = _placeholder(check_id, row.language)
    pattern = _pattern(seen)
    carried = _carried(row)
    replaced = {name: _replace(pattern, getattr(row, name), placeholder) for name in FIELDS}
    # The marked place itself, also where it is too short to be looked for elsewhere.
    if seen in replaced[field][0] and pattern is None:
        replaced[field] = (text[:start] + placeholder + text[end:], 1)
    places = sum(count for _text, count in replaced.values())
    row.instruction, row.input = (replaced[name][0] for name in FIELDS)
    row.text_sha256 = text_hash(row.instruction, row.input)
    row.save(update_fields=[*FIELDS, "text_sha256"])
    places += _answers_redact(row, pattern, placeholder)
    Redaction.objects.create(
        instruction=row, check_id=check_id, field=field, start=start, places=min(places, 32_767), actor_id=str(by.pk)
    )
    # Offsets have moved: what is still there is found again, at its new place.
    again = [FieldFinding(name, found) for name in FIELDS for found in people_find(getattr(row, name), quick=True)]
    findings_store(row, again + _found_again(row, carried))
    instruction_redacted.send(sender=Instruction, instruction=row)
    return row


def _carried(row: Instruction) -> list[tuple[str, str, Severity, str]]:
    """The passages that only a slow check knows: the field, the check, how grave, and what they say."""
    found = findings_current(list(row.findings.order_by("pk")), list(row.redactions.order_by("pk")))
    slow = [one for one in found if one.field in FIELDS and not one.check_id.startswith(("personal.", "name."))]
    texts = ((one, getattr(row, one.field)) for one in slow)
    return [
        (one.field, one.check_id, cast(Severity, one.severity), text[one.start : one.end])
        for one, text in texts
        if (one.start, one.end) != (0, len(text)) and one.start < one.end
    ]


def _found_again(row: Instruction, carried: list[tuple[str, str, Severity, str]]) -> list[FieldFinding]:
    """Those of the passages that are still there, at their new place."""
    found = []
    for field, check_id, severity, seen in carried:
        start = getattr(row, field).find(seen)
        if start >= 0:
            found.append(FieldFinding(field, Finding(check_id, severity, start, start + len(seen))))
    return found


def _answers_redact(row: Instruction, pattern: re.Pattern[str] | None, placeholder: str) -> int:
    """Take the passage out of the model's answers; they keep their position and their hash."""
    places = 0
    for answer in Reference.objects.select_for_update().filter(instruction=row).exclude(text="").order_by("pk"):
        text, count = _replace(pattern, answer.text, placeholder)
        if count:
            Reference.objects.filter(pk=answer.pk).update(text=text)
            places += count
    return places


def _placeholder(check_id: str, language: str) -> str:
    japanese, english = PLACEHOLDERS.get(check_id, PLACEHOLDERS[""])
    return f"〔{japanese}〕" if language == "ja" else f"[{english}]"


def _pattern(seen: str) -> re.Pattern[str] | None:
    """Finds the passage in any width, and a number with any separators; None when it is too short to look for."""
    folded = text_fold(seen).text.strip()
    if len(folded) < SHORTEST_EVERYWHERE:
        return None
    if re.fullmatch(r"[0-9+() .-]{6,}", folded):
        return re.compile(_SEPARATORS.join(re.escape(sign) for sign in folded if sign.isdigit()))
    return re.compile(re.escape(folded), re.IGNORECASE)


def _replace(pattern: re.Pattern[str] | None, text: str, placeholder: str) -> tuple[str, int]:
    """The text with every passage that folds to the pattern replaced, and how many there were."""
    if pattern is None or not text:
        return text, 0
    folded = text_fold(text)
    spans = [folded.span(*match.span()) for match in pattern.finditer(folded.text)]
    for start, end in reversed(spans):
        text = text[:start] + placeholder + text[end:]
    return text, len(spans)
