"""Invitations from the letter to the seat."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.cast import Cast
from tests.factories.vendors import PASSWORD, make_user
from vendors.models import Invitation, User
from vendors.selectors import seat_get_for
from vendors.services import invitation_revoke, invitation_send
from vendors.services.invitations import LetterUnsent

ACCOUNT = {"name": "海野 真帆", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def invite(people: Cast, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any) -> Any:
    """Send an invitation and give the path of the link in its letter."""

    def send(*, by: User, email: str, role: str = "writer", organisation: Any = None) -> str:
        with django_capture_on_commit_callbacks(execute=True):
            invitation_send(by=by, organisation=organisation or people.kaede, role=role, email=email)
        return path_in(mailoutbox[-1].body)

    return send


def path_in(body: str) -> str:
    found = re.search(r"http://localhost:\d+(/invitations/[\w-]+/)", body)
    assert found, body
    return found[1]


def test_a_lead_invites_a_writer_who_joins_and_lands_at_work(
    people: Cast, client: Client, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    client.force_login(people.luna)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post("/people/invite/", {"email": " Maho@Example.jp "})
    assert response["Location"] == "/people/"
    letter = mailoutbox[-1]
    assert letter.to == ["maho@example.jp"]
    assert "Kaede Writing" in letter.subject
    assert b"maho@example.jp" in client.get("/people/").content

    newcomer = Client()
    path = path_in(letter.body)
    page = newcomer.get(path)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    response = newcomer.post(path, ACCOUNT)
    assert response.status_code == 302
    made = User.objects.get(email="maho@example.jp")
    seat = seat_get_for(made)
    assert seat is not None
    assert (made.name, seat.organisation, seat.roles) == ("海野 真帆", people.kaede, {"writer"})
    assert newcomer.get("/orders/").status_code == 200
    assert newcomer.post("/accounts/logout/").status_code == 302
    assert newcomer.get(path).status_code == 410


def test_the_letter_speaks_the_readers_language(people: Cast, invite: Any, mailoutbox: list[Any]) -> None:
    former = make_user(email="yoko@example.jp", language="ja")
    invite(by=people.luna, email=former.email)
    assert "招待されました" in mailoutbox[-1].body
    invite(by=people.luna, email="unknown@example.jp")
    assert "invites you to join Kaede Writing" in mailoutbox[-1].body


def test_names_are_not_escaped_in_a_letter(people: Cast, invite: Any, mailoutbox: list[Any]) -> None:
    people.kaede.name = "O'Neill & Sons"
    people.kaede.save()
    invite(by=people.luna, email="unknown@example.jp")
    assert mailoutbox[-1].subject.startswith("O'Neill & Sons")
    assert "O'Neill & Sons" in mailoutbox[-1].body


def test_passwords_must_match_and_be_good(people: Cast, invite: Any, client: Client) -> None:
    path = invite(by=people.luna, email="maho@example.jp")
    for first, second in (("short", "short"), (PASSWORD, PASSWORD + "x"), ("maho@example.jp", "maho@example.jp")):
        response = client.post(path, {"name": "Maho", "password1": first, "password2": second})
        assert response.status_code == 422
    assert not User.objects.filter(email="maho@example.jp").exists()


def test_somebody_with_an_account_signs_in_first_and_then_joins(people: Cast, invite: Any, client: Client) -> None:
    path = invite(by=people.luna, email=people.emi.email)
    page = client.get(path).content.decode()
    assert f"/accounts/login/?next={path}" in page
    assert client.post(path, ACCOUNT).status_code == 200  # a form for a new account does nothing here
    response = client.post("/accounts/login/", {"login": people.emi.email, "password": PASSWORD, "next": path})
    assert response["Location"] == path
    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 302
    seat = seat_get_for(User.objects.get(pk=people.emi.pk))
    assert seat is not None
    assert seat.organisation == people.kaede


def test_an_invitation_is_for_one_address(people: Cast, invite: Any, client: Client) -> None:
    path = invite(by=people.luna, email="maho@example.jp")
    client.force_login(people.rei)
    for response in (client.get(path), client.post(path)):
        assert response.status_code == 403
    assert Invitation.objects.get().accepted_at is None


def test_somebody_of_a_rival_cannot_join_before_leaving(people: Cast, invite: Any, client: Client) -> None:
    path = invite(by=people.luna, email=people.rei.email)
    client.force_login(people.rei)
    response = client.post(path)
    assert response.status_code == 409
    assert Invitation.objects.get().accepted_at is None


@pytest.mark.parametrize("method", ["get", "post"])
def test_links_that_are_over_say_so(people: Cast, invite: Any, client: Client, method: str) -> None:
    visit = getattr(client, method)
    assert visit("/invitations/never-made/").status_code == 404
    expired = invite(by=people.luna, email="a@example.jp")
    Invitation.objects.filter(email="a@example.jp").update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "expired" in answer(visit(expired), 410)
    revoked = invite(by=people.luna, email="b@example.jp")
    invitation_revoke(invitation=Invitation.objects.get(email="b@example.jp"), by=people.luna)
    assert "taken back" in answer(visit(revoked), 410)
    replaced = invite(by=people.luna, email="c@example.jp")
    invite(by=people.luna, email="c@example.jp")
    assert "taken back" in answer(visit(replaced), 410)


def answer(response: Any, status: int) -> str:
    assert response.status_code == status
    return response.content.decode()


def test_what_is_kept_of_a_link_does_not_open_it(people: Cast, invite: Any) -> None:
    path = invite(by=people.luna, email="maho@example.jp")
    token = path.split("/")[2]
    kept = Invitation.objects.values_list()
    assert all(token not in str(value) for row in kept for value in row)


def test_a_lead_can_give_neither_other_roles_nor_other_places(people: Cast, client: Client) -> None:
    client.force_login(people.luna)
    client.post("/people/invite/", {"email": "x@example.jp", "role": "lead", "organisation": people.sango.pk})
    sent = Invitation.objects.get()
    assert (sent.organisation, sent.role) == (people.kaede, "writer")


def test_a_manager_cannot_invite_owners(people: Cast, client: Client) -> None:
    client.force_login(people.minato)
    form = {"email": "x@example.jp", "role": "owner", "organisation": people.operator.pk}
    assert client.post("/people/invite/", form).status_code == 422
    form["role"] = "writer"  # no such role at the operator
    assert client.post("/people/invite/", form).status_code == 422
    form["role"] = "reviewer"
    assert client.post("/people/invite/", form).status_code == 302


def test_a_rival_lead_cannot_take_an_invitation_back(people: Cast, invite: Any, client: Client) -> None:
    invite(by=people.luna, email="maho@example.jp")
    address = f"/people/invitations/{Invitation.objects.get().public_id}/revoke/"
    client.force_login(people.riku)
    assert client.post(address).status_code == 404
    client.force_login(people.luna)
    assert client.post(address).status_code == 302
    assert client.post(address).status_code == 404


def test_a_letter_that_cannot_leave_is_said(
    people: Cast, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nothing listens at the discard port
    with pytest.raises(LetterUnsent), django_capture_on_commit_callbacks(execute=True):
        invitation_send(by=people.luna, organisation=people.kaede, role="writer", email="maho@example.jp")
