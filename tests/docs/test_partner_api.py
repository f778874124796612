"""The guide for partners, run as it is written."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from collection.models import Instruction
from collection.services.partners import partner_key_create
from tests.factories.collection import make_terms
from tests.live import Live

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "partner-api.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="the guide's examples are curl commands")
def test_every_command_of_the_guide_works_in_its_order(live: Live) -> None:
    make_terms()
    _, key = partner_key_create(name="Example Forms", daily_questions=10)
    blocks = re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.S | re.M)
    script = "set -eu\n" + "\necho; echo ---\n".join(blocks)
    run = subprocess.run(
        ["bash", "-c", script],
        env={"HITODE": live.url, "KEY": key, "PATH": "/usr/local/bin:/usr/bin:/bin"},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    _, terms, _, whole, stream, again = (part.strip() for part in run.stdout.split("---\n"))
    assert json.loads(terms)["version"] == 1
    assert json.loads(whole)["status"] == "complete"
    assert stream.startswith("event: start") and "event: done" in stream
    assert again.endswith('"status": "withdrawn"}')
    assert Instruction.objects.filter(status="withdrawn", instruction="").count() == 1
    assert Instruction.objects.count() == 3
