"""Names of people as a model of the language sees them (GiNZA), where it is installed; the rules in `names` work without it.

Loading the model takes seconds and 200 MB, so only a job asks for it. A name that nobody is addressed by, 夏目漱石 or
織田信長, is a topic and not personal data: an honorific or an introduction makes it one.
"""

import re
from functools import cache
from importlib.util import find_spec
from typing import Any

from collection.screening.findings import Finding, Severity

VERSION = 1
MODEL = "ja_ginza"
# GiNZA reads about 5,000 characters a second; what is longer is read up to here.
LONGEST = 20_000

_HONORIFIC = re.compile(
    r"[\s　]?(?:さん|さま|様|氏|くん|君|ちゃん|殿|先生|先輩|課長|部長|社長|と申します|ともうします)"
)
_INTRODUCTION = re.compile(r"(?:氏名|名前|本名|担当者|担当|患者|宛先|連絡先)(?:は|が|名は|:|:)?[\s　]?$")


def is_present() -> bool:
    """Whether the optional group `ner` is installed here."""
    return find_spec(MODEL) is not None and find_spec("spacy") is not None


def find(text: str) -> list[Finding]:
    """People who are addressed or introduced; nothing where the model is not installed."""
    if not text or not is_present():
        return []
    found = []
    for entity in _reader()(text[:LONGEST]).ents:
        if entity.label_ != "Person":
            continue
        before, after = text[: entity.start_char], text[entity.end_char :]
        if _HONORIFIC.match(after) or _INTRODUCTION.search(before[-12:]):
            # One word is a family name, which names nobody by itself.
            severity: Severity = "hold" if len(entity) > 1 else "note"
            found.append(Finding("entity.person", severity, entity.start_char, entity.end_char))
    return found


@cache
def _reader() -> Any:
    import spacy

    return spacy.load(MODEL, exclude=["compound_splitter", "bunsetu_recognizer"])
