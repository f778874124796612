"""Finds instructions that nobody could write an output for: empty, too short, only an address, one sign repeated."""

import re
from collections import Counter

from collection.screening.findings import Finding

VERSION = 1
# Shorter than this, and without an input to work on, there is no task in it. "要約して" has four.
SHORTEST_CHARACTERS = 4
_URL_ONLY = re.compile(r"\s*(?:https?://|www\.)\S+\s*", re.IGNORECASE)
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def find(text: str, *, has_input: bool = False) -> list[Finding]:
    """At most one finding: the first thing that is wrong makes the others uninteresting."""
    stripped = text.strip()
    if not _LETTER_OR_DIGIT.search(stripped):
        return [Finding("quality.empty", "reject", 0, len(text))]
    if len(stripped) < SHORTEST_CHARACTERS and not has_input:
        return [Finding("quality.short", "reject", 0, len(text))]
    if _URL_ONLY.fullmatch(text):
        return [Finding("quality.url_only", "reject", 0, len(text))]
    if len(stripped) >= 20 and Counter(stripped).most_common(1)[0][1] > 0.8 * len(stripped):
        return [Finding("quality.repeated", "reject", 0, len(text))]
    return []
