"""Finds personal data and secrets in Japanese and English text, in digits of either width.

Word boundaries (`\\b`) are never used: between a kana and a digit there is none. Every repetition is bounded, so that no
text makes a pattern slow. What has a check digit or a numbering plan is judged by the libraries that know it.
"""

import re
from collections.abc import Callable, Iterator

from phonenumbers import Leniency, PhoneNumberMatcher, PhoneNumberType, number_type
from stdnum import luhn
from stdnum.jp import in_ as my_number

from collection.screening.findings import Finding, text_fold

VERSION = 2

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
# Where a phone number could be: digits with what people write between them.
_PHONE = re.compile(r"(?<![0-9A-Za-z.+])(?:\+|\(?0|\(?[2-9])[0-9][0-9() .-]{7,18}[0-9]" + _ALONE_AFTER)
_PLAIN_LANDLINE = re.compile(r"0[1-9][0-9]{8}")
_DOMESTIC_MOBILE = re.compile(r"0[5789]0[0-9]{8}")
_TWELVE = re.compile(_ALONE_BEFORE + r"[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}" + _ALONE_AFTER)
_CARD = re.compile(_ALONE_BEFORE + r"[2-6][0-9]{3}(?:[ -]?[0-9]){9,15}" + _ALONE_AFTER)
_POSTAL_MARKED = re.compile(r"(?:〒|郵便番号[::はがを ]{0,3}) ?([0-9]{3}-?[0-9]{4})" + _ALONE_AFTER)
_POSTAL_ADDRESSED = re.compile(_ALONE_BEFORE + r"[0-9]{3}-[0-9]{4}(?=[\s、,]{0,3}" + _PREFECTURE + ")")
_ADDRESS = re.compile(
    _PREFECTURE + r"[^\s、。0-9]{1,16}?[市区町村郡][^、。\n0-9]{0,20}?(?:[0-9]{1,4}|[一二三四五六七八九十]{1,3})"
    r"(?:丁目|番地|番|号|-[0-9]{1,4})(?:[0-9]{0,4}(?:番地|番|号|-[0-9]{1,4}))*"
)
# Without a prefecture, a town's name needs a whole block number to be an address and not a place.
_CITY_ADDRESS = re.compile(
    r"[一-鿿々ヶケぁ-んァ-ヶ]{1,6}[市区郡][一-鿿々ヶケぁ-んァ-ヶー]{1,16}?(?:[0-9]{1,3}|[一二三四五六七八九十]{1,3})"
    r"(?:丁目[0-9]{1,3}(?:番地?|-)[0-9]{0,4}号?|番地|-[0-9]{1,4}-[0-9]{1,4}|-[0-9]{1,4}(?![0-9]))"
)
_STREET_ADDRESS = re.compile(
    r"(?<![0-9A-Za-z.,-])[0-9]{1,5} (?:[NSEW]\.? )?(?:[A-Z][a-z]{1,20} ){1,3}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct)(?![A-Za-z])\.?"
)
_PASSWORD = re.compile(
    r"(?:パスワード|暗証番号|passwords?|passwd|api[ _-]?keys?|secret[ _-]?keys?|access[ _-]?tokens?)"
    r"[\"']?\s{0,2}(?:は|が|:|=|is)\s{0,2}[\"'「]?(?P<value>(?=[!-~]{0,63}[0-9])[!-~]{4,64})",
    re.IGNORECASE,
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
_SAYS_BANK = re.compile(r"口座|普通預金|普通|当座|account (?:number|no)", re.IGNORECASE)
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
            if word.search(around):
                yield match.span()

    return spans


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _my_numbers(text: str) -> Iterator[Span]:
    for start, end in _matches_near(_TWELVE, _SAYS_MY_NUMBER)(text):
        if my_number.is_valid(_digits(text[start:end])):
            yield start, end


def _cards(text: str) -> Iterator[Span]:
    for match in _CARD.finditer(text):
        digits = _digits(match.group())
        if 14 <= len(digits) <= 19 and len(set(digits)) > 1 and luhn.is_valid(digits):
            yield match.span()


def _passwords(text: str) -> Iterator[Span]:
    for match in _PASSWORD.finditer(text):
        yield match.span("value")


# The numbers of companies are nobody's own.
_OF_COMPANIES = frozenset(
    {PhoneNumberType.TOLL_FREE, PhoneNumberType.SHARED_COST, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.UAN}
)


# Judging a number takes a millisecond, and a text of nothing else must not take seconds.
_JUDGED_AT_MOST = 100


def _phones(text: str) -> Iterator[Span]:
    """Numbers that the plan of Japan, the United States or the country of their prefix knows.

    A row of ten digits that only could be a Japanese number needs a word that says so; so does nothing else.
    """
    judged = 0
    for candidate in _PHONE.finditer(text):
        piece = candidate.group()
        if not 9 <= len(_digits(piece)) <= 15:
            continue
        is_named = _SAYS_PHONE.search(text[max(0, candidate.start() - _CONTEXT_CHARACTERS) : candidate.end() + 10])
        if _PLAIN_LANDLINE.fullmatch(piece) and not is_named:
            continue
        if piece.isdigit() and not (_DOMESTIC_MOBILE.fullmatch(piece) or is_named):
            continue
        if judged == _JUDGED_AT_MOST:
            yield candidate.span()  # so many numbers are looked at by a person in any case
            continue
        judged += 1
        for region, leniency in (("JP", Leniency.VALID), ("US", Leniency.STRICT_GROUPING)):
            if region == "US" and piece.startswith("0"):
                continue
            found = next(iter(PhoneNumberMatcher(piece, region, leniency, max_tries=5)), None)
            if found is not None and number_type(found.number) not in _OF_COMPANIES:
                yield candidate.start() + found.start, candidate.start() + found.end
                break


def _postal_codes(text: str) -> Iterator[Span]:
    for match in _POSTAL_MARKED.finditer(text):
        yield match.span(1)
    yield from _matches(_POSTAL_ADDRESSED)(text)


# The more telling first: what one has taken, a later one does not report again.
_CHECKS: list[tuple[str, Callable[[str], Iterator[Span]]]] = [
    ("secret", _matches(_SECRET)),
    ("secret", _passwords),
    ("email", _matches(_EMAIL)),
    ("my_number", _my_numbers),
    ("card", _cards),
    ("social_security", _matches_near(_SOCIAL_SECURITY, _SAYS_SOCIAL_SECURITY)),
    ("phone", _phones),
    ("postal_code", _postal_codes),
    ("address", _matches(_ADDRESS)),
    ("address", _matches(_CITY_ADDRESS)),
    ("address", _matches(_STREET_ADDRESS)),
    ("bank_account", _matches_near(_SEVEN, _SAYS_BANK)),
]
