"""The pages on which a person gives programs their way in, and sees where they are signed in."""

import re

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from tests.cast import Cast
from tests.factories.vendors import PASSWORD
from vendors.models import AccessToken


def test_a_token_is_made_shown_once_and_taken_back(people: Cast, client: Client) -> None:
    client.force_login(people.luna)
    page = client.get("/security/tokens/", headers={"accept-language": "ja"})
    assert "90日" in page.content.decode()
    offered = [value for value, _label in page.context["form"].fields["scopes"].choices]
    assert offered == ["orders", "money"]
    made = client.post("/security/tokens/", {"name": "Ledger", "scopes": ["orders"], "days": "30"})
    secret = re.search(r'value="(hti_[^"]+)"', made.content.decode())[1]  # type: ignore[index]
    assert "no-store" in made["Cache-Control"]
    assert secret not in client.get("/security/tokens/").content.decode()
    program = Client(headers={"authorization": f"Bearer {secret}"})
    assert program.get("/api/v1/orders").status_code == 200
    token = AccessToken.objects.get()
    client.force_login(people.riku)
    assert client.post(f"/security/tokens/{token.public_id}/revoke/").status_code == 404
    client.force_login(people.luna)
    client.post(f"/security/tokens/{token.public_id}/revoke/")
    assert program.get("/api/v1/orders").status_code == 401


@pytest.mark.parametrize("change", [{"scopes": ["imports"]}, {"scopes": []}, {"name": ""}, {"days": "10000"}])
def test_a_token_that_cannot_be_is_refused(people: Cast, client: Client, change: dict[str, object]) -> None:
    client.force_login(people.luna)
    form = {"name": "Ledger", "scopes": ["orders"], "days": "30", **change}
    assert client.post("/security/tokens/", form).status_code == 422
    assert not AccessToken.objects.exists()


def test_somebody_who_left_gets_no_token(people: Cast, client: Client) -> None:
    client.force_login(people.emi)
    assert client.get("/security/tokens/").status_code == 403


def signed_in(people: Cast, agent: str) -> Client:
    client = Client(headers={"user-agent": agent})
    form = {"login": people.luna.email, "password": PASSWORD}
    assert client.post("/accounts/login/", form, REMOTE_ADDR="203.0.113.9").status_code == 302
    return client


def test_other_sessions_are_seen_and_ended(people: Cast) -> None:
    here, there = signed_in(people, "Firefox at home"), signed_in(people, "Safari on a train")
    page = here.get("/accounts/sessions/").content.decode()
    assert "Firefox at home" in page and "Safari on a train" in page and "203.0.113.9" in page
    assert 'href="/security/tokens/"' in page and 'href="/webhooks/"' in page
    foreign = UserSession.objects.get(user_agent="Safari on a train")
    stranger = Client()
    stranger.force_login(people.riku)
    assert stranger.post(f"/security/sessions/{foreign.pk}/end/").status_code == 404
    third = signed_in(people, "Edge at work")
    here.post(f"/security/sessions/{foreign.pk}/end/")
    assert there.get("/security/tokens/").status_code == 302
    assert third.get("/security/tokens/").status_code == 200
    here.post("/accounts/sessions/")
    assert third.get("/security/tokens/").status_code == 302
    assert there.get("/security/tokens/").status_code == 302
    assert here.get("/security/tokens/").status_code == 200
    assert UserSession.objects.filter(user=people.luna).count() == 1
