"""The weight of the editor's script: it comes to people who write all day, on whatever they have."""

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "annotation" / "static" / "annotation" / "js"
MOST_BYTES = 40_960


def scripts_of(name: str) -> set[Path]:
    """A script of the hall with all of the hall's that it imports."""
    found, left = set(), [FOLDER / name]
    while left:
        file = left.pop()
        if file not in found:
            found.add(file)
            left += [FOLDER / other for other in re.findall(r'from "\./([^"]+)"', file.read_text(encoding="utf-8"))]
    return found


def test_the_editors_script_stays_under_forty_kilobytes() -> None:
    files = scripts_of("editor.js")
    assert {file.name for file in files} >= {"editor.js", "keeping.js", "trace.js", "closeness.js"}
    assert sum(file.stat().st_size for file in files) < MOST_BYTES
