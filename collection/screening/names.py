"""Finds names of people by rule: a common family name with an honorific after it, or words with which people introduce themselves.

A family name alone (「田中さん」) names nobody and is only noted; with a given name it holds. Names that are neither common
nor introduced are for `entities`, which needs a model of the language.
"""

import re
from functools import cache
from pathlib import Path

from collection.screening.findings import Finding, Severity, text_fold

VERSION = 1

_KANJI = r"[一-鿿々〆ヶ]"
_GIVEN = rf"(?:{_KANJI}{{1,3}}|[ぁ-ん]{{2,4}}|[ァ-ヶー]{{2,6}})"
_HONORIFIC = r"(?:さん|さま|様|氏|くん|君|ちゃん|殿|先生|先輩|課長|部長|社長|係長|主任|教授)"
# 「私の名前は山田太郎です」「山田太郎と申します」
_INTRODUCED = re.compile(
    rf"(?:氏名|名前|本名|患者名|担当者名)[はがを::] ?(?P<after>{_KANJI}{{2,6}}|{_KANJI}{{1,3}} {_KANJI}{{1,3}})"
    rf"|(?P<before>{_KANJI}{{2,6}}|{_KANJI}{{1,3}} {_KANJI}{{1,3}})と(?:申|もう)します"
)
_ENGLISH_INTRODUCED = re.compile(
    r"(?:[Mm]y (?:full )?name is|[Ff]ull name:|[Pp]atient(?:'s name)?:) ?(?P<name>[A-Z][a-z]{1,20}(?: [A-Z]\.?)?(?: [A-Z][a-z]{1,20}){1,2})"
)
_ENGLISH_TITLED = re.compile(
    r"(?<![A-Za-z])(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.? (?P<name>[A-Z][a-z]{1,20}(?: [A-Z]\.)?(?: [A-Z][a-z]{1,20})?)"
)
# What stands where a name would, and is none.
_NO_NAME = frozenset(
    [
        "患者",
        "顧客",
        "会社",
        "御社",
        "弊社",
        "先方",
        "上司",
        "部下",
        "友人",
        "相手",
        "本人",
        "主人公",
        "自分",
        "皆",
        "各位",
        "担当者",
        "変数",
        "関数",
        "商品",
        "店",
        "猫",
        "犬",
    ]
)


def find(text: str) -> list[Finding]:
    """Names in the order of the text; what two rules see is reported once."""
    folded = text_fold(text)
    found: dict[tuple[int, int], Severity] = {}
    for match in _honoured().finditer(folded.text):
        found[match.span("name")] = "hold" if match["given"] else "note"
    for pattern in (_INTRODUCED, _ENGLISH_INTRODUCED):
        for match in pattern.finditer(folded.text):
            group = next(name for name, value in match.groupdict().items() if value)
            if match[group] not in _NO_NAME:
                found[match.span(group)] = "hold" if len(match[group]) > 2 else "note"
    for match in _ENGLISH_TITLED.finditer(folded.text):
        found.setdefault(match.span("name"), "hold" if " " in match["name"] else "note")
    spans = sorted(found, key=lambda span: (span[0], -span[1]))
    kept = [span for at, span in enumerate(spans) if not any(span[0] < end for _, end in spans[:at])]
    return [
        Finding("name.full" if found[span] == "hold" else "name.family", found[span], *folded.span(*span))
        for span in kept
    ]


@cache
def _honoured() -> re.Pattern[str]:
    """Family name, perhaps a given name, honorific. The longest family names first, or 長谷 would win over 長谷川."""
    listed = (Path(__file__).parent / "family_names.txt").read_text(encoding="utf-8").split()
    family = "|".join(sorted(listed, key=len, reverse=True))
    return re.compile(
        rf"(?<!{_KANJI})(?P<name>(?:{family})(?P<given>[ 　]?{_GIVEN}(?={_HONORIFIC}))?)[ 　]?{_HONORIFIC}"
    )
