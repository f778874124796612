import pytest
from django.db import DatabaseError, transaction

from collection.errors import TermsRefused
from collection.models import Terms
from collection.selectors import consent_in_force, terms_draft, terms_in_force
from collection.services.consent import participant_consent
from collection.services.terms import draft_mark, terms_draft_discard, terms_draft_publish, terms_draft_save
from tests.cast import cast
from tests.factories.collection import make_instruction, make_participant, make_terms
from vendors.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def aoi() -> User:
    return cast().aoi


def save(**fields: str) -> Terms:
    texts = {
        "body_ja": "新しい規約です。",
        "body_en": "New terms.",
        "changes_ja": "改めました。",
        "changes_en": "Renewed.",
    }
    return terms_draft_save(**{**texts, **fields})


def test_a_draft_asks_nobody_and_is_in_force_for_nobody() -> None:
    participant = make_participant()
    save()
    assert terms_in_force().version == 1  # type: ignore[union-attr]
    assert consent_in_force(participant) is not None


def test_saving_again_changes_the_one_draft() -> None:
    save()
    save(body_en="Better terms.")
    assert Terms.objects.get(published_at__isnull=True).body_en == "Better terms."


def test_publishing_asks_everybody_again_and_leaves_what_was_given_under_its_old_terms(aoi: User) -> None:
    participant = make_participant()
    before = make_instruction(participant=participant)
    published = terms_draft_publish(by=aoi, seen=draft_mark(save()))
    assert (published.version, published.published_by, terms_in_force()) == (2, str(aoi.pk), published)
    assert consent_in_force(participant) is None
    before.refresh_from_db()
    assert before.consent is not None and before.consent.terms.version == 1
    participant_consent(participant=participant, terms=published, language="ja")
    assert before.consent.terms.version == 1


def test_what_was_published_can_be_neither_changed_nor_deleted(aoi: User) -> None:
    published = terms_draft_publish(by=aoi, seen=draft_mark(save()))
    for change in (lambda: Terms.objects.filter(pk=published.pk).update(body_en="x"), published.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_draft_that_somebody_else_changed_is_not_published_unread(aoi: User) -> None:
    read = draft_mark(save())
    save(body_en="Something else.")
    with pytest.raises(TermsRefused):
        terms_draft_publish(by=aoi, seen=read)
    assert terms_in_force() is None


def test_a_draft_must_say_something_new_and_tell_what(aoi: User) -> None:
    old = make_terms()
    for draft in (save(body_ja=old.body_ja, body_en=old.body_en), save(changes_en=" "), save(changes_ja="")):
        with pytest.raises(TermsRefused):
            terms_draft_publish(by=aoi, seen=draft_mark(draft))


def test_without_a_draft_there_is_nothing_to_publish_or_discard(aoi: User) -> None:
    terms_draft_discard()
    with pytest.raises(TermsRefused):
        terms_draft_publish(by=aoi, seen="")
    save()
    terms_draft_discard()
    assert terms_draft() is None


def test_a_version_published_past_the_draft_is_older_than_the_draft_when_that_is_published(aoi: User) -> None:
    draft = save()
    make_terms()
    published = terms_draft_publish(by=aoi, seen=draft_mark(draft))
    assert terms_in_force() == published
