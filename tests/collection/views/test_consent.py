import pytest
from django.test import Client
from django.urls import reverse

from collection.models import Consent, Participant
from tests.factories.collection import client_of, make_participant, make_terms

pytestmark = pytest.mark.django_db

WELCOME = reverse("collection:welcome")
SECOND = {"step": "consent", "version": "1", "agrees": "on", "is_adult": "on"}


def test_nothing_is_ticked_beforehand_and_reading_writes_nothing() -> None:
    make_terms()
    client = Client()
    first = client.get(WELCOME)
    second = client.post(WELCOME, {"step": "collected", "knows_what_is_collected": "on"})
    for page in (first, second):
        assert " checked" not in page.content.decode()
    assert not Participant.objects.exists()
    assert not Consent.objects.exists()


@pytest.mark.parametrize("missing", ["agrees", "is_adult"])
def test_each_statement_is_needed(missing: str) -> None:
    make_terms()
    response = Client().post(WELCOME, {name: value for name, value in SECOND.items() if name != missing})
    assert response.status_code == 400
    assert not Consent.objects.exists()


def test_the_first_step_cannot_be_skipped_over_unticked() -> None:
    make_terms()
    assert Client().post(WELCOME, {"step": "collected"}).status_code == 400


def test_a_consent_keeps_version_language_and_hash_of_what_was_read() -> None:
    terms = make_terms()
    client = Client(headers={"accept-language": "ja"})
    assert client.post(WELCOME, SECOND).status_code == 302
    consent = Consent.objects.get()
    assert (consent.terms, consent.language, consent.text_sha256) == (terms, "ja", terms.sha256_ja)


def test_consenting_twice_is_one_consent() -> None:
    make_terms()
    client = Client()
    client.post(WELCOME, SECOND)
    client.post(WELCOME, SECOND)
    assert (Participant.objects.count(), Consent.objects.count()) == (1, 1)


def test_a_new_version_asks_again_and_an_old_form_does_not_count_for_it() -> None:
    participant = make_participant()
    client = client_of(participant)
    assert client.get(WELCOME).status_code == 302
    make_terms(body_en="Second version.")
    assert client.get(WELCOME).status_code == 200
    assert client.post(WELCOME, SECOND).status_code == 400
    assert client.post(WELCOME, {**SECOND, "version": "2"}).status_code == 302
    assert list(participant.consents.order_by("pk").values_list("terms__version", flat=True)) == [1, 2]


def test_before_any_terms_are_published_the_site_says_it_is_not_open() -> None:
    response = Client().get(WELCOME)
    assert response.status_code == 503
