"""Signs: brackets and quotation marks in pairs, one width for letters and marks, no blanks where nobody sees them."""

import re
from collections.abc import Iterator

from annotation.proofreading.remarks import Remark, remarks_of

VERSION = 1

_PAIRS = {
    "「": "」",
    "『": "』",
    "（": "）",
    "(": ")",
    "［": "］",
    "[": "]",
    "【": "】",
    "〈": "〉",
    "《": "》",
    "“": "”",
}
_CLOSING = {closing: opening for opening, closing in _PAIRS.items()}
_TWIN = {"（": ")", "(": "）", "［": "]", "[": "］"}  # closed by the sign of the other width
_ITEM_OR_FACE = re.compile(r"^[ \t　]*[0-9０-９a-zA-Z一-鿿]{1,3}[)）]|[:;]['-]?[()]|\^[)_]", re.MULTILINE)
_STRAIGHT_QUOTE = re.compile(r'(?<![0-9"])"(?!")')  # after a digit it may mean inches; three begin a docstring
_ANY_BRACKET = re.compile("[" + re.escape("".join([*_PAIRS, *_CLOSING])) + "]")
_PARAGRAPH = re.compile(r"[^\n]+(?:\n[^\n]+)*")

_JAPANESE = "[ぁ-んァ-ヶ一-鿿々ー]"
_HALF_KANA = re.compile(r"[ｦ-ﾟ]{1,200}")
_LETTERS = (re.compile(r"[Ａ-Ｚａ-ｚ]{1,200}"), re.compile(r"[A-Za-z]{1,200}"))
_DIGITS = (re.compile(r"[０-９]{1,40}"), re.compile(r"[0-9]{1,40}"))
_COMMAS = (re.compile(rf"(?<={_JAPANESE})，"), re.compile(rf"(?<={_JAPANESE})、"))
_STOPS = (re.compile(rf"(?<={_JAPANESE})．"), re.compile(rf"(?<={_JAPANESE})。"))
_ENDS = (re.compile(rf"(?<={_JAPANESE})[！？]"), re.compile(rf"(?<={_JAPANESE})[!?]"))

_TRAILING = re.compile(r"(?<=\S)(?!  (?=\n\S))[ \t　]{1,200}$", re.MULTILINE)  # two spaces break a line in Markdown
_BLANK_LINES = re.compile(r"\n(?:[ \t　]*\n){3,}")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]{1,200}")


def find(text: str, prose: str, language: str) -> Iterator[Remark]:
    """Yield what is wrong with the signs. `prose` is the text without code."""
    yield from _unbalanced(prose)
    yield from remarks_of("sign.trailing_space", text, _TRAILING)
    yield from remarks_of("sign.blank_lines", text, _BLANK_LINES)
    yield from remarks_of("sign.invisible", text, _INVISIBLE)
    if language == "ja":
        yield from remarks_of("sign.half_kana", prose, _HALF_KANA)
        for wide, narrow in (_LETTERS, _DIGITS, _COMMAS, _STOPS, _ENDS):
            yield from _rarer("sign.mixed_width", prose, wide, narrow)


def _unbalanced(prose: str) -> Iterator[Remark]:
    """Mark each sign without its partner; what somebody says in quotation marks may go over several paragraphs."""
    skipped = {place for match in _ITEM_OR_FACE.finditer(prose) for place in range(*match.span())}
    waiting: list[tuple[str, int]] = []
    for match in _ANY_BRACKET.finditer(prose):
        sign, place = match.group(), match.start()
        if place in skipped:
            continue
        if sign in _PAIRS:
            waiting.append((sign, place))
        elif waiting and waiting[-1][0] == _CLOSING[sign]:
            waiting.pop()
        elif waiting and _TWIN.get(waiting[-1][0]) == sign:
            yield Remark("sign.mixed_width", waiting.pop()[1], place + 1)
        else:
            yield Remark("sign.unbalanced", place, place + 1)
    for _sign, place in waiting:
        yield Remark("sign.unbalanced", place, place + 1)
    for paragraph in _PARAGRAPH.finditer(prose):
        quotes = [match.span() for match in _STRAIGHT_QUOTE.finditer(prose, *paragraph.span())]
        if len(quotes) % 2:
            yield Remark("sign.unbalanced", *quotes[-1])


def _rarer(check_id: str, prose: str, wide: re.Pattern[str], narrow: re.Pattern[str]) -> Iterator[Remark]:
    """Mark the rarer of two widths; of two that are as common, the wide one."""
    ones, others = list(wide.finditer(prose)), list(narrow.finditer(prose))
    if ones and others:
        for match in others if len(others) < len(ones) else ones:
            yield Remark(check_id, *match.span())
