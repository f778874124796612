"""Counting how two files of records differ."""

import random
from pathlib import Path

import orjson
import pytest

from annotation.release.differences import Difference, difference_count


def record(number: int, *, output: str = "a", language: str = "ja", category: str = "coding") -> dict[str, str]:
    return {"id": f"{number:08}", "output": output, "language": language, "category": category}


def counted(folder: Path, old: list[dict[str, str]], new: list[dict[str, str]]) -> Difference:
    for name, records in (("old", old), ("new", new)):
        lines = [
            orjson.dumps(one, option=orjson.OPT_SORT_KEYS) + b"\n" for one in sorted(records, key=lambda r: r["id"])
        ]
        (folder / name).write_bytes(b"".join(lines))
    return difference_count(folder / "old", folder / "new")


def test_records_are_added_gone_changed_and_kept_by_language_and_category(tmp_path: Path) -> None:
    old = [record(1), record(2), record(3, language="en"), record(5, category="")]
    new = [record(0, category="roleplay"), record(1), record(3, language="en", output="b"), record(6), record(7)]
    found = counted(tmp_path, old, new)
    assert (found.added.count, found.gone.count, found.changed.count, found.kept) == (3, 2, 1, 1)
    assert found.rows("language") == [("ja", 3, 2, 0), ("en", 0, 0, 1)]
    assert found.rows("category") == [("coding", 2, 1, 1), ("other", 0, 1, 0), ("roleplay", 1, 0, 0)]
    assert not found.is_none


def test_the_same_records_differ_in_nothing(tmp_path: Path) -> None:
    records = [record(number) for number in range(9)]
    found = counted(tmp_path, records, records)
    assert found.is_none and found.kept == 9 and found.rows("language") == []


@pytest.mark.parametrize("seed", range(20))
def test_the_walk_finds_what_comparing_all_ids_finds(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    sides = [
        {
            number: record(number, output=chance.choice("ab"))
            for number in chance.sample(range(40), chance.randint(0, 30))
        }
        for _side in range(2)
    ]
    old, new = sides
    found = counted(tmp_path, [*old.values()], [*new.values()])
    both = old.keys() & new.keys()
    assert found.added.count == len(new.keys() - old.keys())
    assert found.gone.count == len(old.keys() - new.keys())
    assert found.changed.count == sum(old[number] != new[number] for number in both)
    assert found.kept == sum(old[number] == new[number] for number in both)
