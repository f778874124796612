import pytest
from django.test import Client
from django.urls import reverse

from tests.factories.collection import client_of, make_instruction, make_participant, make_terms

pytestmark = pytest.mark.django_db


def test_every_version_of_the_terms_can_be_read_and_no_draft() -> None:
    from collection.services.terms import terms_draft_save

    make_terms(body_en="The first.")
    make_terms(body_en="The second.")
    draft = terms_draft_save(body_ja="下書き", body_en="A draft.")
    client = Client()
    assert "The second." in client.get(reverse("collection:terms")).content.decode()
    old = client.get(reverse("collection:terms_version", args=[1])).content.decode()
    assert "The first." in old and "no longer in force" in old
    assert client.get(reverse("collection:terms_version", args=[draft.version])).status_code == 404


def test_every_cookie_that_the_site_sets_for_a_visitor_is_named() -> None:
    make_terms()
    page = Client().get(reverse("collection:cookies")).content.decode()
    client = Client()
    client.get("/")
    client.post(reverse("collection:welcome"), {"step": "consent", "agrees": "on", "is_adult": "on", "version": "1"})
    participant_client = client_of(make_participant(), client)
    participant_client.post(reverse("collection:withdraw_all"))
    assert set(participant_client.cookies) == {"hitode_participant", "csrftoken"}
    for name in (*participant_client.cookies, "django_language", "hitode_theme", "sessionid"):
        assert f"<code>{name}</code>" in page


def test_somebody_who_agreed_before_is_told_what_is_new() -> None:
    make_terms(body_en="You must be 18.\n\nNo advertising.")
    participant = make_participant()
    make_instruction(participant=participant)
    make_terms(body_en="You must be 16.\n\nNo advertising.", changes_en="Younger people may take part.")
    page = client_of(participant).post(
        reverse("collection:welcome"), {"step": "collected", "knows_what_is_collected": "on"}
    )
    text = page.content.decode()
    assert "Younger people may take part." in text
    assert "<del>18</del><ins>16</ins>" in text
    assert "You agreed to version 1 before" in text
    fresh = Client().post(reverse("collection:welcome"), {"step": "collected", "knows_what_is_collected": "on"})
    assert "<del>" not in fresh.content.decode()
