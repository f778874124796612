"""What the benchmarks found, as a table for people and as JSON."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured quantity: its value in every round, and what it is held to. The median counts."""

    name: str
    rounds: Sequence[float]
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def value(self) -> float:
        return median(self.rounds)

    @property
    def target(self) -> str:
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return f"< {self.at_most:g}" if self.at_most is not None else ""

    @property
    def is_reached(self) -> bool | None:
        """Whether the target is reached; None when there is none."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return self.value < self.at_most if self.at_most is not None else None

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "median": round(self.value, 3),
            "rounds": [round(value, 3) for value in self.rounds],
            "unit": self.unit,
            "target": self.target,
            "is_reached": self.is_reached,
        }


def row(figure: Figure) -> list[str]:
    """The cells of one line of the table."""
    spread = f"{_number(min(figure.rounds))} to {_number(max(figure.rounds))}" if len(figure.rounds) > 1 else ""
    reached = {True: "reached", False: "NOT REACHED", None: ""}[figure.is_reached]
    return [figure.name, _number(figure.value), figure.unit, spread, figure.target, reached]


def table(figures: Iterable[Figure]) -> str:
    """All figures, aligned: median, unit, lowest to highest round, target, reached or not."""
    rows = [["", "median", "", "rounds", "target", ""], *map(row, figures)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for name, *cells in rows:
        rest = (
            cell.rjust(width) if index != 1 else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(cells, widths[1:], strict=True))
        )
        lines.append("  ".join([name.ljust(widths[0]), *rest]).rstrip())
    return "\n".join(lines)


def write_json(figures: Iterable[Figure], path: Path) -> None:
    """Write the figures and what they were measured on."""
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    found = {"machine": machine, "figures": [figure.to_dict() for figure in figures]}
    path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
