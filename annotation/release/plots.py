"""Plots of a release: pictures of the manifest's figures, as files of SVG that stand alone. The same figures, the same bytes."""

import re
from collections.abc import Mapping
from typing import Any

import pygal
from pygal.style import Style

STYLE = Style(
    background="#fbf9f4", plot_background="#fbf9f4", foreground="#3b3a36", foreground_strong="#1f1e1c", foreground_subtle="#8a877e",
    colors=("#b3402f",), font_family="sans-serif", title_font_size=18, label_font_size=13, value_font_size=13,
    opacity="1", value_colors=("#1f1e1c",),
)  # fmt: skip
MOST_BARS = 20
MOST_LEVEL = 8  # labels that stand side by side
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def plots(manifest: dict[str, Any]) -> dict[str, bytes]:
    """Return the plots by path: lengths, minutes, categories, and what reviewers decided."""
    told = manifest["figures"]["records"]
    categories = sorted(manifest["counts"]["category"].items(), key=lambda one: (-one[1], one[0]))[:MOST_BARS]
    drawn = {
        "output-characters": ("出力の文字数 / Characters of an output", told["characters_histogram"]),
        "active-minutes": ("書いていた時間（分） / Active minutes", told["minutes_histogram"]),
        "categories": ("分類 / Categories", dict(categories)),
        "verdicts": ("検収の判断 / Verdicts of reviewers", manifest["figures"]["operation"].get("reviews", {})),
    }
    return {
        f"plots/{name}.svg": _columns(name, title, values)
        for name, (title, values) in drawn.items()
        if any(values.values())
    }


def _columns(name: str, title: str, values: Mapping[str, int]) -> bytes:
    chart = pygal.Bar(
        style=STYLE, js=(), width=720, height=360, show_legend=False, title=title, print_values=True, print_values_position="top",
        x_label_rotation=25 if len(values) > MOST_LEVEL else 0, show_y_guides=False, show_y_labels=False,
        no_prefix=True, disable_xml_declaration=True,
    )  # fmt: skip
    chart.uuid = name  # else a random one, and other bytes each time
    chart.x_labels = list(values)
    chart.add("", list(values.values()))
    drawn = COMMENT.sub("", str(chart.render(is_unicode=True)))  # the library signs with the day
    return drawn.encode() + b"\n"
