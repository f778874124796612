"""Tells Japanese and English apart from everything else, by script; which of many languages it is, is not asked."""

import re

from collection.screening.findings import Finding

VERSION = 1
LANGUAGES = ("ja", "en")

_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々〆]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_ACCENTED = re.compile(r"[\u00c0-\u024f]")
_LETTER = re.compile(r"[^\W\d_]")
# Japanese of any length has kana; a heading or a few nouns may have none.
_HAN_ALONE_MAX = 16


def detect(text: str) -> str:
    """ "ja", "en", or "" for neither or for too little text to say."""
    letters = len(_LETTER.findall(text))
    if not letters:
        return ""
    kana, han, latin = (len(pattern.findall(text)) for pattern in (_KANA, _HAN, _LATIN))
    if kana and kana + han >= 0.1 * letters:
        return "ja"
    if han >= 0.5 * letters:
        return "ja" if han <= _HAN_ALONE_MAX else ""
    if latin >= 0.8 * letters and len(_ACCENTED.findall(text)) <= max(2, 0.03 * latin):
        return "en"
    return ""


def find(text: str) -> list[Finding]:
    """A hold when the text has letters but is in neither language."""
    if detect(text) or not _LETTER.search(text):
        return []
    return [Finding("language.other", "hold", 0, len(text))]
