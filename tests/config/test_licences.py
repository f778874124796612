"""What the installation is made of may be used and passed on."""

from contextlib import suppress
from io import StringIO

import pytest
from django.core.management import call_command

from config.licences import Licensed, licences

# Under the GPL: whether what we pass on may hold it is for a person to decide.
TO_BE_READ = {"krippendorff"}


def test_every_package_states_a_licence_that_is_known_to_be_free() -> None:
    found = list(licences())
    assert len(found) > 50 and len({one.name for one in found}) == len(found)
    assert {one.name for one in found if not one.is_known} <= TO_BE_READ


@pytest.mark.parametrize("licence", ["GPL-3.0-or-later", "AGPL-3.0", "Proprietary", ""])
def test_a_licence_that_asks_for_more_is_not_taken_for_free(licence: str) -> None:
    assert not Licensed("x", "1", licence).is_known


def test_the_command_lists_them() -> None:
    said = StringIO()
    with suppress(SystemExit):
        call_command("licences", stdout=said, stderr=said)
    assert "django " in said.getvalue()
    assert all(name in said.getvalue().rpartition("To be read")[2] for name in TO_BE_READ)
