"""A payment statement (支払通知書) as PDF. It serves as the buyer's statement of purchase of the invoice system (仕入明細書)."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from vendors.models import Organisation, Statement
from vendors.papers.paper import (
    NAME,
    RIGHT,
    SMALL,
    boxed,
    columns,
    facts,
    gap,
    lines,
    printed,
    spread,
    sums,
    text,
    together,
)
from vendors.wording import day_text, money_text

KINDS = {
    "acceptance": "検収合格",
    "lot": "検収合格（ロット）",
    "uninspected": "受領（期限経過）",
    "correction": "訂正",
}
NOTES = (
    "振込手数料は当社が負担いたします。",
    "支払期日は、給付を受領した日から起算して60日以内の日です。",
    "本書は消費税法に定める仕入明細書です。記載内容に誤りがある場合は、受領後7日以内にご連絡ください。"
    "ご連絡がない場合は、記載内容をご確認いただいたものといたします。",
)
UNREGISTERED = "登録番号：なし（適格請求書発行事業者ではない方）"


@dataclass(frozen=True, slots=True)
class StatementFacts:
    """What the document says; `document` is the part that was fixed at approval."""

    number: str
    month: date
    last_day: date
    currency: str
    net: int
    tax: int
    total: int
    pay_by: date
    honorific: str
    document: Mapping[str, Any]


def statement_facts(statement: Statement) -> StatementFacts:
    """What an approved statement says. Raises ValueError for one that nobody approved."""
    if statement.document is None or statement.pay_by is None:
        raise ValueError("A draft has no words yet.")
    return StatementFacts(
        number=statement.number,
        month=statement.month,
        last_day=statement.month.replace(day=monthrange(statement.month.year, statement.month.month)[1]),
        currency=statement.currency,
        net=statement.net_amount,
        tax=statement.tax_amount,
        total=statement.total_amount,
        pay_by=statement.pay_by,
        honorific="様" if statement.vendor.kind == Organisation.Kind.FREELANCER else "御中",
        document=statement.document,
    )


def statement_pdf(facts_of: StatementFacts) -> bytes:
    """Print a statement."""
    said, currency = facts_of.document, facts_of.currency
    vendor, operator = said["vendor"], said["operator"]
    story = [
        spread("支払通知書"),
        gap(4),
        columns(
            [
                text(f"{vendor['name']}　{facts_of.honorific}", NAME),
                text(vendor["address"], SMALL),
                text(_registration(vendor), SMALL),
            ],
            [
                text(f"通知番号　{facts_of.number}", RIGHT),
                text(f"発行日　{day_text(date.fromisoformat(said['dated']))}", RIGHT),
                gap(3),
                text(operator["name"], RIGHT),
                *([text(operator["address"], RIGHT)] if operator["address"] else []),
                *([text(_registration(operator), RIGHT)] if operator["registration_number"] else []),
            ],
        ),
        gap(5),
        text("平素より格別のご高配を賜り、厚く御礼申し上げます。下記のとおりお支払いいたします。"),
        gap(3),
        boxed("お支払金額（税込）", money_text(facts_of.total, currency)),
        gap(4),
        facts(
            [
                ("対象期間", f"{day_text(facts_of.month)} 〜 {day_text(facts_of.last_day)}"),
                ("支払期日", day_text(facts_of.pay_by)),
                ("支払方法", "ご登録の銀行口座への振込"),
            ]
        ),
        gap(5),
        lines(
            ["発注番号", "件名", "区分", "数量", "単価（税抜）", "金額（税抜）"],
            [_row(line, currency) for line in said["lines"]],
            [0.155, 0.265, 0.165, 0.105, 0.15, 0.16],
            figures=3,
        ),
        together(
            gap(3),
            sums(
                [
                    ("小計（10％対象）", money_text(facts_of.net, currency)),
                    ("消費税（10％）", money_text(facts_of.tax, currency)),
                    ("合計", money_text(facts_of.total, currency)),
                ]
            ),
            gap(6),
            *[text(f"・{note}", SMALL) for note in NOTES],
        ),
    ]
    return printed(f"支払通知書 {facts_of.number}", operator["name"], story)


def _registration(party: Mapping[str, str]) -> str:
    return f"登録番号：{party['registration_number']}" if party["registration_number"] else UNREGISTERED


def _row(line: Mapping[str, Any], currency: str) -> list[str]:
    price = line["unit_price"]
    return [
        line["number"],
        line["title"],
        KINDS[line["kind"]],
        f"{line['line_count']:,}",
        "—" if price is None else money_text(price, currency),
        money_text(line["amount"], currency),
    ]
