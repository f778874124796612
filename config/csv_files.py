"""Tables as CSV files that a spreadsheet opens as they are: in UTF-8 with a mark, and no cell read as a formula."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell_plain(word: str) -> str:
    """The word as a cell that no spreadsheet takes for a formula: an apostrophe stands before one that would be."""
    return f"'{word}" if word.startswith(_FORMULA) else word


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """The file of a table with its head. Numbers stay numbers; words become plain."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for row in rows:
        writer.writerow([cell_plain(cell) if isinstance(cell, str) else cell for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()
