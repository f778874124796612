"""The first start of a real installation."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.factories.vendors import PASSWORD
from vendors.models import User
from vendors.selectors import seat_get_for

pytestmark = pytest.mark.django_db


def create(monkeypatch: Any, password: str, *arguments: str) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    said = io.StringIO()
    call_command("create_owner", *arguments, "--password-stdin", stdout=said)
    return said.getvalue()


def test_an_owner_and_the_operator_are_made(monkeypatch: Any) -> None:
    said = create(monkeypatch, PASSWORD, "Boss@Example.jp", "Boss", "--organisation", "House")
    assert "boss@example.jp is an owner" in said
    owner = User.objects.get()
    seat = seat_get_for(owner)
    assert seat is not None
    assert (seat.organisation.name, seat.roles, owner.check_password(PASSWORD)) == ("House", {"owner"}, True)


@pytest.mark.parametrize(
    ("email", "password"), [("boss@example.jp", "short"), ("not an address", PASSWORD), ("boss@example.jp", "")]
)
def test_what_cannot_be_is_refused(monkeypatch: Any, email: str, password: str) -> None:
    with pytest.raises(CommandError):
        create(monkeypatch, password, email, "Boss")
    assert not User.objects.exists()


def test_an_address_is_used_once(monkeypatch: Any) -> None:
    create(monkeypatch, PASSWORD, "boss@example.jp", "Boss")
    with pytest.raises(CommandError, match="already"):
        create(monkeypatch, PASSWORD, "boss@example.jp", "Boss")
