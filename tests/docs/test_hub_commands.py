"""What docs/releasing.md tells people to do by hand with a hub, run as it stands there, with the program of `huggingface_hub`."""

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from annotation.release.keys import key_new
from tests.cast import cast
from tests.docs.test_tour import ROOT
from tests.factories.records import make_record
from tests.hub import TOKEN, running_hub

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = ROOT / "docs" / "releasing.md"
FETCHES = "pip install "  # what this environment has


def lines_from(heading: str) -> list[str]:
    """The lines of the shell blocks of the page from a sentence on."""
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"```\n(.*?)```", text[text.index(heading) :], re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if not line.startswith(FETCHES)]


def test_a_release_goes_to_a_hub_and_comes_back_by_the_commands_of_the_page(settings: Settings, tmp_path: Path) -> None:
    settings.RELEASE_KEYS = tmp_path / "keys"
    public_key = key_new().public_bytes.hex()
    make_record(cast())
    built = tmp_path / "releases" / "2026-11"
    built.parent.mkdir()
    call_command("export_clean", "--out", str(built), "--json", stdout=StringIO())
    lines = lines_from("By hand, with the program")
    assert [line.split()[:2] for line in lines] == [
        ["hf", "upload"], ["hf", "repos"], ["hf", "download"], ["rm", "-r"], ["python", "copy/verify_release.py"],
    ]  # fmt: skip
    with running_hub() as hub:
        # The hub of the tests keeps large files by Git LFS, as all did before Xet.
        environment = {
            **os.environ, "HOME": str(tmp_path), "HF_HOME": str(tmp_path / "hf"), "HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN,
            "NO_PROXY": "127.0.0.1", "HF_HUB_DISABLE_XET": "1", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }  # fmt: skip
        for line in lines:
            line = line.replace("ORG/NAME", "yunagi/hitode").replace("PUBLIC_KEY", public_key)
            done = subprocess.run(
                line, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=40
            )
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}\n{hub.asked}"
        assert hub.repos["yunagi/hitode"].large, "both ways of sending were used"
    held = {path.relative_to(built): path.read_bytes() for path in built.rglob("*") if path.is_file()}
    copy = tmp_path / "copy"
    assert {path.relative_to(copy): path.read_bytes() for path in copy.rglob("*") if path.is_file()} == held
