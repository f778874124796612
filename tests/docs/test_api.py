"""The commands of docs/api.md do what the page says, against the real site."""

import os
import subprocess
from pathlib import Path

import pytest

from annotation.models import Submission
from tests.cast import cast
from tests.docs.test_partner_api import commands_of
from tests.factories.annotation import make_open_order
from tests.live import Live
from vendors.services.access import access_token_create

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


@pytest.mark.live
def test_every_command_of_the_page_works(live: Live) -> None:
    people = cast()
    make_open_order(people)
    _token, secret = access_token_create(user=people.wataru, name="Docs", scopes=["work"])
    environment = {**os.environ, "HITODE": live.url, "TOKEN": secret}
    script = "set -eu\n" + "\n".join(commands_of(PAGE))
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert Submission.objects.get().writer == people.wataru
