"""Finds personal data and secrets in Japanese and English text, in digits of either width.

Word boundaries (`\\b`) are never used: between a kana and a digit there is none. Every repetition is bounded, so that no
text makes a pattern slow.
"""

import re
from collections.abc import Callable, Iterator

from collection.screening.findings import Finding, Folded, text_fold

VERSION = 1

Span = tuple[int, int]

# What must not touch a number on either side, or it is a piece of a longer one.
_ALONE_BEFORE = r"(?<![0-9A-Za-z.])"
_ALONE_AFTER = r"(?![0-9])"
# How far from a number the word that gives it away may stand.
_CONTEXT_CHARACTERS = 40

_PREFECTURE = (
    "(?:北海道|東京都|京都府|大阪府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟|富山|石川|福井|山梨|長野"
    "|岐阜|静岡|愛知|三重|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分|宮崎|鹿児島|沖縄)県)"
)

_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_MOBILE = re.compile(_ALONE_BEFORE + r"(?:\+81[ -]?|0)[5789]0[ -]?[0-9]{4}[ -]?[0-9]{4}" + _ALONE_AFTER)
_LANDLINE = re.compile(
    _ALONE_BEFORE
    + r"(?:\+81[ -]?[1-9][0-9]{0,3}|\(?0[1-9][0-9]{0,3}\)?)[ -]?\(?[0-9]{1,4}\)?[ -][0-9]{3,4}"
    + _ALONE_AFTER
)
_LANDLINE_PLAIN = re.compile(_ALONE_BEFORE + r"0[1-9][0-9]{8}" + _ALONE_AFTER)
_AMERICAN = re.compile(
    _ALONE_BEFORE + r"(?:\+?1[ .-]?)?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[.-])[0-9]{3}[ .-][0-9]{4}" + _ALONE_AFTER
)
_ABROAD = re.compile(r"(?<![0-9A-Za-z+])\+(?!81)[1-9][0-9]{0,2}(?:[ -]?[0-9]{2,4}){3,5}" + _ALONE_AFTER)
_TWELVE = re.compile(_ALONE_BEFORE + r"[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}" + _ALONE_AFTER)
_CARD = re.compile(_ALONE_BEFORE + r"[2-6][0-9]{3}(?:[ -]?[0-9]){9,15}" + _ALONE_AFTER)
_POSTAL_MARKED = re.compile(r"(?:〒|郵便番号[::はがを ]{0,3}) ?([0-9]{3}-?[0-9]{4})" + _ALONE_AFTER)
_POSTAL_ADDRESSED = re.compile(_ALONE_BEFORE + r"[0-9]{3}-[0-9]{4}(?=[\s、,]{0,3}" + _PREFECTURE + ")")
_ADDRESS = re.compile(
    _PREFECTURE + r"[^\s、。0-9]{1,16}?[市区町村郡][^、。\n0-9]{0,20}?(?:[0-9]{1,4}|[一二三四五六七八九十]{1,3})"
    r"(?:丁目|番地|番|号|-[0-9]{1,4})(?:[0-9]{0,4}(?:番地|番|号|-[0-9]{1,4}))*"
)
_SEVEN = re.compile(_ALONE_BEFORE + r"[0-9]{7}" + _ALONE_AFTER)
_SOCIAL_SECURITY = re.compile(_ALONE_BEFORE + r"[0-9]{3}-[0-9]{2}-[0-9]{4}" + _ALONE_AFTER)
_SECRET = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"sk-[A-Za-z0-9_-]{20,200}"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}"
    r"|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}"
    r"|glpat-[A-Za-z0-9_-]{20,64}"
    r"|xox[abprs]-[A-Za-z0-9-]{10,200}"
    r"|AIza[0-9A-Za-z_-]{35}"
    r"|hf_[A-Za-z0-9]{30,64}"
    r"|eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{10,2000}"
    r")|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----"
)

