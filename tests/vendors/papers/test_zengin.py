"""Transfers as a bank reads them."""

from datetime import date

import pytest

from vendors.papers.zengin import Account, Unwritable, half_width, transfer_file

PAYER = Account("0001", "ミズホ", "001", "トウキヨウ", "2", "1234567", "カ)ヒトデデータ", "0123456789")
PAYEE = Account("0310", "ジーエムオーアオゾラネツト", "101", "ホウジン", "1", "76543", "カエデ シツピツシヤ")


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("カ）カエデ", "ｶ)ｶｴﾃﾞ"),
        ("かえで しゃ", "ｶｴﾃﾞ ｼﾔ"),
        ("ヤマダ・エージェンシー", "ﾔﾏﾀﾞ.ｴ-ｼﾞｴﾝｼ-"),
        ("カオヲトル", "ｶｵｵﾄﾙ"),
        ("カマガヤ ケ）ヶヵヮヴ", "ｶﾏｶﾞﾔ ｹ)ｹｶﾜｳﾞ"),
        ("A,B", None),
        ("カエデ/ヤナギ", None),
        ("「カエデ」", None),
        ("カエデ＆ヤナギ", None),
        ("ＡＢＣ　株", None),
        ("ｼﾞｰｴﾑｵｰ", "ｼﾞ-ｴﾑｵ-"),
        ("Sango Texts", "SANGO TEXTS"),
    ],
)
def test_names_are_written_in_half_width(words: str, written: str | None) -> None:
    if written is None:
        with pytest.raises(Unwritable):
            half_width(words)
    else:
        assert half_width(words) == written


def test_every_record_has_its_fields_where_the_format_has_them() -> None:
    file = transfer_file(PAYER, date(2026, 5, 29), [(PAYEE, 636_240, "12"), (PAYEE, 1, "13")])
    records = file.decode("shift_jis").split("\r\n")
    assert records.pop() == ""
    assert [len(record.encode("shift_jis")) for record in records] == [120] * 5
    head, first, second, trailer, end = records
    assert (head[:4], head[4:14], head[14:54].rstrip(), head[54:58]) == ("1210", "0123456789", "ｶ)ﾋﾄﾃﾞﾃﾞ-ﾀ", "0529")
    assert (head[58:62], head[77:80], head[95], head[96:103]) == ("0001", "001", "2", "1234567")
    assert (first[0], first[1:5], first[20:23], first[42], first[43:50]) == ("2", "0310", "101", "1", "0076543")
    assert (first[50:80].rstrip(), first[80:90], first[90], first[91:111]) == (
        "ｶｴﾃﾞ ｼﾂﾋﾟﾂｼﾔ",
        "0000636240",
        "0",
        f"{12:020d}",
    )
    assert first[111] == "7" and second[80:90] == "0000000001"
    assert trailer[:19] == "8" + "000002" + "000000636241"[:12] and trailer[19:].strip() == ""
    assert end[0] == "9" and end[1:].strip() == ""


def test_amounts_beyond_the_format_are_refused() -> None:
    for amount in (0, -1, 10_000_000_000):
        with pytest.raises(ValueError, match="ten digits"):
            transfer_file(PAYER, date(2026, 5, 29), [(PAYEE, amount, "1")])
