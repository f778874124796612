"""When two instructions count as the same: after folding width, case and spaces."""

import hashlib
import re
import unicodedata

_SPACE = re.compile(r"\s+")


def text_normalise(text: str) -> str:
    """The text with width and case folded and every run of white space as one space."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def text_hash(instruction: str, input: str = "") -> str:
    """SHA-256 (hex) that two instructions share when they ask the same of the same input."""
    joined = "\x1f".join((text_normalise(instruction), text_normalise(input)))
    return hashlib.sha256(joined.encode("utf-8")).hexdigest()
