"""`make bench [ONLY=queue,export] [ROUNDS=3]`: measure, print one table, write var/bench/report.json.

Noise: everything is measured on a machine that does other things too. Compare figures of one run, quote medians.
"""

import argparse
import importlib
import os
import sys

from tests.bench import place
from tests.bench.report import Figure, row, table, write_json

BENCHES = (
    "queue",
    "editor",
    "desk",
    "export",
    "stream",
    "cleanroom",
    "quality",
    "tiles",
    "gate",
    "recorder",
    "money",
    "pages",
    "bulk",
    "install",
)


def main() -> int:
    """Run the benches that were asked for; returns 1 when a target was missed."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", default="", help=f"some of {', '.join(BENCHES)}, separated by commas")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    chosen = [name.strip() for name in asked.only.split(",") if name.strip()] or list(BENCHES)
    if unknown := set(chosen) - set(BENCHES):
        parser.error(f"there is no bench {', '.join(sorted(unknown))}")
    print(f"Load before the first round: {os.getloadavg()[0]:.1f}", flush=True)
    place.prepare()
    figures: list[Figure] = []
    for name in chosen:
        for figure in importlib.import_module(f"tests.bench.bench_{name}").measure(asked.rounds):
            print("  ".join(cell for cell in row(figure) if cell), file=sys.stderr, flush=True)
            figures.append(figure)
    print(table(figures))
    write_json(figures, place.VAR / "report.json")
    return int(any(figure.is_reached is False for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
