"""The tour leads where it says: every file is there, and every name stands in a file of the sentence that tells of it."""

import re
import subprocess
from argparse import ArgumentParser, _SubParsersAction
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
QUOTED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"^[\w./-]+/[\w.-]*$|^[\w-]+\.(md|py)$")
NAME = re.compile(r"^[A-Za-z_]\w+$")


def paragraphs() -> list[str]:
    return [part for part in (ROOT / "docs" / "tour.md").read_text().split("\n\n") if "`" in part]


@cache
def text_of(path: str) -> str:
    place = ROOT / path
    files = place.rglob("*.py") if place.is_dir() else [place]
    return "\n".join(file.read_text() for file in files)


@pytest.mark.parametrize("paragraph", paragraphs(), ids=lambda text: text[:30])
def test_every_file_and_name_of_the_tour_is_there(paragraph: str) -> None:
    quoted = [" ".join(word.split()) for word in QUOTED.findall(paragraph)]
    files = [word for word in quoted if PATH.match(word) and not word.startswith("/")]
    for file in files:
        assert (ROOT / file).exists(), file
    told = "\n".join(map(text_of, files))
    for name in (word for word in quoted if NAME.match(word) and word not in {"make"}):
        assert re.search(rf"\b{name}\b", told), f"{name} is in none of {files}"


def commands_of(file: Path) -> set[str]:
    """The commands of manage.py and the targets of make that a page tells people to run."""
    text = file.read_text()
    commands = set(re.findall(r"manage\.py ([a-z_]+)", text))
    targets = {f"make {name}" for name in re.findall(r"(?:`|^|\n)make ([a-z-]+)", text)}
    return commands | targets


PAGES = [ROOT / name for name in ("README.md", "README.ja.md", "CONTRIBUTING.md")] + sorted(
    (ROOT / "docs").glob("*.md")
)


def options_of(parser: ArgumentParser) -> set[str]:
    """Every option of a command, and of what it is divided into."""
    found = set(parser._option_string_actions)
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            for below in action.choices.values():
                found |= options_of(below)
    return found


@cache
def known_commands() -> set[str]:
    from django.core.management import get_commands

    makefile = (ROOT / "Makefile").read_text()
    return {*get_commands(), *(f"make {name}" for name in re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE))}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_exists_and_takes_the_options_it_is_told_with(page: Path) -> None:
    from django.core.management import get_commands, load_command_class

    assert commands_of(page) <= known_commands()
    for line in re.findall(r"manage\.py ([a-z_]+(?: [^`\n]*)?)", page.read_text()):
        name, *words = line.split("#")[0].split()
        options = {word.partition("=")[0] for word in words if re.fullmatch(r"--[a-z][a-z-]*(=.*)?", word)}
        command = load_command_class(get_commands()[name], name)
        parser = command.create_parser("manage.py", name)
        assert options <= options_of(parser), f"manage.py {line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_and_file_that_a_page_links_to_is_there(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
        if not link.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / link).exists(), link


def test_every_target_of_make_can_be_made() -> None:
    """`make -n` finds each target and what it needs, without doing it."""
    for target in (name.removeprefix("make ") for name in known_commands() if name.startswith("make ")):
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
