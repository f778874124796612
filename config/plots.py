"""Plots as SVG inside the page, drawn on the server: no script, and no style of their own, so that the page's policy holds.

`parts/plot.html` shows a plot with its title, what its colours mean, and the same figures as a table one click away;
`plots.css` gives the colours.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width
from xml.etree import ElementTree

import pygal
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from pygal.style import Style

Text = str | Promise
Number = int | float

WIDTH, HEIGHT = 420, 200
BAR_HEIGHT = 26  # of each bar that lies
LABELS_SHOWN, LONG_SHOWN = 5, 3
LONG = 8  # signs of a label of which fewer stand side by side
FEW = 4
STEPS = 5  # up to so many times a few, an axis is marked in whole steps of its own

# The library reserves room by these sizes; the signs themselves are set by the stylesheet, at the same size.
_STYLE = Style(label_font_size=14, major_label_font_size=14)
_PLAIN = {
    "js": [],
    "css": [],
    "disable_xml_declaration": True,
    "style": _STYLE,
    "show_legend": False,
    "margin": 8,
    "truncate_label": -1,
}
_LEFT_OUT = {"defs", "script", "style", "desc", "title"}


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawn plot and the figures it was drawn from: `columns` and `rows` of its table, `legend` when it has series.

    `links` has an address for each cell of the rows that leads somewhere, and "" for the others.
    """

    title: Text
    svg: SafeString
    legend: Sequence[Text]
    columns: Sequence[Text]
    rows: Sequence[Sequence[Text | Number]]
    kind: str = ""
    links: Sequence[Sequence[str]] = ()

    @property
    def lines(self) -> list[list[tuple[Text | Number, str]]]:
        """The rows, each figure with the address it leads to."""
        links = self.links or [[""] * len(row) for row in self.rows]
        return [list(zip(row, of_row, strict=True)) for row, of_row in zip(self.rows, links, strict=True)]


def lines_plot(
    *,
    title: Text,
    label: Text,
    labels: Sequence[str],
    series: Mapping[Text, Sequence[Number | None]],
    area: bool = False,
    dots: bool = False,
) -> Plot:
    """Values along a row of labels, such as days; `area` fills what is below the line, `dots` marks each value."""
    chart = pygal.Line(
        **_PLAIN, width=WIDTH, height=HEIGHT, show_dots=dots, dots_size=3, fill=area, include_x_axis=True, show_minor_x_labels=False,
        x_labels_major_every=_every(labels), max_scale=6, min_scale=3, formatter=_short,
    )  # fmt: skip
    return _plot(chart, title, label, labels, series)


def columns_plot(
    *,
    title: Text,
    label: Text,
    labels: Sequence[str],
    series: Mapping[Text, Sequence[Number | None]],
    limit: Number | None = None,
) -> Plot:
    """Columns that stand on a row of labels; several series stand on each other. `limit` is drawn across them."""
    chart = pygal.StackedBar(
        **_PLAIN, width=WIDTH, height=HEIGHT, include_x_axis=True, show_minor_x_labels=False, spacing=4,
        x_labels_major_every=_every(labels), max_scale=6, min_scale=3, formatter=_short,
    )  # fmt: skip
    if limit:
        chart.y_labels = [0, limit / 2, limit]
        chart.y_labels_major = [limit]
    return _plot(chart, title, label, labels, series)


def bars_plot(*, title: Text, label: Text, values: Mapping[Text, Number], unit: Text = "") -> Plot:
    """One lying bar for each thing, the first on top."""
    height = BAR_HEIGHT * max(1, len(values)) + 40
    size = _label_size([str(key) for key in values])
    chart = pygal.HorizontalBar(
        **_PLAIN | {"style": Style(label_font_size=size, major_label_font_size=size)},
        width=WIDTH,
        height=height,
        include_x_axis=True,
        spacing=8,
        max_scale=5,
        min_scale=2,
        formatter=_short,
    )
    reversed_values = dict(reversed(list(values.items())))
    drawn = _plot(
        chart, title, label, [str(key) for key in reversed_values], {unit or _("Count"): [*reversed_values.values()]}
    )
    return Plot(drawn.title, drawn.svg, drawn.legend, drawn.columns, [*reversed(drawn.rows)])