_SAYS_MY_NUMBER = re.compile(r"マイナンバ|マイナンバー|個人番号|my ?number|individual number", re.IGNORECASE)
_SAYS_PHONE = re.compile(r"電話|携帯|連絡先|番号|tel|phone|fax|ファックス", re.IGNORECASE)
_SAYS_BANK = re.compile(r"口座|普通預金|当座|account (?:number|no)", re.IGNORECASE)
_SAYS_SOCIAL_SECURITY = re.compile(r"ssn|social security", re.IGNORECASE)


def find(text: str) -> list[Finding]:
    """Everything that looks like personal data or a secret, in the order of the text; overlapping finds stay once."""
    folded = text_fold(text)
    found: list[Finding] = []
    taken: list[Span] = []
    for check_id, spans in _CHECKS:
        for start, end in spans(folded.text):
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            taken.append((start, end))
            found.append(Finding(f"personal.{check_id}", "hold", *folded.span(start, end)))
    return sorted(found, key=lambda finding: (finding.start, finding.end))


def luhn_holds(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def my_number_holds(digits: str) -> bool:
    """Whether the twelfth digit checks the eleven before it (ministerial ordinance no. 85 of 2014, article 5)."""
    body = [int(digit) for digit in reversed(digits[:11])]
    weights = (2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6)
    remainder = sum(digit * weight for digit, weight in zip(body, weights, strict=True)) % 11
    return int(digits[11]) == (0 if remainder <= 1 else 11 - remainder)


def _matches(pattern: re.Pattern[str]) -> Callable[[str], Iterator[Span]]:
    def spans(text: str) -> Iterator[Span]:
        for match in pattern.finditer(text):
            yield match.span()

    return spans


def _matches_near(pattern: re.Pattern[str], word: re.Pattern[str]) -> Callable[[str], Iterator[Span]]:
    """Matches that stand close to a word which says what the number is."""

    def spans(text: str) -> Iterator[Span]:
        for match in pattern.finditer(text):
            around = text[max(0, match.start() - _CONTEXT_CHARACTERS) : match.end() + _CONTEXT_CHARACTERS]
            # The long vowel mark was folded into a hyphen.
            if word.search(around.replace("-", "ー")) or word.search(around):
                yield match.span()

    return spans


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _my_numbers(text: str) -> Iterator[Span]:
    for start, end in _matches_near(_TWELVE, _SAYS_MY_NUMBER)(text):
        if my_number_holds(_digits(text[start:end])):
            yield start, end


def _cards(text: str) -> Iterator[Span]:
    for match in _CARD.finditer(text):
        digits = _digits(match.group())
        if 14 <= len(digits) <= 19 and len(set(digits)) > 1 and luhn_holds(digits):
            yield match.span()


def _landlines(text: str) -> Iterator[Span]:
    """Ten digits with their hyphens; the free numbers of companies (0120, 0800, 0570) are nobody's own."""
    for match in _LANDLINE.finditer(text):
        digits = _digits(match.group().replace("+81", "0"))
        if len(digits) == 10 and not digits.startswith(("0120", "0570")):
            yield match.span()


def _postal_codes(text: str) -> Iterator[Span]:
    for match in _POSTAL_MARKED.finditer(text):
        yield match.span(1)
    yield from _matches(_POSTAL_ADDRESSED)(text)


# The more telling first: what one has taken, a later one does not report again.
_CHECKS: list[tuple[str, Callable[[str], Iterator[Span]]]] = [
    ("secret", _matches(_SECRET)),
    ("email", _matches(_EMAIL)),
    ("my_number", _my_numbers),
    ("card", _cards),
    ("social_security", _matches_near(_SOCIAL_SECURITY, _SAYS_SOCIAL_SECURITY)),
    ("phone", _matches(_MOBILE)),
    ("phone", _landlines),
    ("phone", _matches_near(_LANDLINE_PLAIN, _SAYS_PHONE)),
    ("phone", _matches(_AMERICAN)),
    ("phone", _matches(_ABROAD)),
    ("postal_code", _postal_codes),
    ("address", _matches(_ADDRESS)),
    ("bank_account", _matches_near(_SEVEN, _SAYS_BANK)),
]

__all__ = ["VERSION", "Finding", "Folded", "find", "luhn_holds", "my_number_holds"]
