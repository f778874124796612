"""The printed statement: what it says, and that it is the same every time."""

from dataclasses import replace
from datetime import date

import pypdfium2

from vendors.papers.statement import KINDS, StatementFacts, statement_pdf

DOCUMENT = {
    "dated": "2026-05-11",
    "operator": {"name": "株式会社人手データ", "address": "東京都千代田区神保町1-2-3", "registration_number": "T5835678256246"},
    "vendor": {"name": "かえで & 執筆社 <本店>", "address": "京都市中京区5-6", "registration_number": ""},
    "lines": [
        {"number": f"2026-{number:04d}", "title": "暮らしの質問", "kind": kind, "unit_price": 480, "line_count": 2, "amount": 960}
        for number in range(60)
        for kind in ("acceptance", "uninspected")
    ],
}  # fmt: skip
FACTS = StatementFacts(
    "202604-0012",
    date(2026, 4, 1),
    date(2026, 4, 30),
    "JPY",
    115_200,
    11_520,
    126_720,
    date(2026, 5, 30),
    "御中",
    DOCUMENT,
)


def test_a_statement_says_who_pays_whom_how_much_by_when() -> None:
    pdf = pypdfium2.PdfDocument(statement_pdf(FACTS))
    first, last = pdf[0].get_textpage().get_text_range(), pdf[len(pdf) - 1].get_textpage().get_text_range()
    said = (
        "かえで & 執筆社 <本店>",
        "御中",
        "¥126,720",
        "2026年5月30日",
        "T5835678256246",
        "202604-0012",
        "2026年4月30日",
    )
    assert [words for words in said if words not in first] == []
    assert "消費税（10％）" in last and "¥11,520" in last
    assert f"{len(pdf)} / {len(pdf)}" in last and len(pdf) > 2
    assert "発注番号" in last or "発注番号" in pdf[1].get_textpage().get_text_range()  # the head is repeated


def test_no_number_and_no_amount_is_broken_over_two_lines() -> None:
    kinds = ("acceptance", "lot", "uninspected", "correction")
    line = {
        "number": "2026-10000",
        "title": "暮",
        "unit_price": 1_000_000,
        "line_count": 10_000,
        "amount": 99_999_999,
    }
    lines = [line | {"kind": kind} for kind in kinds]
    said = pypdfium2.PdfDocument(statement_pdf(replace(FACTS, document=DOCUMENT | {"lines": lines})))[0]
    words = said.get_textpage().get_text_range()
    for kind in kinds:
        for whole in ("2026-10000", KINDS[kind], "10,000", "¥1,000,000", "¥99,999,999"):
            assert words.count(whole) >= (1 if whole == KINDS[kind] else 4), whole


def test_the_same_statement_gives_the_same_bytes() -> None:
    assert statement_pdf(FACTS) == statement_pdf(FACTS)
