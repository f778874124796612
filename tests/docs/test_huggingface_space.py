"""The guide for a Space names what exists."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import resolve

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "huggingface-space.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", GUIDE, re.S | re.M)
    assert found, language
    return found[1]


def test_the_space_begins_at_the_page_for_frames() -> None:
    path = re.search(r"^base_path: (.+)$", block("yaml"), re.M)
    assert path
    assert resolve(path[1]).view_name == "collection:embed"


def test_the_port_is_the_one_that_is_served() -> None:
    port = re.search(r"^app_port: (\d+)$", block("yaml"), re.M)
    assert port
    assert f"--port {port[1]}" in block("procfile")


@pytest.mark.parametrize("language", ["procfile", "dockerfile"])
def test_every_command_exists(language: str) -> None:
    named = re.findall(r"manage\.py (\w+)", block(language))
    assert named
    assert set(named) <= set(get_commands())


def test_every_variable_is_one_that_is_read() -> None:
    known = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"^\| `([A-Z_]+)`", GUIDE, re.M)) <= known
