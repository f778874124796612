"""The guide to the API, run as it is written."""

import re
import subprocess
from pathlib import Path

import pytest

from annotation.models import Submission
from tests.cast import cast
from tests.factories.annotation import make_open_order
from tests.live import Live
from vendors.services.access import access_token_create

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def test_every_command_of_the_guide_works_in_its_order(live: Live) -> None:
    people = cast()
    make_open_order(people)
    _token, secret = access_token_create(user=people.wataru, name="The guide", scopes=["work"])
    blocks = re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.S | re.M)
    run = subprocess.run(
        ["bash", "-c", "set -eu\n" + "\n".join(blocks)],
        env={"HITODE": live.url, "TOKEN": secret, "PATH": "/usr/local/bin:/usr/bin:/bin"},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert Submission.objects.get().writer == people.wataru
