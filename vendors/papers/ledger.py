"""A month of the ledger as CSV, as spreadsheets read it: UTF-8 with a mark, a line for each entry."""

import csv
from collections.abc import Iterable
from datetime import tzinfo
from io import StringIO

from vendors.models import Earning
from vendors.papers.statement import KINDS

HEAD = ["発注番号", "件名", "提出番号", "区分", "受領日時", "記録日時", "執筆者", "金額（税抜）", "通貨", "理由"]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def ledger_csv(lines: Iterable[Earning], zone: tzinfo) -> bytes:
    """The lines with a head; times are said in `zone`. No cell is read as a formula."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for line in lines:
        times = [at.astimezone(zone).strftime("%Y-%m-%d %H:%M") for at in (line.received_at, line.at)]
        words = [line.work_order.number, line.work_order.title, str(line.submission_id), KINDS[line.kind], *times]
        named = [*(_plain(word) for word in words), _plain(line.writer.name)]
        writer.writerow([*named, line.amount, line.currency, _plain(line.why)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _plain(word: str) -> str:
    return f"'{word}" if word.startswith(_FORMULA) else word
