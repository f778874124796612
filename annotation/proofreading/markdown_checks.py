"""Markdown that would not show as meant: fences, code, emphasis and links that do not close, tables with uneven rows."""

import re
from collections.abc import Iterator

from annotation.proofreading.remarks import Remark, remarks_of

VERSION = 1

_FENCE = re.compile(r"^[ ]{0,3}(`{3,12}|~{3,12})[^\n`~]*$", re.MULTILINE)
_PARAGRAPH = re.compile(r"[^\n]+(?:\n[^\n]+)*")
_TICK = re.compile(r"(?<!`)`(?!`)")
_STRONG = re.compile(r"(?<!\*)\*\*(?!\*)")
_OPEN_LINK = re.compile(r"\[[^\]\n]{1,200}\]\((?:https?://|/)[^\s)]{0,500}(?=\s|$)")
_HEADING = re.compile(r"^#{1,6}(?=[^\s#])[^\n]{0,80}", re.MULTILINE)
_ROW = re.compile(r"^[ ]{0,3}\|.*\|[ \t]*$")


def find(text: str, prose: str) -> Iterator[Remark]:
    """Yield what does not close. `prose` is the text without code."""
    yield from _open_fence(text)
    for paragraph in _PARAGRAPH.finditer(prose):
        for check_id, pattern in (("markdown.open_code", _TICK), ("markdown.open_strong", _STRONG)):
            marks = [match.span() for match in pattern.finditer(prose, *paragraph.span())]
            if len(marks) % 2:
                yield Remark(check_id, *marks[-1])
    yield from remarks_of("markdown.open_link", text, _OPEN_LINK)
    yield from remarks_of("markdown.heading", prose, _HEADING)
    yield from _uneven_tables(prose)


def _open_fence(text: str) -> Iterator[Remark]:
    opened: tuple[str, tuple[int, int]] | None = None
    for match in _FENCE.finditer(text):
        fence = match.group(1)
        if opened is None:
            opened = fence, match.span()
        elif fence[0] == opened[0][0] and len(fence) >= len(opened[0]):
            opened = None
    if opened is not None:
        yield Remark("markdown.open_fence", *opened[1])


def _uneven_tables(prose: str) -> Iterator[Remark]:
    """Mark a table's row that has another number of cells than the row above it."""
    at, above = 0, 0
    for line in prose.split("\n"):
        cells = len(re.findall(r"(?<!\\)\|", line)) - 1 if _ROW.match(line) else 0
        if cells and above and cells != above:
            yield Remark("markdown.uneven_table", at, at + len(line), {"cells": cells, "above": above})
        at, above = at + len(line) + 1, cells
