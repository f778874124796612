"""Tells Japanese and English apart from everything else: by script, at once and everywhere; and by lingua, where a job has it.

lingua knows a text in Spanish or Chinese from one in English or Japanese, which no script does. It is 100 MB large, takes 300 MB
of memory, and is an optional group of dependencies.
"""

import re
from functools import cache
from importlib.util import find_spec
from typing import Any

from collection.screening.findings import Finding

VERSION = 2
DETECTED_VERSION = 1
LANGUAGES = ("ja", "en")

_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々〆]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_ACCENTED = re.compile(r"[\u00c0-\u024f]")
_LETTER = re.compile(r"[^\W\d_]")
# Japanese of any length has kana; a heading or a few nouns may have none.
_HAN_ALONE_MAX = 16
# Statistics need something to count, and must be sure that it is neither: what they find waits for a person. English about
# 紫式部 or okonomiyaki, full of foreign names, keeps a confidence of a tenth and more.
_DETECTED_LETTERS = 24
_OURS_AT_MOST = 0.05
# What people ask in, and what is taken for English or Japanese by its script.
_DETECTABLE = [
    "CHINESE",
    "DUTCH",
    "ENGLISH",
    "FINNISH",
    "FRENCH",
    "GERMAN",
    "INDONESIAN",
    "ITALIAN",
    "JAPANESE",
    "KOREAN",
    "MALAY",
    "POLISH",
    "PORTUGUESE",
    "SPANISH",
    "SWAHILI",
    "SWEDISH",
    "TAGALOG",
    "TURKISH",
    "VIETNAMESE",
]


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
    """A hold when the text has letters but is in neither language, by its script."""
    if detect(text) or not _LETTER.search(text):
        return []
    return [Finding("language.other", "hold", 0, len(text))]


def is_statistical() -> bool:
    """Whether the optional group `language` is installed here."""
    return find_spec("lingua") is not None


def find_detected(text: str) -> list[Finding]:
    """A hold when lingua is sure of a third language; nothing where it is not installed, or has too little to go by."""
    if not is_statistical() or len(_LETTER.findall(text)) < _DETECTED_LETTERS:
        return []
    values = _detector().compute_language_confidence_values(text)
    ours = sum(one.value for one in values if one.language.iso_code_639_1.name.lower() in LANGUAGES)
    if ours > _OURS_AT_MOST:
        return []
    return [Finding("language.detected", "hold", 0, len(text))]


@cache
def _detector() -> Any:
    from lingua import Language, LanguageDetectorBuilder

    wanted = [getattr(Language, name) for name in _DETECTABLE]
    return LanguageDetectorBuilder.from_languages(*wanted).build()
