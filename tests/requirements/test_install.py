"""Which Python `.venv` is made with."""

import os
import sys
from pathlib import Path

import pytest

from requirements import install

HERE = list(sys.version_info[:2])


def program(folder: Path, name: str, says: str) -> str:
    """A program that answers whatever it is asked with one line."""
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\necho '{says}'\n")
    file.chmod(0o755)
    return str(file)


@pytest.mark.parametrize(
    ("answers", "chosen"),
    [
        ([f"[{HERE}, 0.030]", f"[{HERE}, 0.020]"], 1),
        ([f"[{HERE}, 0.021]", f"[{HERE}, 0.020]"], 0),
        ([f"[{HERE}, 0.020]", f"[{HERE}, 0.030]"], 0),
        ([f"[{HERE}, 0.030]", "[[3, 9], 0.010]"], 0),
        (["No module named ensurepip", f"[{HERE}, 0.030]"], 1),
        (["not installed", "neither"], 0),
    ],
    ids=["a clearly quicker one", "chance", "the first", "another version", "without pip", "none that answers"],
)
def test_the_quickest_sound_build_of_this_version_is_taken(tmp_path: Path, answers: list[str], chosen: int) -> None:
    pythons = [program(tmp_path, f"python{number}", says) for number, says in enumerate(answers)]
    assert install.quickest(pythons) == pythons[chosen]


def test_this_python_can_be_asked() -> None:
    assert install.quickest([sys.executable]) == sys.executable


def test_every_build_on_the_path_is_asked_and_nothing_else(tmp_path: Path) -> None:
    name = install.NAMES[0]
    first, second = program(tmp_path / "a", name, ""), program(tmp_path / "b", name, "")
    third = program(tmp_path / "b", "python3", "")
    program(tmp_path / "b", "python2", "")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / name).write_text("no program")
    path = os.pathsep.join(str(tmp_path / folder) for folder in ("a", "b", "c", "gone"))
    assert install.pythons_on(path) == [first, second, third]


def test_a_build_with_two_names_is_asked_once(tmp_path: Path) -> None:
    asked = program(tmp_path, "python3.11", f"[{HERE}, 0.030]")
    (tmp_path / "python3.11").write_text(f"#!/bin/sh\necho >> {tmp_path}/asked\necho '[{HERE}, 0.030]'\n")
    (tmp_path / "python3").symlink_to(asked)
    assert install.quickest([asked, str(tmp_path / "python3")]) == asked
    assert (tmp_path / "asked").read_text() == "\n" * 2  # as often as one with one name
