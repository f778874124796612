import pytest
from django.urls import reverse

from collection.selectors import terms_draft, terms_in_force
from collection.services.terms import draft_mark
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.collection import make_participant, make_terms

pytestmark = pytest.mark.django_db

ROOM, DRAFT, PUBLISH, DISCARD = (
    reverse(f"collection:{name}") for name in ("terms_room", "terms_draft", "terms_publish", "terms_discard")
)
TEXTS = {"body_ja": "新しい規約。", "body_en": "New terms.", "changes_ja": "改めた。", "changes_en": "Renewed."}


@pytest.fixture
def people() -> Cast:
    return cast()


def test_only_owner_and_manager_write_terms(people: Cast) -> None:
    for user in (people.ren, people.fumi, people.luna, people.wataru, people.rei):
        assert client_for(user).get(ROOM).status_code == 403
        assert client_for(user).post(DRAFT, TEXTS).status_code == 403
        assert client_for(user).post(PUBLISH).status_code == 403
    for user in (people.aoi, people.minato):
        assert client_for(user).get(ROOM).status_code == 200
    assert terms_draft() is None


def test_from_the_draft_over_the_differences_to_the_version_in_force(people: Cast) -> None:
    make_terms(body_en="Old terms.")
    make_participant()
    client = client_for(people.aoi)
    assert "Old terms." in client.get(DRAFT).content.decode()
    assert client.post(DRAFT, TEXTS).url == ROOM  # type: ignore[attr-defined]
    draft = terms_draft()
    assert draft is not None
    assert "<del>Old</del><ins>New</ins>" in client.get(ROOM).content.decode()
    client.post(PUBLISH, {"seen": draft_mark(draft)})
    current = terms_in_force()
    assert current is not None
    assert (current.version, current.body_en, current.published_by) == (2, "New terms.", str(people.aoi.pk))


def test_a_refusal_is_told_on_the_page(people: Cast) -> None:
    make_terms()
    client = client_for(people.minato)
    client.post(DRAFT, TEXTS)
    page = client.post(PUBLISH, {"seen": "another state"})
    assert page.status_code == 409
    assert "The draft has changed since you read it." in page.content.decode()
    assert client.post(DRAFT, {**TEXTS, "body_ja": ""}).status_code == 400


def test_a_draft_can_be_thrown_away(people: Cast) -> None:
    client = client_for(people.aoi)
    client.post(DRAFT, TEXTS)
    client.post(DISCARD)
    assert terms_draft() is None
    assert client.get(DISCARD).status_code == 405


def test_the_first_draft_begins_with_the_text_of_the_product(people: Cast) -> None:
    assert "利用規約と同意" in client_for(people.aoi).get(DRAFT).content.decode()
