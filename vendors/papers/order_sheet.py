"""The order document as PDF."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from vendors.papers.order import BASIS
from vendors.papers.paper import NAME, RIGHT, SMALL, columns, facts, gap, printed, spread, text
from vendors.wording import day_text


def order_pdf(document: Mapping[str, Any]) -> bytes:
    """Print a document that was kept."""
    vendor, operator, version = document["vendor"], document["operator"], document["version"]
    title = "発注書" if version == 1 else "発注内容変更書"
    number = document["number"] if version == 1 else f"{document['number']}（第{version}版）"
    said = "下記のとおり業務を委託いたします。" if version == 1 else "発注内容を下記のとおり変更いたします。"
    story = [
        spread(title),
        gap(4),
        columns(
            [text(f"{vendor['name']}　{document['honorific']}", NAME), *_lines(vendor, SMALL)],
            [
                text(f"発注番号　{number}", RIGHT),
                text(f"発行日　{day_text(date.fromisoformat(document['dated']))}", RIGHT),
                gap(3),
                text(operator["name"], RIGHT),
                *_lines(operator, RIGHT),
            ],
        ),
        gap(5),
        text(said),
        text(BASIS, SMALL),
        gap(3),
        facts([(name, words) for name, words in document["rows"]]),
    ]  # fmt: skip
    return printed(f"{title} {number}", operator["name"], story)


def _lines(party: Mapping[str, str], style: Any) -> list[Any]:
    number = f"登録番号：{party['registration_number']}" if party["registration_number"] else ""
    return [text(words, style) for words in (party["address"], number) if words]
