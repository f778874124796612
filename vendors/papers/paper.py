"""The sheet that every document is printed on: A4, one Japanese typeface of our own, page numbers, plain rules."""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

FONT = "BIZ UDPGothic"

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN - 12  # a frame keeps six points on either side
INK, SOFT, RULE, SHADE = HexColor("#1a1a1a"), HexColor("#5a5a5a"), HexColor("#8a8a8a"), HexColor("#f1f1ee")

_BASE = {"fontName": FONT, "textColor": INK, "wordWrap": "CJK"}
TITLE = ParagraphStyle("title", **_BASE, fontSize=19, leading=26, alignment=1)
BODY = ParagraphStyle("body", **_BASE, fontSize=9.5, leading=15)
SMALL = ParagraphStyle("small", **_BASE, fontSize=8, leading=12.5)
RIGHT = ParagraphStyle("right", **_BASE, fontSize=9.5, leading=15, alignment=2)
CELL = ParagraphStyle("cell", **_BASE, fontSize=8.5, leading=13)
FIGURE = ParagraphStyle("figure", **_BASE, fontSize=8.5, leading=13, alignment=2)
HEAD = ParagraphStyle("head", **_BASE, fontSize=8.5, leading=12, alignment=1)
NAME = ParagraphStyle("name", **_BASE, fontSize=13, leading=19)
OPENING = "（「『［【〔〈《([“‘"
LARGE = ParagraphStyle("large", **_BASE, fontSize=16, leading=22, alignment=1)


@cache
def _font_ready() -> None:
    """Read the typeface before anything is set in it: few of the programs that know this module print."""
    pdfmetrics.registerFont(TTFont(FONT, str(Path(__file__).parent / "fonts" / "BIZUDPGothic-Regular.ttf")))


class _Words(Paragraph):
    """Plain words of which no line ends with an opening bracket, as Japanese typesetting asks; the library sees to the starts."""

    words = ""

    def breakLinesCJK(self, maxWidths: Any) -> Any:  # noqa: N802, N803 - the library's names
        found = super().breakLinesCJK(maxWidths)
        while self.words and (at := _open_end(self.words, found.lines)):
            self.words = f"{self.words[:at]}\n{self.words[at:]}"
            self.frags = Paragraph(_markup(self.words), self.style).frags
            found = super().breakLinesCJK(maxWidths)
        return found


def _open_end(words: str, lines: Sequence[Any]) -> int:
    """Where the first opening bracket stands that ends a line of these words, or 0. A newline ends a line by itself."""
    at = 0
    for line in lines[:-1]:
        said = line[1] if isinstance(line, tuple) else line.words
        at += sum(len(part if isinstance(part, str) else part.text) for part in said)
        if at > 1 and words[at - 1] in OPENING:
            return at - 1
        at += words[at : at + 1] == "\n"
    return 0


def _markup(words: str) -> str:
    return escape(words).replace("\n", "<br/>")


def text(words: str, style: ParagraphStyle = BODY) -> Paragraph:
    """A paragraph of plain words: nothing in them is markup."""
    _font_ready()
    made = _Words(_markup(words), style)
    made.words = words
    return made


def spread(title: str) -> Paragraph:
    """A document's title, its signs set apart."""
    return text("　".join(title), TITLE)


def gap(millimetres: float) -> Spacer:
    return Spacer(1, millimetres * mm)


def columns(left: Sequence[Any], right: Sequence[Any], share: float = 0.55) -> Table:
    """Two columns beside each other, without rules."""
    table = Table([[list(left), list(right)]], colWidths=[WIDTH * share, WIDTH * (1 - share)])
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ]
        )
    )
    return table


def facts(rows: Sequence[tuple[str, str]]) -> Table:
    """Names on the left, shaded, and what they mean on the right."""
    table = Table([[text(name, SMALL), text(words)] for name, words in rows], colWidths=[38 * mm, WIDTH - 38 * mm])
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (0, -1), SHADE),
                ("GRID", (0, 0), (-1, -1), 0.4, RULE),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            ]
        )
    )
    return table


def lines(head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], *, figures: int) -> Table:
    """A table with its head repeated on each page; the last `figures` columns are figures. Widths are shares of the sheet."""
    first = len(head) - figures
    body = [[text(cell, CELL if at < first else FIGURE) for at, cell in enumerate(row)] for row in rows]
    table = Table([[text(cell, HEAD) for cell in head], *body], colWidths=[WIDTH * w for w in widths], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), SHADE),
                ("GRID", (0, 0), (-1, -1), 0.4, RULE),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            ]
        )
    )
    return table


def sums(rows: Sequence[tuple[str, str]]) -> Table:
    """Sums at the right end of the sheet, the last one set off."""
    table = Table([[text(name), text(amount, RIGHT)] for name, amount in rows], colWidths=[46 * mm, 38 * mm])
    table.hAlign = "RIGHT"
    table.setStyle(TableStyle([("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE), ("LINEABOVE", (0, -1), (-1, -1), 1, INK)]))
    return table


def boxed(name: str, words: str) -> Table:
    """The one figure that the reader looks for."""
    table = Table([[text(name), text(words, LARGE)]], colWidths=[46 * mm, 74 * mm])
    table.hAlign = "LEFT"
    table.setStyle(TableStyle([("BOX", (0, 0), (-1, -1), 1.2, INK), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                               ("BOTTOMPADDING", (0, 0), (-1, -1), 7)]))  # fmt: skip
    return table


def together(*parts: Any) -> KeepTogether:
    """Parts that stand on one page."""
    return KeepTogether(list(parts))


class _Numbered(Canvas):
    """Writes 1 / 2 below each page once it is known how many there are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - the library's name
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for page in self._pages:
            self.__dict__.update(page)
            self.setFont(FONT, 8)
            self.setFillColor(SOFT)
            self.drawCentredString(A4[0] / 2, 10 * mm, f"{self._pageNumber} / {len(self._pages)}")
            super().showPage()
        super().save()


def printed(title: str, author: str, story: Sequence[Any]) -> bytes:
    """The PDF; the same story gives the same bytes."""
    _font_ready()
    buffer = BytesIO()
    sheet = SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=16 * mm, bottomMargin=20 * mm,
        title=title, author=author, lang="ja", invariant=1,
    )  # fmt: skip
    sheet.build(list(story), canvasmaker=_Numbered)
    return buffer.getvalue()
