"""Signing in: who may, where they land, and in which language."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import Cast
from tests.factories.vendors import PASSWORD
from vendors.doors import landing_url
from vendors.models import User
from vendors.selectors import seat_get_for
from vendors.services import user_suspend


def sign_in(client: Client, email: str, password: str = PASSWORD, **extra: str):
    return client.post(reverse("account_login"), {"login": email, "password": password, **extra})


@pytest.mark.parametrize(
    ("name", "place"),
    [("luna", "vendors:orders"), ("fumi", "vendors:statements"), ("aoi", "annotation:dashboard"),
     ("minato", "annotation:dashboard"), ("ren", "annotation:review"), ("wataru", "annotation:work")],
)  # fmt: skip
def test_everybody_lands_in_their_own_room(people: Cast, client: Client, name: str, place: str) -> None:
    person = getattr(people, name)
    response = sign_in(client, person.email)
    assert response.status_code == 302
    assert response["Location"] == landing_url(seat_get_for(person)) == reverse(place)


def test_who_left_lands_outside(people: Cast, client: Client) -> None:
    assert sign_in(client, people.emi.email)["Location"] == "/"
    for address in ("/orders/", "/earnings/", "/people/", "/agreements/"):
        assert client.get(address).status_code == 403


def test_who_was_on_the_way_somewhere_goes_there(people: Cast, client: Client) -> None:
    assert sign_in(client, people.luna.email, next="/people/")["Location"] == "/people/"
    client.logout()
    assert sign_in(client, people.luna.email, next="https://elsewhere.example/")["Location"] == reverse(
        "vendors:orders"
    )


def test_the_persons_language_is_spoken_unless_this_browser_chose_one(people: Cast, client: Client, settings) -> None:
    people.luna.language = "ja"
    people.luna.save()
    response = sign_in(client, people.luna.email)
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "ja"
    client.logout()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert settings.LANGUAGE_COOKIE_NAME not in sign_in(client, people.luna.email).cookies


def test_nobody_signs_up_without_an_invitation(db: None, client: Client) -> None:
    form = {"email": "new@example.jp", "password1": PASSWORD, "password2": PASSWORD}
    page = client.post(reverse("account_signup"), form)
    assert "_auth_user_id" not in client.session
    assert page.status_code in {200, 403}
    assert not User.objects.filter(email="new@example.jp").exists()


def test_a_suspended_person_is_signed_out_and_stays_out(people: Cast, client: Client) -> None:
    sign_in(client, people.wataru.email)
    user_suspend(user=people.wataru, by=people.luna)
    assert client.get("/orders/").status_code == 302
    assert sign_in(client, people.wataru.email)["Location"] == reverse("account_inactive")
    assert client.get("/orders/").status_code == 302


def test_signing_in_puts_no_message_in_the_way_of_the_room(people: Cast, client: Client) -> None:
    sign_in(client, people.luna.email)
    assert 'class="messages"' not in client.get(reverse("vendors:orders")).content.decode()


def guess(number: int, password: str = "a guess", email: str = "luna@example.jp", address: str = "") -> str:
    """The page that answers a try, each from another address unless one is given."""
    form = {"login": email, "password": password}
    made_up = {"x-forwarded-for": f"198.51.100.{number}"}
    answer = Client().post(
        reverse("account_login"), form, headers=made_up, REMOTE_ADDR=address or f"203.0.113.{number}"
    )
    return str(answer.status_code) + answer.content.decode()


def test_guessing_a_password_ends_soon_wherever_it_is_tried_from(people: Cast) -> None:
    assert not any("Too many" in guess(number) for number in range(5))
    assert "Too many" in guess(99, PASSWORD)  # the right one, after too many guesses


def test_a_made_up_address_does_not_help_who_guesses(people: Cast) -> None:
    """No proxy is trusted here, so that the header counts for nothing."""
    pages = [guess(number, email=f"nobody{number}@example.jp", address="203.0.113.1") for number in range(12)]
    assert "Too many" in pages[-1] and "Too many" not in pages[0]
