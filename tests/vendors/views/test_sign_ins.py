"""Signing in as those who manage see it: second steps taken away with a reason, sessions ended, and by whom."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client

from tests.cast import Cast
from tests.factories.vendors import PASSWORD
from vendors.models import Letter, User

WHY = {"why": "The phone was lost; we spoke on video."}


def signed_in(user: User, agent: str = "Firefox at home") -> Client:
    client = Client(headers={"user-agent": agent})
    assert client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).status_code == 302
    return client


def step_of(user: User) -> None:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x"})


def test_a_lost_second_step_is_taken_away_and_its_owner_is_told(people: Cast, client: Client) -> None:
    theirs = signed_in(people.wataru)
    step_of(people.wataru)
    client.force_login(people.minato)
    address = f"/people/{people.wataru.public_id}/"
    page = client.get(address).content.decode()
    assert "Firefox at home" in page and "second-step/reset" in page
    assert client.post(f"{address}second-step/reset/", {"why": " "}).status_code == 400
    assert Authenticator.objects.count() == 2
    assert client.post(f"{address}second-step/reset/", WHY).status_code == 302
    assert not Authenticator.objects.exists() and not UserSession.objects.exists()
    assert theirs.get("/work/").status_code == 302
    assert Letter.objects.get().person == people.wataru


def test_somebody_is_signed_out_everywhere(people: Cast, client: Client) -> None:
    here, there = signed_in(people.wataru), signed_in(people.wataru, "Safari on a train")
    client.force_login(people.minato)
    assert client.post(f"/people/{people.wataru.public_id}/sessions/end/").status_code == 302
    assert [browser.get("/work/").status_code for browser in (here, there)] == [302, 302]
    assert "Safari" not in client.get(f"/people/{people.wataru.public_id}/").content.decode()


@pytest.mark.parametrize(
    ("by", "whose", "status"),
    [
        ("minato", "aoi", 403),
        ("minato", "minato", 403),
        ("ren", "wataru", 403),
        ("luna", "wataru", 403),
        ("aoi", "minato", 302),
    ],
)
def test_only_who_stands_above_may(people: Cast, client: Client, by: str, whose: str, status: int) -> None:
    person = getattr(people, whose)
    step_of(person)
    client.force_login(getattr(people, by))
    for path in ("second-step/reset/", "sessions/end/"):
        assert client.post(f"/people/{person.public_id}/{path}", WHY).status_code == status, path
    assert Authenticator.objects.filter(user=person).exists() == (status == 403)


def test_a_lead_sees_no_sign_ins_of_writers(people: Cast, client: Client) -> None:
    signed_in(people.wataru)
    client.force_login(people.luna)
    assert "Firefox at home" not in client.get(f"/people/{people.wataru.public_id}/").content.decode()
