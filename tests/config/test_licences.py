"""What the installation is made of may be used and passed on."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from config.licences import Licensed, licences


def test_every_package_states_a_licence_that_is_known_to_be_free() -> None:
    found = list(licences())
    assert len(found) > 50 and len({one.name for one in found}) == len(found)
    assert [one.name for one in found if not one.is_known] == []


@pytest.mark.parametrize("licence", ["GPL-3.0-or-later", "AGPL-3.0", "Proprietary", ""])
def test_a_licence_that_asks_for_more_is_not_taken_for_free(licence: str) -> None:
    assert not Licensed("x", "1", licence).is_known


def test_a_package_under_the_gpl_is_found_in_a_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("django==5.2\nkrippendorff==0.9.0 \\\n    --hash=sha256:0\n")
    assert [one.name for one in licences(lock) if not one.is_known] == ["krippendorff"]


def test_the_command_lists_them() -> None:
    said = StringIO()
    call_command("licences", stdout=said, stderr=said)
    assert "django " in said.getvalue() and "To be read" not in said.getvalue()
