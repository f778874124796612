"""Reading a release in a test as whoever downloads it does."""

import json
from pathlib import Path
from typing import Any

from annotation.release.record_lines import SIDES, data_path


def lines_of(folder: Path) -> list[bytes]:
    """The canonical lines of every side, in the order of their ids."""
    paths = [folder / data_path(side) for side in SIDES]
    lines = [line for path in paths if path.exists() for line in path.read_bytes().splitlines(keepends=True)]
    return sorted(lines, key=lambda line: str(json.loads(line)["id"]))


def records_of(folder: Path) -> list[dict[str, Any]]:
    """The records of every side, in the order of their ids."""
    return [json.loads(line) for line in lines_of(folder)]
