"""Views that a person keeps: their own alone, one of each name, back with one click, gone with another."""

import pytest

from annotation.models import SavedView
from annotation.services.saved import VIEWS_AT_MOST, view_save
from tests.cast import Cast, cast
from tests.clients import client_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def test_a_view_is_kept_found_again_replaced_and_forgotten(people: Cast) -> None:
    client = client_for(people.minato)
    kept = {"page": "search", "name": "  Fish   texts ", "query": "q=%E9%AD%9A&kind=record&page=3"}
    answer = client.post("/ops/views/", kept)
    assert answer["Location"] == "/ops/search/?q=%E9%AD%9A&kind=record"
    assert "Fish texts" in client.get("/ops/search/").content.decode()
    assert "Fish texts" not in client_for(people.aoi).get("/ops/search/").content.decode()
    client.post("/ops/views/", kept | {"query": "q=x"})
    view = SavedView.objects.get()
    assert view.query == "q=x"
    assert client_for(people.aoi).post(f"/ops/views/{view.public_id}/forget/").status_code == 404
    assert client.post(f"/ops/views/{view.public_id}/forget/")["Location"] == "/ops/search/"
    assert not SavedView.objects.exists()


def test_what_is_no_view_is_refused(people: Cast) -> None:
    client = client_for(people.aoi)
    for wrong in ({"name": " "}, {"page": "nowhere"}, {"query": "q=" + "x" * 700}):
        assert client.post("/ops/views/", {"page": "search", "name": "a", "query": "q=b"} | wrong).status_code == 400
    for number in range(VIEWS_AT_MOST):
        view_save(user=people.aoi, page="search", name=str(number), query="q=b")
    assert client.post("/ops/views/", {"page": "search", "name": "more", "query": "q=b"}).status_code == 400
    assert client_for(people.wataru).post("/ops/views/", {"page": "search", "name": "a"}).status_code == 403
