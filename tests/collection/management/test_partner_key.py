import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from collection.models import PartnerKey
from collection.services.partners import partner_of_key

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("partner_key", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def test_a_new_key_is_the_only_thing_on_standard_output() -> None:
    key = run("create", "Forms", "--origin", "https://Form.example.com/", "--daily", "5")
    partner = partner_of_key(key)
    assert (partner.name, partner.daily_questions) == ("Forms", 5)
    assert partner.allowed_origins == ["https://form.example.com"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["create", " "],
        ["create", "Forms", "--daily", "0"],
        ["create", "Forms", "--origin", "form.example.com"],
        ["create", "Forms", "--origin", "https://form.example.com/path"],
        ["create", "Forms", "--origin", "*"],
        ["revoke", "Nobody"],
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)
    assert not PartnerKey.objects.exists()


def test_one_name_has_one_key_in_use() -> None:
    run("create", "Forms")
    with pytest.raises(CommandError):
        run("create", "Forms")
    run("revoke", "Forms")
    run("create", "Forms")
    rows = json.loads(run("list", "--json"))
    assert [bool(row["revoked_at"]) for row in rows] == [False, True]
    assert all(row["asked_today"] == 0 for row in rows)
