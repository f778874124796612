"""Transfers as Japanese banks read them: the Zengin format for general transfers (全銀協フォーマット 総合振込).

Records of 120 bytes, a line each, in Shift_JIS of half-width signs alone. Amounts are whole yen.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

MOST_AMOUNT = 9_999_999_999
_HALF_MARKS = "ﾞﾟ"
# What the banks' system takes in names. Others, such as a comma, stand in remarks alone or in none.
_SIGNS = " ()-."


class Unwritable(ValueError):
    """A name has signs that the format does not know."""


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account: codes are digits, names kana; `kind` is 1 (普通), 2 (当座) or 4 (貯蓄)."""

    bank_code: str
    bank_name: str
    branch_code: str
    branch_name: str
    kind: str
    number: str
    holder: str
    client_code: str = ""  # 委託者コード, of the payer alone


def _halves() -> dict[str, str]:
    found: dict[str, str] = {}
    for code in range(0xFF61, 0xFFA0):
        half = chr(code)
        found.setdefault(unicodedata.normalize("NFKC", half), half)
        for mark in _HALF_MARKS:
            joined = unicodedata.normalize("NFKC", half + mark)
            if len(joined) == 1:
                found[joined] = half + mark
    # No small kana, no ヲ and no middle dot: banks write others for them.
    written = zip("ァィゥェォャュョッヮヵヶヲヰヱ", "アイウエオヤユヨツワカケオイエ", strict=True)
    found |= {one: found[other] for one, other in written}
    return found | {"ー": "-", "−": "-", "‐": "-", "　": " ", "・": "."}


_HALVES = _halves()


def half_width(words: str) -> str:
    """Names as the format writes them: half-width kana, capitals, digits and a few signs. Raises Unwritable."""
    out = []
    for sign in unicodedata.normalize("NFKC", words).upper():
        if "ぁ" <= sign <= "ゖ":
            sign = chr(ord(sign) + 0x60)
        out.append(_HALVES.get(sign, sign))
    written = "".join(out)
    if bad := [s for s in written if not (s.isascii() and (s.isalnum() or s in _SIGNS)) and not "ｱ" <= s <= "ﾟ"]:
        raise Unwritable("".join(dict.fromkeys(bad)))
    return written


def transfer_file(payer: Account, pay_on: date, payments: Sequence[tuple[Account, int, str]]) -> bytes:
    """The file of one transfer: for each payee its account, the amount and a reference of up to 20 digits."""
    if any(not 0 < amount <= MOST_AMOUNT for _account, amount, _reference in payments):
        raise ValueError("A transfer pays more than nothing, and at most ten digits.")
    records = [
        "1" + "21" + "0" + payer.client_code.rjust(10, "0") + _left(payer.holder, 40) + f"{pay_on:%m%d}"
        + payer.bank_code + _left(payer.bank_name, 15) + payer.branch_code + _left(payer.branch_name, 15)
        + payer.kind + payer.number.rjust(7, "0") + " " * 17,
        *[
            "2" + account.bank_code + _left(account.bank_name, 15) + account.branch_code + _left(account.branch_name, 15)
            + "0000" + account.kind + account.number.rjust(7, "0") + _left(account.holder, 30) + f"{amount:010d}"
            + "0" + reference.rjust(20, "0") + "7" + " " * 8
            for account, amount, reference in payments
        ],
        "8" + f"{len(payments):06d}" + f"{sum(amount for _a, amount, _r in payments):012d}" + " " * 101,
        "9" + " " * 119,
    ]  # fmt: skip
    encoded = [record.encode("shift_jis") for record in records]
    if any(len(record) != 120 for record in encoded):
        raise ValueError("A record does not have 120 bytes: an account's code or number is too long.")
    return b"".join(record + b"\r\n" for record in encoded)


def _left(words: str, width: int) -> str:
    return half_width(words)[:width].ljust(width)