def _label_size(labels: Sequence[str]) -> float:
    """The size by which the library, for which every sign is six tenths wide, keeps room for labels with wide signs at 16 pixels."""
    widest = max((sum(1.0 if east_asian_width(sign) in "WF" else 0.6 for sign in label) for label in labels), default=0)
    longest = max(map(len, labels), default=0)
    return max(14.0, 16 * widest / (0.6 * longest)) if longest else 14.0


def _every(labels: Sequence[str]) -> int:
    """Each how manieth label is written. The library writes all of one wording or none: labels must differ."""
    shown = LONG_SHOWN if max(map(len, labels), default=0) > LONG else LABELS_SHOWN
    return max(1, -(-len(labels) // shown))


def course_plot(
    *,
    title: Text,
    across: Text,
    upward: Text,
    line: Sequence[tuple[Number, Number]],
    marks: Mapping[Text, Sequence[tuple[Number, Number]]],
) -> Plot:
    """How something grew, as a line over an axis of numbers, with what happened on the way marked on it."""
    chart = pygal.XY(
        **_PLAIN, width=WIDTH, height=HEIGHT, include_x_axis=True, max_scale=6, min_scale=3, value_formatter=_short,
        x_value_formatter=_short, dots_size=4, range=(0, max([y for _x, y in line] + [FEW])),
    )  # fmt: skip
    chart.add(str(upward), list(line), show_dots=False)
    for name, points in marks.items():
        chart.add(str(name), list(points), stroke=False)
    told: dict[tuple[Number, Number], list[str]] = {}
    for name, points in marks.items():
        for point in points:
            told.setdefault(point, []).append(str(name))
    rows = [[x, y, ", ".join(told.get((x, y), []))] for x, y in line]
    return Plot(title, _svg(chart, title), [upward, *marks], [across, upward, _("Marked")], rows, "plot-course")


def _plot(
    chart: pygal.graph.graph.Graph,
    title: Text,
    label: Text,
    labels: Sequence[str],
    series: Mapping[Text, Sequence[Number | None]],
) -> Plot:
    chart.x_labels = list(labels)
    for name, values in series.items():
        chart.add(str(name), list(values))
    together = sum if isinstance(chart, pygal.StackedBar) else max
    top = max((together(value or 0 for value in column) for column in zip(*series.values(), strict=True)), default=0)
    is_whole = all(isinstance(value, int) for one in series.values() for value in one if value is not None)
    if not getattr(chart, "y_labels", None) and top <= FEW * STEPS and is_whole:
        step = max(1, -(-top // FEW))  # there is no half of a thing
        chart.y_labels = list(range(0, FEW * step + 1, step))
    columns = [label, *series]
    rows = [
        [one, *(("" if value is None else value) for value in row)]
        for one, *row in zip(labels, *series.values(), strict=True)
    ]
    legend = [*series] if len(series) > 1 else []
    return Plot(title, _svg(chart, title), legend, columns, rows)


def _svg(chart: pygal.graph.graph.Graph, title: Text) -> SafeString:
    """The drawing without what the page's policy forbids, with its title for those who cannot see it."""
    root = chart.render_tree()
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag.rpartition("}")[2] in _LEFT_OUT:
                parent.remove(child)
            child.attrib.pop("style", None)
    # The library sets a label's foot by the size it reckons with; here its middle is set, which is the same in every size.
    for axis in (one for one in root.iter() if one.get("class", "").startswith("axis y")):
        for sign in (one for one in axis.iter() if one.get("y")):
            sign.set("y", f"{float(sign.get('y', 0)) - 0.35 * chart.config.style.label_font_size:g}")
    root.attrib.pop("id", None)
    name = "plot-drawing has-limit" if getattr(chart, "y_labels_major", None) else "plot-drawing"
    root.attrib.update({"class": name, "role": "img", "aria-label": str(title)})
    text = ElementTree.tostring(root, encoding="unicode")
    # Inside HTML an SVG needs no names of spaces; and the library repeats some.
    return mark_safe(re.sub(r'\sxmlns(:\w+)?="[^"]*"|(?<=[</])ns\d+:', "", text))


def _short(value: Number) -> str:
    """A figure on an axis."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
