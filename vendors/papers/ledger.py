"""A month of the ledger as CSV: a line for each entry."""

from collections.abc import Iterable
from datetime import tzinfo

from config.csv_files import csv_bytes
from vendors.models import Earning
from vendors.papers.statement import KINDS

HEAD = ["発注番号", "件名", "提出番号", "区分", "受領日時", "記録日時", "執筆者", "金額（税抜）", "通貨", "理由"]


def ledger_csv(lines: Iterable[Earning], zone: tzinfo) -> bytes:
    """The lines with a head; times are said in `zone`. No cell is read as a formula."""
    return csv_bytes(HEAD, (_row(line, zone) for line in lines))


def _row(line: Earning, zone: tzinfo) -> list[str | int]:
    times = [at.astimezone(zone).strftime("%Y-%m-%d %H:%M") for at in (line.received_at, line.at)]
    words = [line.work_order.number, line.work_order.title, str(line.submission_id), KINDS[line.kind], *times]
    return [*words, line.writer.name, line.amount, line.currency, line.why]
